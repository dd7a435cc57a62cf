/** The run's current details for Temporal's own Web UI, which alone must tell an operator where it stands. */
import type { PlanCore } from '../../kernel/plan/plan.ts';
import { openGateOf, standingIn } from '../../kernel/run/gates.ts';
import { endText } from '../../kernel/run/left.ts';
import type { RunState } from '../../kernel/run/state.ts';
import { coreIn, statusOf, viewOf } from '../../kernel/run/view.ts';

/** Markdown; short, because it is part of every workflow task that changes it. */
export function detailsOf(state: RunState): string {
  const { doing, interruption, paused, request } = state;
  const core = coreIn(state);
  const lines = [
    `**${state.plan?.view.headline ?? request.runbook}** (${request.mode})`,
    '',
    `Status: ${endText({ status: statusOf(state), left: state.left })}`,
    ...(core && doing.is !== 'ended' ? placeLines(state, core) : []),
    ...doingLines(state, core),
  ];
  if (interruption?.is === 'question') {
    const { say, choices } = interruption.question;
    lines.push(`Asks: ${say} (${choices.join(', ')})`);
  }
  if (paused) lines.push(`Paused by ${paused.by}: ${paused.reason}`);
  return lines.join('\n\n');
}

function placeLines({ cursor, plan }: RunState, core: PlanCore): string[] {
  const entry = core.entries[cursor];
  if (!entry) return [];
  return [`Entry ${cursor + 1} of ${core.entries.length}, ${entry.id}: ${plan?.view.says[entry.id] ?? ''}`];
}

function doingLines(state: RunState, core: PlanCore | null): string[] {
  const { doing } = state;
  switch (doing.is) {
    case 'gate':
      return core ? [`Waits for approval by: ${gatePeople(state, core)}`] : [];
    case 'holding':
      return [`Holding: ${doing.hold.samples} samples, last: ${doing.hold.last}`];
    case 'ended':
      return doing.why ? [`Ended: ${doing.why.message} ${doing.why.mend}`] : [];
    default:
      return [];
  }
}

function gatePeople(state: RunState, core: PlanCore): string {
  const view = viewOf(state);
  const gate = openGateOf(core, view);
  return gate ? standingIn(core, view, gate).mayApprove.join(', ') : 'nobody';
}
