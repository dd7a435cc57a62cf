/**
 * Waiting for people. An open gate keeps its evidence fresh; expiry and reject never approve.
 *
 * Another plan voids approvals, so a flap must not make one: a region that comes and goes, or one that a partition hides
 * from half of the control workers, would keep everyone from approving just when it is needed. What the probes find has to
 * last until it counts; one reading in between that gives the plan at the gate again, wherever it was made, ends it. Two
 * readings need not give the same other plan: what dies loses more with each look.
 *
 * Must never happen: an approval passes on a reading that gives another plan. While it is not known whether that lasts,
 * nothing passes. And what is more dangerous than what was shown counts at once: a new blocker, a broken bound, a gate for
 * more people, a planner that refuses; so does another estate file, which no reading is in doubt about.
 */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { GateStanding } from '../../kernel/decision/standing.ts';
import { asClause, type ErrorFacts } from '../../kernel/errors.ts';
import type { EvidenceMap } from '../../kernel/plan/evidence.ts';
import { brokenBounds, type GateEntry } from '../../kernel/plan/plan.ts';
import type { PlanAnswerOfActivity } from '../../kernel/run/control.ts';
import { standingIn } from '../../kernel/run/gates.ts';
import type { OpenGate } from '../../kernel/run/state.ts';
import { summaryOf } from '../../kernel/run/summary.ts';
import { viewOf } from '../../kernel/run/view.ts';
import { factsIn } from './failures.ts';
import { adoptPlan, FRESH_MS, keepEvidence, open, planFrom, probe, QUICK_PROBE_MS } from './planning.ts';
import { historyIsLong, type Run } from './run.ts';

const REPROBE_EVERY_MS = 5_000;
/** Longer than a lost packet, a restarted agent or one reading's limit of 3 s; a death is known within two looks. */
const LASTS_MS = 6_000;
/** Between two looks at what may not last. */
const SETTLE_MS = 2_000;

/** Since when every reading has given another plan than the one at the gate; null while they give that one. */
interface Drift {
  since: number | null;
}

export type GateOutcome = 'passed' | 'replanned' | 'rejected' | 'expired' | 'abort' | 'carry-over';

/** Waits at the gate until it is decided. `replanned` means: a new plan was taken on, begin again from its start. */
export async function waitAtGate(run: Run, gate: GateEntry): Promise<GateOutcome> {
  const { state } = run;
  const open = openGate(run) ?? { id: gate.id, openedAt: run.now(), expiresAt: run.now() + gate.tier.expires };
  if (state.doing.is !== 'gate') {
    run.note({ kind: 'gate', id: gate.id, say: `${gate.title}: waits for ${gate.tier.approvals} approval(s)` });
  }
  run.enter({ is: 'gate', gate: open, trouble: troubleOf(run) });
  const drift: Drift = { since: null };
  for (;;) {
    const decided = await untilDecided(run, gate, open.expiresAt, drift);
    if (state.abort) return 'abort';
    if (decided === 'rejected') return 'rejected';
    if (decided === 'expired') return 'expired';
    if (historyIsLong()) return 'carry-over';
    const outcome = decided === 'approved' ? await confirm(run, gate, drift) : await refresh(run, gate, drift);
    if (outcome === 'unsure' && decided === 'approved') await condition(() => state.abort !== null, SETTLE_MS);
    if (outcome !== 'wait' && outcome !== 'unsure') return outcome;
  }
}

function openGate({ state: { doing } }: Run): OpenGate | null {
  return doing.is === 'gate' ? doing.gate : null;
}

function troubleOf({ state: { doing } }: Run): ErrorFacts | null {
  return doing.is === 'gate' ? doing.trouble : null;
}

function standingOf(run: Run, gate: GateEntry): GateStanding {
  return standingIn(run.core(), viewOf(run.state), gate);
}

async function untilDecided(
  run: Run,
  gate: GateEntry,
  expiresAt: number,
  drift: Drift,
): Promise<GateStanding['state'] | 'expired'> {
  const { state } = run;
  const againMs = drift.since === null ? REPROBE_EVERY_MS : SETTLE_MS;
  const waitMs = Math.max(1, Math.min(againMs, expiresAt - run.now()));
  await condition(() => state.abort !== null || standingOf(run, gate).state !== 'open', waitMs, {
    summary: summaryOf(`Wait for approval: ${gate.title}`),
  });
  const { state: standing } = standingOf(run, gate);
  return standing === 'open' && run.now() >= expiresAt ? 'expired' : standing;
}

