/** Permits at hand, minted by phase, and again when they have run out. They live in this process only. */

import type { Permit } from '../../kernel/authority/permit.ts';
import { gateOf, type PlanCore, stepsOf } from '../../kernel/plan/plan.ts';
import { planInAttempt } from '../../kernel/run/approved.ts';
import { NEED_CORE, type PermitAnswer, type PermitRequest, permitKey } from '../../kernel/run/control.ts';
import { factsIn } from './failures.ts';
import type { Run } from './run.ts';

/** A permit that is about to run out is not sent out any more. */
const MARGIN_MS = 5_000;

/** A permit for one use that is at hand and has not run out. */
export function heldPermit(run: Run, stepId: string, direction: 'do' | 'undo', attempt: number): Permit | undefined {
  const held = run.permits.get(keyOf(stepId, direction, attempt));
  return held && held.body.exp > run.now() + MARGIN_MS ? held : undefined;
}

/**
 * A permit for one use; mints those of this phase and the next at once, so that a step costs no activity of its own. Lanes
 * of one Each that ask side by side share a minting.
 */
export async function mintPermit(run: Run, stepId: string, direction: 'do' | 'undo', attempt: number): Promise<Permit> {
  while (direction === 'do' && run.minting) {
    await run.minting;
    const held = heldPermit(run, stepId, direction, attempt);
    if (held) return held;
  }
  const minting = mint(run, stepId, direction, attempt);
  if (direction === 'do') {
    const over = (): void => {
      run.minting = null;
    };
    run.minting = minting.then(over, over);
  }
  return minting;
}

async function mint(run: Run, stepId: string, direction: 'do' | 'undo', attempt: number): Promise<Permit> {
  const key = keyOf(stepId, direction, attempt);
  const { state } = run;
  const approved = state.approved.find((one) => one.attempt === attempt);
  const core = planInAttempt(state, attempt);
  if (!approved || !core) throw new Error(`No approved plan of attempt ${attempt} is kept.`);
  const wanted = direction === 'undo' ? [{ id: stepId, direction }] : stepsAhead(run, core, stepId, atOnce(run));
  const { permits } = await askSigner(
    run,
    {
      request: state.request,
      attempt,
      planHash: approved.planHash,
      decisions: state.decisions.filter(({ decision }) => decision.attempt === attempt),
      epochs: state.epochs,
      ...(approved.evidence ? { evidence: approved.evidence } : {}),
      steps: wanted,
    },
    core,
    `Permits for ${wanted.length} step(s)`,
  );
  for (const [each, permit] of Object.entries(permits)) run.permits.set(`${attempt}/${each}`, permit);
  const minted = run.permits.get(key);
  if (!minted) throw new Error(`No permit came back for ${key}.`);
  return minted;
}

/** Sends the plan's hash, and the plan itself only to a signer that has not seen it. @throws StepFailure. */
export async function askSigner(
  run: Run,
  input: Omit<PermitRequest, 'core'>,
  core: PlanCore,
  summary: string,
): Promise<PermitAnswer> {
  try {
    return await run.control('run.permits', input, summary);
  } catch (error) {
    if (factsIn(error).type !== NEED_CORE) throw error;
    return run.control('run.permits', { ...input, core }, summary);
  }
}

/** For one that was used, or that its agent called expired: the next use mints it again. */
export function dropPermit(run: Run, stepId: string, direction: 'do' | 'undo', attempt: number): void {
  run.permits.delete(keyOf(stepId, direction, attempt));
}

function keyOf(stepId: string, direction: 'do' | 'undo', attempt: number): string {
  return `${attempt}/${permitKey(direction, stepId)}`;
}

/**
 * No more than will be used before they run out: long repairs use a few of a batch, and each batch stays in the history. So a
 * batch that ran out unused makes the next one small, and one that was used up makes it larger again.
 */
function atOnce(run: Run): number {
  const now = run.now();
  const unused = [...run.permits.values()].some(({ body }) => body.direction === 'do' && body.exp <= now + MARGIN_MS);
  for (const [key, { body }] of run.permits) if (body.exp <= now + MARGIN_MS) run.permits.delete(key);
  run.batch = unused ? FEWEST_AT_ONCE : Math.min(MAX_AT_ONCE, run.batch * 4);
  return run.batch;
}

const FEWEST_AT_ONCE = 8;

/** A plan of thousands of steps must not answer with more than Temporal takes as one result (2 MB; a permit has 0.7 kB). */
const MAX_AT_ONCE = 200;

/** Changes under the same gate, of the step's phase and the next that changes something, whose scopes the run holds. */
function stepsAhead(run: Run, core: PlanCore, stepId: string, atOnce: number): { id: string; direction: 'do' }[] {
  const at = core.entries.findIndex((entry) => stepsOf(entry).some(({ id }) => id === stepId));
  const gate = gateOf(core, at);
  const ahead = core.entries
    .flatMap((entry, position) => (position >= at && gateOf(core, position) === gate ? stepsOf(entry) : []))
    .filter(({ call }) => call.effect !== 'read' && run.state.epochs[call.scope ?? ''] !== undefined);
  const phases = [...new Set(ahead.map(({ phase }) => phase))].slice(0, 2);
  const done = new Set(run.state.done);
  const wanted = ahead.filter(({ id, phase }) => phases.includes(phase) && !done.has(id) && id !== stepId);
  return [stepId, ...wanted.map(({ id }) => id)].slice(0, atOnce).map((id) => ({ id, direction: 'do' }));
}
