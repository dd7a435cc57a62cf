/** The message of a question: a run stopped and asks people. Mentions the operators; edited once it is answered. */
import type { Button, KnownBlock } from '@slack/types';
import { listed } from '../../client/listed.ts';
import type { Choice, Question } from '../../kernel/run/state.ts';
import { ACTIONS, button, buttons } from './buttons.ts';
import { modeWord, type Scene } from './scene.ts';
import { bounded, code, fallback, header, type Message, safe, section, when } from './text.ts';

const CHOICE_BUTTONS: Readonly<Record<Choice, (key: string, question: Question) => Button>> = {
  retry: (key, { wayBack }) => button(ACTIONS.retry, 'Retry', key, wayBack === undefined ? 'primary' : undefined),
  skip: (key) => button(ACTIONS.skip, 'Skip…', key),
  abort: (key) => button(ACTIONS.questionAbort, 'Abort…', key, 'danger'),
  replan: (key) => button(ACTIONS.replan, 'Replan', key),
  'give-back': (key, { wayBack }) => button(ACTIONS.giveBack, wayBack ?? 'Give everything back', key, 'primary'),
};

/** @param questionKey opaque id of the question, the value of the buttons */
export function questionMessage(scene: Scene, question: Question, questionKey: string): Message {
  const { run, plan, people } = scene;
  const operators = (plan?.core.operators ?? []).map(({ person }) => people.mention(person));
  const blocks: KnownBlock[] = [
    header(`A decision is needed: ${run.request.runbook}`),
    section(
      `${operators.length > 0 ? listed(operators) : 'Operators'}: the ${modeWord(run)} run ${code(run.request.run)} waits with a question.`,
    ),
    section(`*${safe(question.say, 1200)}*`),
    section(
      `*What happened* ${safe(question.error.message, 900)}\n*Where* ${safe(question.error.where, 300)}\n*What to do* ${safe(question.error.mend, 600)}`,
    ),
    section(`Asked ${when(question.askedAt)}. The run waits; nothing more is changed until somebody answers.`),
    buttons(question.choices.map((one) => CHOICE_BUTTONS[one](questionKey, question))),
  ];
  return {
    text: `${operators.join(' ')} The run ${safe(run.request.run)} waits with a question: ${fallback(question.say)}`.trim(),
    blocks: bounded(blocks),
  };
}

/** The same message once the question is not open any more. */
export function answeredMessage(scene: Scene, questionId: string): Message {
  const { run, people } = scene;
  const answer = run.decisions.findLast(
    ({ decision }) => decision.kind === 'resolve' && decision.target === questionId,
  );
  const said =
    answer === undefined
      ? 'It is not open any more.'
      : `${people.name(answer.decision.by)} chose ${safe(answer.decision.choice ?? 'nothing', 20)} ${when(answer.decision.at)}${answer.decision.reason ? `: ${safe(answer.decision.reason, 400)}` : ''}.`;
  return {
    text: `The question of the run ${safe(run.request.run)} is answered.`,
    blocks: [section(`*Answered:* a question of ${code(run.request.run)}. ${said}`)],
  };
}
