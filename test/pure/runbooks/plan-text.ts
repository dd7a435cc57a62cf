/** Plans and refusals as text, for the snapshots of any runbook's tests. */
import type { Estate } from '../../../estate/schema.ts';
import { LifeboatError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { type Plan, stepsOf } from '../../../kernel/plan/plan.ts';
import { planOf } from './plan-fixture.ts';

/** One line per thing that a person reads. */
export function read({ core, view }: Plan): string {
  const lines = [view.headline];
  for (const { label, value } of view.facts) lines.push(`  ${label}: ${value}`);
  for (const { what, because } of view.leftOut) lines.push(`  left out: ${what}, because ${because}`);
  for (const warning of view.warnings) lines.push(`  warning: ${warning}`);
  for (const { rule, say } of core.blockers) lines.push(`  blocked by ${rule}: ${say}`);
  let phase = -1;
  for (const entry of core.entries) {
    if (entry.phase !== phase) {
      phase = entry.phase;
      const { title = '', scopes = [] } = core.phases[phase] ?? {};
      lines.push(`${phase + 1} ${title}${scopes.length > 0 ? ` [${scopes.join(', ')}]` : ''}`);
    }
    const steps = stepsOf(entry);
    if (steps.length === 0) lines.push(`  ${entry.id} ${entry.kind}: ${view.says[entry.id]}${detail(entry)}`);
    for (const { id, call, undo } of steps) {
      const back =
        undo.kind === 'irreversible' ? '; cannot be taken back' : undo.kind === 'none' ? '' : '; can be taken back';
      lines.push(`  ${id} ${call.effect}: ${view.says[id]}${back}`);
    }
  }
  return lines.join('\n');
}

function detail(entry: Plan['core']['entries'][number]): string {
  if (entry.kind === 'hold') return ` (every ${entry.every} ms for ${entry.for} ms, then ${entry.onFailure})`;
  if (entry.kind !== 'gate') return '';
  const bounds = entry.bounds.map(({ measure, atMost, unit }) => `${measure} at most ${atMost} ${unit}`);
  return ` (${entry.tier.name}${bounds.length > 0 ? `, ${bounds.join(', ')}` : ''})`;
}

/** What a planner says where it refuses; the plan where it does not. Takes what {@link planOf} takes. */
export function refusal(
  runbook: string,
  input: JsonObject,
  changed: { readonly [probe: string]: unknown },
  estate?: Estate,
): string {
  try {
    return read(planOf(runbook, input, changed, estate));
  } catch (error) {
    if (!LifeboatError.is(error)) throw error;
    return `${error.type}: ${error.message} ${error.mend}`;
  }
}
