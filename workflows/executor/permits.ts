/** Permits at hand, minted by phase, and again when they have run out. They live in this process only. */
import { permitKey } from '../../kernel/control.ts';
import type { Permit } from '../../kernel/permit.ts';
import { type PlanCore, stepsOf } from '../../kernel/plan.ts';
import type { Run } from './run.ts';

/** A permit that is about to run out is not sent out any more. */
const MARGIN_MS = 5_000;

/** A permit for one use that is at hand and has not run out. */
export function heldPermit(run: Run, stepId: string, direction: 'do' | 'undo', attempt: number): Permit | undefined {
  const held = run.permits.get(keyOf(stepId, direction, attempt));
  return held && held.body.exp > run.now() + MARGIN_MS ? held : undefined;
}

/** A permit for one use; mints those of the whole phase at once, so that a step costs no activity of its own. */
export async function mintPermit(run: Run, stepId: string, direction: 'do' | 'undo', attempt: number): Promise<Permit> {
  const key = keyOf(stepId, direction, attempt);
  const { state } = run;
  const approved = state.approved.find((one) => one.attempt === attempt);
  if (!approved) throw new Error(`No approved plan of attempt ${attempt} is kept.`);
  const wanted = direction === 'undo' ? [{ id: stepId, direction }] : phaseSteps(run, approved.core, stepId);
  const { permits } = await run.control(
    'run.permits',
    {
      request: state.request,
      attempt,
      core: approved.core,
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

function phaseSteps(run: Run, core: PlanCore, stepId: string): { id: string; direction: 'do' }[] {
  const phase = core.entries.find((entry) => stepsOf(entry).some(({ id }) => id === stepId))?.phase;
  return core.entries
    .filter((entry) => entry.phase === phase)
    .flatMap(stepsOf)
    .filter(({ id, call }) => call.effect !== 'read' && (id === stepId || !run.state.done.includes(id)))
    .map(({ id }) => ({ id, direction: 'do' as const }));
}
