/** The run's current details for Temporal's own Web UI, which alone must tell an operator where it stands. */
import { openGateOf, standingIn } from '../../kernel/run/gates.ts';
import { ENDED, type RunState } from '../../kernel/run/state.ts';

/** Markdown; short, because it is part of every workflow task that changes it. */
export function detailsOf(state: RunState): string {
  const entries = state.plan?.core.entries ?? [];
  const lines = [
    `**${state.plan?.view.headline ?? state.request.runbook}** (${state.request.mode})`,
    '',
    `Status: ${state.status}`,
  ];
  const entry = entries[state.cursor];
  if (entry && !ENDED.includes(state.status)) {
    lines.push(`At ${entry.id} of ${entries.length} entries: ${state.plan?.view.says[entry.id] ?? ''}`);
  }
  if (state.status === 'gate') lines.push(`Waits for approval by: ${gatePeople(state)}`);
  if (state.question) lines.push(`Asks: ${state.question.say} (${state.question.choices.join(', ')})`);
  if (state.paused) lines.push(`Paused by ${state.paused.by}: ${state.paused.reason}`);
  if (state.hold) lines.push(`Holding: ${state.hold.samples} samples, last: ${state.hold.last}`);
  if (state.ending) lines.push(`Ended: ${state.ending.message} ${state.ending.mend}`);
  return lines.join('\n\n');
}

function gatePeople(state: RunState): string {
  const core = state.plan?.core;
  const gate = core && openGateOf(core, state);
  return gate ? standingIn(core, state, gate).mayApprove.join(', ') : 'nobody';
}
