/** What every builder is given: a run as it stands, and the few questions that all of them ask about it. Pure. */
import { asClause } from '../../kernel/errors.ts';
import type { Plan } from '../../kernel/plan/plan.ts';
import { openGateOf, type StandingGate, standingIn } from '../../kernel/run/gates.ts';
import type { RunView } from '../../kernel/run/state.ts';
import type { PendingCall } from '../../kernel/run/under-way.ts';
import { requestText } from '../../kernel/run/words.ts';
import type { People } from './people.ts';
import { safe } from './text.ts';

export interface Scene {
  readonly run: RunView;
  /** Of the run's present attempt; null while it is being made or could not be read. */
  readonly plan: Plan | null;
  readonly people: People;
  /** Calls that the run waits for now. */
  readonly pending?: readonly PendingCall[];
  /** Link to the run's card, once it is known. */
  readonly cardLink?: string | undefined;
  /** Link to the report's file in Slack, once it is there. */
  readonly reportLink?: string | undefined;
  /** When the run last answered, in milliseconds since 1970; only where that is too long ago. */
  readonly staleSince?: number | undefined;
}

/** `LIVE` changes the estate; `PLAN` is a dry run. */
export function modeWord(run: RunView): 'LIVE' | 'PLAN' {
  return run.request.mode === 'live' ? 'LIVE' : 'PLAN';
}

export function headlineOf({ run, plan }: Scene): string {
  return plan?.view.headline ?? requestText(run.request.runbook, run.request.input);
}

/** What keeps a gate shut. */
export function missingText({ missing }: Pick<StandingGate, 'missing'>): string {
  return safe(asClause(missing.join(', ')) || 'nothing', 500);
}

/** The gate that waits for people now, and where it stands. */
export function openGateIn({ run, plan }: Scene): StandingGate | undefined {
  const gate = plan === null ? undefined : openGateOf(plan.core, run);
  return plan === null || gate === undefined ? undefined : { gate, ...standingIn(plan.core, run, gate) };
}
