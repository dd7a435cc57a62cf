/** Which gate of its plan a run is at, and where that stands by the plan at hand: asked by all that show a run. */

import { isPolicyRequester, policyOf } from '../decision/policy.ts';
import { type GateStanding, gateStanding } from '../decision/standing.ts';
import type { GateEntry, PlanCore } from '../plan/plan.ts';
import { hasEnded, type RunView } from './state.ts';

export interface StandingGate extends GateStanding {
  readonly gate: GateEntry;
}

export function gatesOf({ entries }: Pick<PlanCore, 'entries'>): GateEntry[] {
  return entries.filter((one) => one.kind === 'gate');
}

export function gateNamed(core: Pick<PlanCore, 'entries'>, id: string): GateEntry | undefined {
  return gatesOf(core).find((gate) => gate.id === id);
}

/** The gate that waits for people now; none in a run that has ended. */
export function openGateOf(
  core: Pick<PlanCore, 'entries'>,
  view: Pick<RunView, 'gate' | 'status'>,
): GateEntry | undefined {
  return view.gate === null || hasEnded(view) ? undefined : gateNamed(core, view.gate.id);
}

/** The gate about which people are or will be asked next; none where a policy stands in their place. */
export function gateAhead(
  core: Pick<PlanCore, 'entries'>,
  view: Pick<RunView, 'gate' | 'status' | 'cursor' | 'request'>,
): GateEntry | undefined {
  if (hasEnded(view) || isPolicyRequester(view.request.requester)) return undefined;
  if (view.gate !== null) return openGateOf(core, view);
  return gatesOf({ entries: core.entries.slice(view.cursor) })[0];
}

/** As {@link gateAhead}, with where it stands. */
export function standingAhead(core: PlanCore, view: RunView): StandingGate | undefined {
  const gate = gateAhead(core, view);
  return gate && { gate, ...standingIn(core, view, gate) };
}

/** Where a gate stands by the run's own decisions and the facts in its plan; the permit signer judges by its estate's. */
export function standingIn(
  core: PlanCore,
  view: Pick<RunView, 'attempt' | 'planHash' | 'cursor' | 'decisions' | 'request'>,
  gate: GateEntry,
): GateStanding {
  const { requester, start } = view.request;
  if (policyOf(start) !== undefined) return standingByPolicy(core, view.cursor, gate, requester);
  const { attempt, planHash, decisions } = view;
  return gateStanding(gate, core.blockers, decisions, { attempt, planHash, requester, bots: core.bots });
}

/** A run by policy passes its gates without people: what it came to after one says so. */
function standingByPolicy({ entries }: PlanCore, cursor: number, gate: GateEntry, requester: string): GateStanding {
  const position = entries.findIndex(({ id }) => id === gate.id);
  if (position !== -1 && cursor > position)
    return { state: 'approved', approvedBy: [requester], missing: [], mayApprove: [], toOverride: [] };
  return { state: 'open', approvedBy: [], missing: [`${requester} to let it pass`], mayApprove: [], toOverride: [] };
}
