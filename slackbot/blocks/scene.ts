/** What every builder is given: a run as it stands, and the few questions that all of them ask about it. Pure. */
import { type GateStanding, gateStanding } from '../../kernel/decision/decision.ts';
import { isPolicyRequester } from '../../kernel/decision/policy.ts';
import { type Entry, type GateEntry, type Plan, stepsOf } from '../../kernel/plan/plan.ts';
import { ENDED, type RunView } from '../../kernel/run/state.ts';
import type { People } from './people.ts';

export interface Scene {
  readonly run: RunView;
  /** Of the run's present attempt; null while it is being made or could not be read. */
  readonly plan: Plan | null;
  readonly people: People;
  /** Link to the run's card, once it is known. */
  readonly cardLink?: string | undefined;
}

export function hasEnded(run: RunView): boolean {
  return ENDED.includes(run.status);
}

/** `LIVE` changes the estate; `PLAN` is a dry run. */
export function modeWord(run: RunView): 'LIVE' | 'PLAN' {
  return run.request.mode === 'live' ? 'LIVE' : 'PLAN';
}

export function headlineOf({ run, plan }: Scene): string {
  return plan?.view.headline ?? `${run.request.runbook} ${JSON.stringify(run.request.input)}`;
}

export interface Progress {
  /** 0 to 100. */
  readonly percent: number;
  readonly doneSteps: number;
  readonly allSteps: number;
  /** Counted from 1. */
  readonly phase: number;
  readonly phases: number;
  readonly phaseTitle: string;
}

/** Where the run stands in its plan; undefined without a plan. */
export function progressOf({ run, plan }: Scene): Progress | undefined {
  if (plan === null) return undefined;
  const { entries, phases } = plan.core;
  const all = entries.flatMap(stepsOf);
  const done = new Set(run.done);
  const doneSteps = all.filter(({ id }) => done.has(id)).length;
  const current: Entry | undefined = entries[Math.min(run.cursor, entries.length - 1)];
  const phase = run.status === 'done' ? phases.length - 1 : (current?.phase ?? 0);
  const share = entries.length === 0 ? 0 : Math.min(run.cursor, entries.length) / entries.length;
  return {
    percent: run.status === 'done' ? 100 : Math.min(99, Math.floor(share * 100)),
    doneSteps,
    allSteps: all.length,
    phase: phase + 1,
    phases: phases.length,
    phaseTitle: phases[phase]?.title ?? '',
  };
}

export function gateNamed(plan: Plan | null, id: string): GateEntry | undefined {
  return plan?.core.entries.find((one): one is GateEntry => one.kind === 'gate' && one.id === id);
}

/** The next gate that nobody has passed yet: the open one, else the first after the cursor. None asks people of a policy's run. */
export function nextGate({ run, plan }: Scene): GateEntry | undefined {
  if (hasEnded(run) || isPolicyRequester(run.request.requester)) return undefined;
  if (run.gate !== null) return gateNamed(plan, run.gate.id);
  return plan?.core.entries.slice(run.cursor).find((one): one is GateEntry => one.kind === 'gate');
}

/** Where a gate stands by the plan at hand; the run itself decides with the same function. */
export function standingOf({ run, plan }: Scene, gate: GateEntry): GateStanding {
  const blockers = plan?.core.blockers ?? [];
  return gateStanding(gate, run.decisions, {
    attempt: run.attempt,
    planHash: run.planHash,
    requester: run.request.requester,
    bots: plan?.core.bots ?? [],
    overridable: blockers.filter(({ overridable }) => overridable).map(({ rule }) => rule),
  });
}
