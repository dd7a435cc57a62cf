/** Presses of buttons. Harmless ones act at once; all others open a modal, and an unknown one is acknowledged only. */

import { shownOf } from '../../client/runs/shown.ts';
import { refusal } from '../../kernel/errors.ts';
import type { Choice } from '../../kernel/run/state.ts';
import { tell } from '../blocks/answers.ts';
import { ACTIONS } from '../blocks/buttons.ts';
import { readingView } from '../blocks/review.ts';
import { type Message, section } from '../blocks/text.ts';
import type { Subject } from '../projection/keyring.ts';
import { type Deps, readRun, refusalMessage } from './context.ts';
import { fillAbort, fillDetails, fillNext, fillResolve, fillReview, inModal } from './review.ts';

export interface Press {
  readonly user: string;
  readonly trigger: string;
  readonly actionId: string;
  /** Opaque id of what the button is about. */
  readonly value: string;
}

/** Choices that are made by the press alone. */
const CHOICES: Readonly<Record<string, Choice>> = {
  [ACTIONS.retry]: 'retry',
  [ACTIONS.replan]: 'replan',
  [ACTIONS.giveBack]: 'give-back',
};

const TITLES: Readonly<Record<string, string>> = {
  [ACTIONS.review]: 'Review',
  [ACTIONS.details]: 'Details',
  [ACTIONS.next]: 'Start what comes next',
  [ACTIONS.abort]: 'Abort the run',
  [ACTIONS.skip]: 'Skip the step',
  [ACTIONS.questionAbort]: 'Abort the run',
};

/** Acts on a press; what it returns is told to the person alone. @throws SlackFailure when a modal cannot be opened */
export async function press(deps: Deps, pressed: Press): Promise<Message | undefined> {
  const title = Object.hasOwn(TITLES, pressed.actionId) ? TITLES[pressed.actionId] : undefined;
  if (title !== undefined) {
    await inModal(deps, { ...pressed, title }, async (person) => {
      const subject = await subjectOf(deps, pressed.value);
      switch (pressed.actionId) {
        case ACTIONS.review:
          return subject.kind === 'gate'
            ? fillReview(deps, person, subject.run, subject)
            : readingView(title, [section('This is no gate.')]);
        case ACTIONS.details:
          return fillDetails(deps, subject.run);
        case ACTIONS.next:
          return fillNext(deps, person, subject.run);
        case ACTIONS.abort:
          return fillAbort(deps, person, subject.run);
        default:
          return fillResolve(
            deps,
            person,
            subject.run,
            pressed.actionId === ACTIONS.skip ? 'skip' : 'abort',
            subject.kind === 'question' ? subject.question : undefined,
          );
      }
    });
    return undefined;
  }
  return steer(deps, pressed).catch(refusalMessage);
}

async function steer(deps: Deps, { user, actionId, value }: Press): Promise<Message | undefined> {
  const known: readonly string[] = Object.values(ACTIONS);
  if (!known.includes(actionId)) {
    deps.log('warn', 'an unknown button was pressed', { actionId });
    return undefined;
  }
  const person = await deps.identify(user);
  const subject = await subjectOf(deps, value);
  const request = { run: subject.run, by: person.id };
  switch (actionId) {
    case ACTIONS.pause:
      await deps.lifeboat.pause(request);
      break;
    case ACTIONS.resume:
      await deps.lifeboat.resume(request);
      break;
    default: {
      const choice = CHOICES[actionId] ?? 'replan';
      const { view, answer } = await readRun(deps, subject.run);
      if (subject.kind !== 'question' || view.question?.id !== subject.question) {
        throw refusal('stale', 'That question is not open any more.', subject.run, 'Look at the run’s card.');
      }
      await deps.lifeboat.resolve({ ...request, choice, shown: shownOf(answer, subject.question) });
    }
  }
  deps.projector.notice(subject.run);
  return tell('Recorded with your name.');
}

async function subjectOf({ keyring }: Deps, value: string): Promise<Subject> {
  const subject = await keyring.find(value);
  if (subject !== undefined) return subject;
  throw refusal('stale', 'What this button was about is not known any more.', 'button', 'Use `/lifeboat list`.');
}