/** Re-reads while the gate is open; a decision that arrives meanwhile is not kept waiting for a dead probe. */
async function refresh(run: Run, gate: GateEntry, drift: Drift): Promise<Judged> {
  const { state } = run;
  const scope = new CancellationScope();
  let evidence: EvidenceMap | undefined;
  let finished = false;
  const reading = scope
    .run(() => readAgain(run))
    .then((value) => {
      evidence = value;
      finished = true;
    });
  await condition(() => finished || state.abort !== null || standingOf(run, gate).state !== 'open');
  if (!finished) scope.cancel();
  await reading;
  return evidence === undefined
    ? 'wait'
    : judge(run, gate, { evidence, drift, why: 'what the probes find has changed' });
}

/** Undefined when it was cancelled, or refused for what is written down as the trouble. */
async function readAgain(run: Run): Promise<EvidenceMap | undefined> {
  try {
    return await probe(run, await open(run));
  } catch (error) {
    if (!isCancellation(error)) setTrouble(run, factsIn(error));
    return undefined;
  }
}

/** After the last approval: what is old is read again, and the plan must still be the one that was approved. */
async function confirm(run: Run, gate: GateEntry, drift: Drift): Promise<Judged> {
  const { state } = run;
  // While a reading stands that gives another plan, what is older must not pass for newer: all is read again.
  const stale = drift.since === null ? { olderThanMs: FRESH_MS } : {};
  const evidence = await probe(run, run.opened ?? (await open(run)), { ...stale, within: QUICK_PROBE_MS });
  const outcome = await judge(run, gate, { evidence, drift, why: 'between approval and start the estate changed' });
  if (outcome !== 'wait') return outcome;
  if (troubleOf(run)) {
    voidApprovals(run, 'the planner refuses now');
    return 'wait';
  }
  const broken = state.plan ? brokenBounds(gate, state.plan.view) : [];
  if (broken.length > 0) {
    voidApprovals(run, `out of bounds: ${broken.map(({ measure }) => measure).join(', ')}`);
    return 'wait';
  }
  // Somebody may have rejected it while this was read.
  return standingOf(run, gate).state === 'approved' ? 'passed' : 'wait';
}

/** `wait`: the plan is the one at the gate. `unsure`: this reading gives another one, and it is not known whether that lasts. */
type Judged = GateOutcome | 'wait' | 'unsure';

interface Reading {
  readonly evidence: EvidenceMap;
  readonly drift: Drift;
  readonly why: string;
}

async function judge(run: Run, gate: GateEntry, { evidence, drift, why }: Reading): Promise<Judged> {
  const { state } = run;
  try {
    const made = await planFrom(run, evidence);
    setTrouble(run, null);
    if (made.planHash === state.plan?.hash) {
      drift.since = null;
      keepEvidence(run, evidence, made.view);
      return 'wait';
    }
    drift.since ??= run.now();
    if (run.now() - drift.since < LASTS_MS && !countsAtOnce(run, gate, made)) return 'unsure';
    adoptPlan(run, evidence, made, why);
    return 'replanned';
  } catch (error) {
    // An approval must not be confirmed by what was read before the trouble.
    keepEvidence(run, evidence, null);
    setTrouble(run, factsIn(error));
    return 'wait';
  }
}

/** Whether a plan is more dangerous than the one at the gate, or is made on another estate file. */
function countsAtOnce(run: Run, gate: GateEntry, { core, view }: PlanAnswerOfActivity): boolean {
  // Left out only where it is the plan at the gate.
  if (core === null) return false;
  const shown = run.core();
  const known = new Set(shown.blockers.map(({ rule }) => rule));
  const fresh = core.entries.find((entry) => entry.kind === 'gate' && entry.id === gate.id);
  return (
    core.estateDigest !== shown.estateDigest ||
    core.blockers.some(({ rule }) => !known.has(rule)) ||
    brokenBounds(gate, view).length > 0 ||
    (fresh?.kind === 'gate' && isStricter(fresh.tier, gate.tier))
  );
}

/** A gate for fewer people is no danger: going back to it must last, or a single flapping reading voids approvals for ever. */
function isStricter(fresh: GateEntry['tier'], shown: GateEntry['tier']): boolean {
  return (
    fresh.approvals > shown.approvals ||
    fresh.personalKeys > shown.personalKeys ||
    (shown.botSuffices && !fresh.botSuffices)
  );
}

/** A repeated refusal is no change: only a new one is written down. */
function setTrouble(run: Run, trouble: ErrorFacts | null): void {
  const gate = openGate(run);
  if (!gate) return;
  if (trouble && trouble.message !== troubleOf(run)?.message) {
    run.note({
      kind: 'note',
      id: gate.id,
      outcome: 'failed',
      say: `Cannot be approved now: ${trouble.message} ${trouble.mend}`,
    });
  }
  run.state.doing = { is: 'gate', gate, trouble };
}

function voidApprovals(run: Run, why: string): void {
  run.state.attempt += 1;
  run.note({
    kind: 'note',
    id: openGate(run)?.id ?? '',
    outcome: 'failed',
    say: `The approvals do not count any more: ${asClause(why)}. Review again.`,
  });
}
