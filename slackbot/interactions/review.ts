/**
 * The review of a gate: opened before anything is read, filled with what the run shows now, and remembered as shown.
 *
 * Must never happen: anything approved by opening it.
 */

import type { KnownBlock } from '@slack/types';
import { refuseAhead } from '../../client/runs/ahead.ts';
import { shownOf } from '../../client/runs/shown.ts';
import { BREAK_GLASS_APPROVALS, needsPersonalKeys } from '../../kernel/decision/decision.ts';
import { asClause, refusal } from '../../kernel/errors.ts';
import type { GateEntry } from '../../kernel/plan/plan.ts';
import type { RunView } from '../../kernel/run/state.ts';
import { nextAfter } from '../../kernel/run/words.ts';
import { VIEWS } from '../blocks/buttons.ts';
import { confirmView } from '../blocks/confirm.ts';
import {
  firstVerdict,
  loadingView,
  readingView,
  reviewBlocks,
  reviewView,
  type Seat,
  targetName,
  VERDICT_WORDS,
} from '../blocks/review.ts';
import { openGateIn } from '../blocks/scene.ts';
import { plain, section, TITLE_CHARACTERS } from '../blocks/text.ts';
import type { KnownPerson } from '../security/membership.ts';
import { type Deps, hasPlan, readRun, refusalView } from './context.ts';

/** Opens a modal at once, then fills it; whatever goes wrong is told in the modal. */
export async function inModal(
  deps: Deps,
  { trigger, user, title }: { trigger: string; user: string; title: string },
  fill: (person: KnownPerson) => Promise<ReturnType<typeof readingView>>,
): Promise<void> {
  const view = await deps.slack.openView(trigger, loadingView(title));
  const filled = await deps
    .identify(user)
    .then(fill)
    .catch((error: unknown) => refusalView(title, error));
  await deps.slack.updateView(view, filled);
}

/** The review of the run's open gate; with `expected` only of that one. */
export async function fillReview(
  deps: Deps,
  person: KnownPerson,
  run: string,
  expected?: { readonly gate: string; readonly attempt: number },
): Promise<ReturnType<typeof readingView>> {
  const { view, answer, scene } = await readRun(deps, run);
  const gate = openGateIn(scene)?.gate;
  const isOther = expected !== undefined && (view.gate?.id !== expected.gate || view.attempt !== expected.attempt);
  if (gate === undefined || isOther || !hasPlan(scene)) {
    throw refusal(
      'stale',
      'That gate is not open any more.',
      run,
      'Look at the run’s card: it shows what is asked now.',
    );
  }
  const seat = seatOf(view, gate, person.id, targetName(scene.plan.core));
  const shown = shownOf(answer, gate.id);
  const reviewed = { scene, gate, evidence: answer.evidence, evidenceHash: answer.evidenceHash, now: deps.now() };
  const id =
    seat.kind === 'decides'
      ? deps.reviews.seal({
          slack: person.slack,
          run,
          intent: { kind: 'review', shown, verdicts: seat.verdicts, button: firstVerdict(seat.verdicts) },
          typeName: seat.typeName,
        })
      : '';
  return reviewView(reviewed, seat, id);
}

/**
 * Lets the button of an open review say what was chosen: nobody presses "Approve" to reject. The blocks are those that
 * Slack shows, so that what was shown stays.
 */
export async function relabel(
  { reviews, slack }: Deps,
  {
    user,
    view,
    chosen,
  }: { readonly user: string; readonly view: Readonly<Record<string, unknown>>; readonly chosen: string },
): Promise<void> {
  const pending = reviews.open(String(view['private_metadata'] ?? ''), user);
  if (pending?.intent.kind !== 'review') return;
  const button = pending.intent.verdicts.find((one) => one === chosen);
  if (button === undefined) return;
  const blocks = Array.isArray(view['blocks']) ? (view['blocks'] as KnownBlock[]) : [];
  await slack.updateView(String(view['id'] ?? ''), {
    type: 'modal',
    callback_id: VIEWS.review,
    private_metadata: reviews.seal({ ...pending, intent: { ...pending.intent, button } }),
    title: plain('Review', TITLE_CHARACTERS),
    submit: plain(VERDICT_WORDS[button], TITLE_CHARACTERS),
    close: plain('Close', TITLE_CHARACTERS),
    blocks,
  });
}

/** What this person may do at this gate. The run decides; this only spares people a refusal. */
function seatOf(view: RunView, gate: GateEntry, person: string, name: string): Seat {
  const isApprover = gate.approvers.some((one) => one.person === person);
  if (!isApprover) {
    return { kind: 'reads', note: 'You may read this, but you are not among those who may approve it.' };
  }
  const terminal = `lifeboat approve ${view.request.run}`;
  const typeName = gate.tier.personalKeys > 0 ? name : null;
  if (person === view.request.requester) {
    const note = 'You asked for this run, so another person must approve it. You may reject it.';
    return { kind: 'decides', verdicts: ['reject'], typeName: null, note };
  }
  if (needsPersonalKeys(gate.tier)) {
    const note = `Approving this needs a personal key: run \`${terminal}\` in the terminal. Rejecting works here.`;
    return { kind: 'decides', verdicts: ['reject'], typeName: null, note };
  }
  const also =
    gate.tier.personalKeys > 0 ? ' One approval with a personal key is needed besides those given here.' : '';
  return {
    kind: 'decides',
    verdicts: ['approve', 'reject'],
    typeName,
    note: `Read this, then decide. One reject, with a reason, ends the run.${also}`,
  };
}

