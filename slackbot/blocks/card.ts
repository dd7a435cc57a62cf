/** The root card of a run: where it stands, at a glance, edited in place. Pure: the same run gives the same card. */

import type { Button, KnownBlock } from '@slack/types';
import { listed } from '../../client/listed.ts';
import { isPolicyRequester } from '../../kernel/decision/policy.ts';
import { mayApprove } from '../../kernel/decision/standing.ts';
import { asClause } from '../../kernel/errors.ts';
import { gateAhead } from '../../kernel/run/gates.ts';
import { leftText } from '../../kernel/run/left.ts';
import { countsText, type Progress, progressOf } from '../../kernel/run/progress.ts';
import { hasEnded } from '../../kernel/run/state.ts';
import { nextAfter } from '../../kernel/run/words.ts';
import { shortHash } from '../../kernel/signing/hash.ts';
import { briefBlocks } from './brief.ts';
import { ACTIONS, button, buttons } from './buttons.ts';
import { headlineOf, modeWord, type Scene } from './scene.ts';
import { measured, statusSentence } from './status.ts';
import { bounded, code, context, fallback, fields, header, list, type Message, safe, section, when } from './text.ts';

const BAR_CELLS = 20;
const MAX_FACTS = 12;

/** A bar of text with its figure: `████░░░░ 40 %`. */
export function bar(percent: number): string {
  const full = Math.round((percent / 100) * BAR_CELLS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${percent} %`;
}

/** `phase 2 of 4, Shift to europe-west1`. */
export function phaseText({ phases, current }: Progress): string {
  return `phase ${current + 1} of ${phases.length}, ${safe(phases[current]?.title ?? '', 120)}`;
}

/**
 * @param runKey opaque id of the run, the value of every button
 */
export function cardMessage(scene: Scene, runKey: string): Message {
  const { run, people } = scene;
  const headline = headlineOf(scene);
  const blocks: KnownBlock[] = [
    header(`${modeWord(run)} ${run.request.runbook}: ${headline}`),
    ...staleBlocks(scene),
    section(`*${statusSentence(scene)}*`),
    ...progressBlocks(scene),
    fields([
      ['Requested by', people.name(run.request.requester)],
      ['Started', when(run.startedAt)],
      ['Mode', modeText(scene)],
      ['Run', code(run.request.run)],
      ...(run.planHash ? [['Plan', `${code(shortHash(run.planHash))}, attempt ${run.attempt}`] as const] : []),
      ...(hasEnded(run) && run.endedAt !== null ? [['Ended', when(run.endedAt)] as const] : []),
    ]),
    ...resultBlocks(scene),
    ...gateBlocks(scene),
    ...briefBlocks(scene, 'press Details', { facts: MAX_FACTS, others: 6 }),
    ...nextBlocks(scene),
    buttons(cardButtons(scene, runKey)),
    context(`In the terminal: ${code(`lifeboat status ${run.request.run}`)}. The log of the run is in this thread.`),
  ];
  const status = statusSentence(scene).replace(/<!date[^|]*\|([^>]*)>/g, '$1');
  return {
    text: `${modeWord(run)} ${safe(run.request.runbook)}: ${fallback(asClause(headline))}. ${status} Requested by ${people.name(run.request.requester)}.`,
    blocks: bounded(blocks),
  };
}

function modeText({ run }: Scene): string {
  if (run.request.mode === 'plan') return 'plan: a dry run, it changes nothing';
  return isPolicyRequester(run.request.requester)
    ? 'live: without people, as its policy in the estate file allows'
    : 'live: it changes the estate once approved';
}

function progressBlocks({ run, plan }: Scene): KnownBlock[] {
  if (plan === null) return [];
  const progress = progressOf(plan.core, run);
  const ended = hasEnded(run) ? 'ended in ' : '';
  return [section(`${code(bar(progress.percent))}\n${ended}${phaseText(progress)}; ${countsText(progress)}`)];
}

function resultBlocks(scene: Scene): KnownBlock[] {
  const { run } = scene;
  if (!hasEnded(run) || run.request.mode === 'plan') return [];
  const said = run.timeline.filter(({ kind }) => kind === 'ended' || kind === 'note').map(({ say }) => safe(say, 400));
  return [
    ...leftBlocks(scene),
    ...(said.length > 0 ? [list('As reported', said.slice(-6), 'see the thread', 6)] : []),
    fields(measured(scene)),
    ...reportBlocks(scene),
  ];
}

/** What the run leaves as it is, each with what it means and the next command. */
function leftBlocks({ run: { left = [] } }: Scene): KnownBlock[] {
  if (left.length === 0) return [];
  return [
    list(
      'Left as it is, and what to do',
      left.map((one) => safe(leftText(one), 500)),
      'see the report',
      6,
    ),
  ];
}

/** The worker's folder is nobody's here: the report is a file in the thread, or is had in the terminal. */
function reportBlocks({ run, reportLink }: Scene): KnownBlock[] {
  if (run.report === null) return [];
  const terminal = code(`lifeboat report ${run.request.run} --html --out FILE`);
  return [
    section(`*Report* ${reportLink ? `<${reportLink}|as a file in the thread>` : `in the terminal: ${terminal}`}`),
  ];
}

/** A card that nobody brings up to date looks like a run in which nothing happens. */
function staleBlocks({ staleSince }: Scene): KnownBlock[] {
  if (staleSince === undefined) return [];
  return [section(`*Not refreshed since ${when(staleSince)}*: the run does not answer. Below is how it stood then.`)];
}

function nextBlocks({ run, plan }: Scene): KnownBlock[] {
  const next = plan === null ? undefined : nextAfter(plan, run);
  return next === undefined ? [] : [section(`*Next* ${safe(next.say, 300)}: ${code(next.command)}`)];
}

function gateBlocks({ run, plan, people }: Scene): KnownBlock[] {
  const gate = plan === null ? undefined : gateAhead(plan.core, run);
  if (gate === undefined) return [];
  const others = mayApprove(gate, run.request.requester);
  const until = run.gate?.id === gate.id ? ` It expires ${when(run.gate.expiresAt)}.` : '';
  const open = run.gate?.id === gate.id ? 'Open gate' : 'Next gate';
  const who =
    others.length > 0
      ? listed(
          others.map((person) => people.name(person)),
          'or',
        )
      : 'nobody else';
  return [section(`*${open}* ${safe(gate.title, 200)}: ${gate.tier.approvals} approval(s) by ${who}.${until}`)];
}

function cardButtons({ run, plan }: Scene, runKey: string): Button[] {
  const details = button(ACTIONS.details, 'Details', runKey);
  const next = plan === null ? undefined : nextAfter(plan, run);
  if (hasEnded(run)) {
    return [...(next === undefined ? [] : [button(ACTIONS.next, `Start ${next.runbook}…`, runKey)]), details];
  }
  const toggle =
    run.paused !== null || run.status === 'paused'
      ? button(ACTIONS.resume, 'Resume', runKey, 'primary')
      : button(ACTIONS.pause, 'Pause', runKey);
  return [...(run.request.mode === 'live' ? [toggle] : []), button(ACTIONS.abort, 'Abort…', runKey, 'danger'), details];
}
