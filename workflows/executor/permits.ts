/** Permits at hand, minted by phase, and again when they have run out. They live in this process only. */

import type { Permit } from '../../kernel/authority/permit.ts';
import { gateOf, type PlanCore, stepsOf } from '../../kernel/plan/plan.ts';
import { permitKey } from '../../kernel/run/control.ts';
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
  const core = approved && state.cores[approved.planHash];
  if (!core) throw new Error(`No approved plan of attempt ${attempt} is kept.`);
  const wanted = direction === 'undo' ? [{ id: stepId, direction }] : stepsAhead(run, core, stepId);
  const { permits } = await run.control(
    'run.permits',
    {
      request: state.request,
      attempt,
      core,
      decisions: state.decisions.filter(({ decision }) => decision.attempt === attempt),
      epochs: state.epochs,
      ...(approved.evidence ? { evidence: approved.evidence } : {}),
      steps: wanted,
    },
    `Permits for ${wanted.length} step(s)`,
  );
  for (const [each, permit] of Object.entries(permits)) run.permits.set(`${attempt}/${each}`, permit);
  const minted = run.permits.get(key);
  if (!minted) throw new Error(`No permit came back for ${key}.`);
  return minted;
}

/** For one that its agent called expired: the next use mints it again. */
export function dropPermit(run: Run, stepId: string, direction: 'do' | 'undo', attempt: number): void {
  run.permits.delete(keyOf(stepId, direction, attempt));
}

function keyOf(stepId: string, direction: 'do' | 'undo', attempt: number): string {
  return `${attempt}/${permitKey(direction, stepId)}`;
}

/** A plan of thousands of steps must not answer with more than Temporal takes as one result (2 MB; a permit has 0.7 kB). */
const MAX_AT_ONCE = 200;

/** Changes under the same gate, of the step's phase and the next that changes something, whose scopes the run holds. */
function stepsAhead(run: Run, core: PlanCore, stepId: string): { id: string; direction: 'do' }[] {
  const at = core.entries.findIndex((entry) => stepsOf(entry).some(({ id }) => id === stepId));
  const gate = gateOf(core, at);
  const ahead = core.entries
    .flatMap((entry, position) => (position >= at && gateOf(core, position) === gate ? stepsOf(entry) : []))
    .filter(({ call }) => call.effect !== 'read' && run.state.epochs[call.scope ?? ''] !== undefined);
  const phases = [...new Set(ahead.map(({ phase }) => phase))].slice(0, 2);
  const wanted = ahead.filter(
    ({ id, phase }) => phases.includes(phase) && !run.state.done.includes(id) && id !== stepId,
  );
  return [stepId, ...wanted.map(({ id }) => id)].slice(0, MAX_AT_ONCE).map((id) => ({ id, direction: 'do' }));
}