/** The card's "Details": the review without its inputs. */
export async function fillDetails(deps: Deps, run: string): Promise<ReturnType<typeof readingView>> {
  const { answer, scene } = await readRun(deps, run);
  if (!hasPlan(scene)) return readingView('Details', [section('This run has no plan (yet).')]);
  const gate = openGateIn(scene)?.gate;
  const reviewed = { scene, gate, evidence: answer.evidence, evidenceHash: answer.evidenceHash, now: deps.now() };
  return readingView('Details', reviewBlocks(reviewed));
}

/** Break-glass where the estate lets the bot carry it; else how it is done with one's own key. */
export async function fillBreakGlass(
  deps: Deps,
  person: KnownPerson,
  { run, rule, reason }: { run: string; rule: string; reason: string },
): Promise<ReturnType<typeof readingView>> {
  const { view, answer, scene } = await readRun(deps, run);
  if (view.gate === null || !hasPlan(scene)) {
    throw refusal('no-gate', 'No gate of this run is open, so there is nothing to override.', run, 'See its card.');
  }
  const { breakGlass } = scene.plan.core;
  // The reason is asked for in the modal, where it was not typed with the command.
  refuseAhead(view, scene.plan, { by: person.id, override: rule, reason: reason || 'asked for' });
  if (breakGlass.personalKey) {
    const mend = `Run \`lifeboat break-glass ${run} ${rule} ${reason || 'REASON'}\` in the terminal.`;
    throw refusal('break-glass-key', 'Breaking the glass needs your personal key.', run, mend);
  }
  const typeName = targetName(scene.plan.core);
  const intent = { kind: 'break-glass' as const, rule, shown: shownOf(answer, view.gate.id) };
  const id = deps.reviews.seal({ slack: person.slack, run, intent, typeName });
  const what = rule === BREAK_GLASS_APPROVALS ? 'the approval of other people' : `the rule ${rule}`;
  return confirmView(
    {
      title: 'Break the glass',
      submit: 'Override',
      lines: [
        `BREAK-GLASS: you override ${what}, alone and by name. Everybody who could have approved is told at once, and it is reviewed later.`,
        `It approves: ${asClause(scene.plan.view.headline)}.`,
      ],
      reason: 'required',
      typeName,
    },
    run,
    id,
  );
}

/** Abort and skip are asked about once more, with their consequences. */
export async function fillAbort(deps: Deps, person: KnownPerson, run: string): Promise<ReturnType<typeof readingView>> {
  const { view } = await readRun(deps, run);
  const pending = view.undo.filter(({ state }) => state === 'pending');
  const lines = view.pivoted
    ? ['The run has passed its point of no return: nothing that it did is taken back.']
    : pending.length === 0
      ? ['Nothing has been changed, so nothing has to be taken back.']
      : [
          `${pending.length} step(s) will be taken back, the last first: ${pending
            .slice(-8)
            .map(({ say }) => asClause(say))
            .reverse()
            .join('; ')}.`,
        ];
  const id = deps.reviews.seal({ slack: person.slack, run, intent: { kind: 'abort' }, typeName: null });
  return confirmView({ title: 'Abort the run', submit: 'Abort', lines, reason: 'optional', typeName: null }, run, id);
}

/** What comes after a run that is done, as its own card offers it. */
export async function fillNext(deps: Deps, person: KnownPerson, run: string): Promise<ReturnType<typeof readingView>> {
  const { scene } = await readRun(deps, run);
  const next = scene.plan === null ? undefined : nextAfter(scene.plan, scene.run);
  if (next === undefined) throw refusal('stale', 'Nothing comes next after this run.', run, 'Look at its card.');
  const intent = { kind: 'next' as const, runbook: next.runbook, input: next.input };
  const id = deps.reviews.seal({ slack: person.slack, run, intent, typeName: null });
  return confirmView(
    {
      title: `Start ${next.runbook}`,
      submit: 'Start',
      lines: [
        `${next.say}: ${next.command}`,
        'It reads the estate, plans, and waits for approval before it changes anything.',
      ],
      reason: 'optional',
      typeName: null,
    },
    run,
    id,
  );
}

/** Skip or abort as the answer to a question. */
export async function fillResolve(
  deps: Deps,
  person: KnownPerson,
  run: string,
  choice: 'skip' | 'abort',
  question?: string,
): Promise<ReturnType<typeof readingView>> {
  const { view, answer } = await readRun(deps, run);
  if (view.question === null || (question !== undefined && view.question.id !== question)) {
    throw refusal('stale', 'That question is not open any more.', run, 'Look at the run’s card.');
  }
  const intent = { kind: 'resolve' as const, choice, shown: shownOf(answer, view.question.id) };
  const id = deps.reviews.seal({ slack: person.slack, run, intent, typeName: null });
  const lines =
    choice === 'skip'
      ? ['The step is left out and the run goes on as if it were done. Its effect is then missing.', view.question.say]
      : ['The run ends; what can be taken back is taken back.', view.question.say];
  const title = choice === 'skip' ? 'Skip the step' : 'Abort the run';
  return confirmView(
    {
      title,
      submit: choice === 'skip' ? 'Skip' : 'Abort',
      lines,
      reason: choice === 'skip' ? 'required' : 'optional',
      typeName: null,
    },
    run,
    id,
  );
}
