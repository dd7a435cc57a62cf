/**
 * Probe → plan. Re-plan is the same again at a step boundary: for stale evidence, expiry, graceful to ungraceful, or a
 * changed estate. The undo stack is kept; what remains is planned from what the probes find.
 */

import { STALE_ESTATE } from '../../kernel/authority/ruling.ts';
import { asClause } from '../../kernel/errors.ts';
import { type Evidence, type EvidenceMap, evidenceHash } from '../../kernel/plan/evidence.ts';
import { type PackedView, unpackView } from '../../kernel/plan/packed-view.ts';
import type { Call, Plan } from '../../kernel/plan/plan.ts';
import { stepsOf } from '../../kernel/plan/plan.ts';
import type { Instead, Opened, PlanAnswerOfActivity } from '../../kernel/run/control.ts';
import { planIn } from '../../kernel/run/view.ts';
import { factsIn } from './failures.ts';
import type { Run } from './run.ts';

/** Evidence hashes that an approver may still have on screen; unchanged evidence adds none. */
const MAX_EVIDENCE_HASHES = 200;
/** As many as an estate has control workers with another file, and one more. */
const STALE_TRIES = 4;
export const FRESH_MS = 10_000;
/** Evidence that is read again after approval must not hold the click up for longer; load balancers count for half of it. */
export const QUICK_PROBE_MS = 1_000;

/** Names the probes, with the signed start verified and on the present estate file. @throws StepFailure. */
export async function open(run: Run): Promise<Opened> {
  const { request, plan } = run.state;
  const summary = 'Verify the start and name the probes';
  run.opened = await run.control('run.open', { request, again: plan !== null, ...insteadIn(run) }, summary);
  return run.opened;
}

/** Reads all probes side by side, or only those that are older than `olderThanMs`. Never throws for a dead thing. */
export async function probe(
  run: Run,
  { probes, estateDigest }: Opened,
  options: { olderThanMs?: number; within?: number } = {},
): Promise<EvidenceMap> {
  const { state } = run;
  const stale = Object.entries(probes).filter(([name]) => {
    const at = state.evidence[name]?.at ?? 0;
    return options.olderThanMs === undefined || run.now() - at > options.olderThanMs;
  });
  const read = await Promise.all(
    stale.map(
      async ([name, call]): Promise<[string, Evidence<unknown>]> => [
        name,
        await readOne(run, name, call, { estateDigest, within: options.within }),
      ],
    ),
  );
  const fresh = Object.fromEntries(read);
  return Object.fromEntries(
    Object.keys(probes).flatMap((name) => {
      const one = fresh[name] ?? state.evidence[name];
      return one ? [[name, one]] : [];
    }),
  );
}

async function readOne(
  run: Run,
  name: string,
  call: Call,
  { estateDigest, within }: { estateDigest: string; within: number | undefined },
): Promise<Evidence<unknown>> {
  const dispatch = { stepId: `probe:${name}`, direction: 'do', fence: null, permit: null } as const;
  const options = {
    summary: `Probe ${name}`,
    estateDigest,
    ...(within === undefined ? {} : { within }),
  };
  for (let tries = 1; ; tries += 1) {
    try {
      const { result, from } = await run.call(call, dispatch, options);
      return { ok: true, value: result, at: run.now(), by: call.queue, ...(from === undefined ? {} : { from }) };
    } catch (error) {
      const { type, message, from } = factsIn(error);
      // A control worker that stands aside is no reading of the thing: another one takes it, now that this one has left.
      if (type !== STALE_ESTATE || tries === STALE_TRIES) {
        return { ok: false, reason: asClause(message), at: run.now(), ...(from === undefined ? {} : { from }) };
      }
    }
  }
}

/** A plan from evidence, not yet taken on. @throws StepFailure when the planner refuses. */
export function planFrom(run: Run, evidence: EvidenceMap): Promise<PlanAnswerOfActivity> {
  const { request, plan } = run.state;
  const input = { request, evidence, ...(plan ? { known: plan.hash } : {}), ...insteadIn(run) };
  return run.control('run.plan', input, 'Plan from the evidence');
}

function insteadIn({ state: { instead } }: Run): { instead?: Instead } {
  return instead ? { instead: { runbook: instead.runbook, input: instead.input } } : {};
}

/** Takes evidence on that led to the same plan, or to a refusal: what is known now, and what approvers are shown. */
export function keepEvidence(run: Run, evidence: EvidenceMap, view: PackedView | null): void {
  const { state } = run;
  state.evidence = evidence;
  if (view && state.plan) state.plan = { ...state.plan, view };
  const hash = evidenceHash(evidence);
  if (!state.evidenceHashes.includes(hash)) state.evidenceHashes.push(hash);
  if (state.evidenceHashes.length > MAX_EVIDENCE_HASHES) state.evidenceHashes.shift();
}

/** Probe → plan, and takes that plan on. @throws StepFailure when the planner refuses; then the run keeps what it had. */
export async function planAfresh(run: Run, opened: Opened, why: string): Promise<void> {
  const evidence = await probe(run, opened);
  adoptPlan(run, evidence, await planFrom(run, evidence), why);
}

/** Takes a new plan on: from its start, with the undo stack kept. */
export function adoptPlan(run: Run, evidence: EvidenceMap, made: PlanAnswerOfActivity, why: string): void {
  const { state } = run;
  const before = planIn(state);
  const core = made.core ?? state.cores[made.planHash];
  if (!core) throw new Error('A plan came without its core, which the run does not know.');
  state.attempt += 1;
  state.plan = { hash: made.planHash, view: made.view };
  const needed = new Set(state.approved.map(({ planHash }) => planHash));
  const kept = Object.entries(state.cores).filter(([hash]) => needed.has(hash));
  state.cores = { ...Object.fromEntries(kept), [made.planHash]: core };
  state.difference = before ? differenceOf(before, { core, view: unpackView(core, made.view) }) : [];
  state.evidenceHashes = [];
  state.cursor = 0;
  state.done = [];
  // What was stepped over is planned again, where it is still to be done.
  state.left = [];
  run.permits.clear();
  run.enter({ is: 'planning' });
  keepEvidence(run, evidence, made.view);
  run.note({
    kind: before ? 'replanned' : 'planned',
    id: made.planHash.slice(0, 12),
    say: before ? `Planned again: ${asClause(why)}. ${state.difference.join(' ')}` : made.view.headline,
  });
}

/** What changed between two plans, as sentences. */
export function differenceOf(before: Plan, after: Plan): string[] {
  const old = sentences(before);
  const fresh = sentences(after);
  const difference = [
    ...[...old].filter((say) => !fresh.has(say)).map((say) => `No longer: ${asClause(say)}.`),
    ...[...fresh].filter((say) => !old.has(say)).map((say) => `New: ${asClause(say)}.`),
  ];
  if (before.core.estateDigest !== after.core.estateDigest) difference.unshift('The estate file changed.');
  return difference.length > 0 ? difference.slice(0, 40) : ['Only arguments or bounds differ.'];
}

function sentences({ core, view }: Plan): Set<string> {
  return new Set(
    core.entries.flatMap((entry) => {
      const steps = stepsOf(entry);
      const ids = steps.length > 0 ? steps.map(({ id }) => id) : [entry.id];
      return ids.map((id) => view.says[id] ?? id);
    }),
  );
}
