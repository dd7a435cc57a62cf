/**
 * The operator's API over one Temporal client. The map of this folder:
 *
 *   api.ts       what an operator can do, as types; both skins see no more than this
 *   connect.ts   address, TLS, and opening             keys.ts      signers
 *   runs/        start.ts, decide.ts (decisions of every kind), query.ts (list, find, state, plan), watch.ts (following),
 *                shown.ts (what a decision is signed over), search.ts (what a run is found by), choose.ts (which is meant),
 *                ahead.ts (whether an approval would be refused), under-way.ts (which calls it waits for)
 *   lease.ts     who holds what; freeze, take over     posting.ts   which bot posts to Slack
 *   regions.ts   how the regions stand                 overview.ts  what a bare `status` tells
 *   grammar/     a line of text as a command, and the help; its map is in parse.ts
 *   temporal/    context.ts, failures.ts: the one way in which Temporal is called
 *   touched.ts   what a plan would touch               listed.ts    names as people read them
 *   plan-order.ts   in which order a plan is told
 *
 * Where a gate stands and how far a run is, nothing here works out: kernel/run/gates.ts, kernel/run/progress.ts.
 */
import type { RunView } from '../kernel/run/state.ts';
import type { Lifeboat } from './api.ts';
import { freezeLease, leaseOf, takeOverLease } from './lease.ts';
import { stopPosting, takePosting } from './posting.ts';
import { regionsOf } from './regions.ts';
import { abortRun, decideGate, resolveQuestion, steer } from './runs/decide.ts';
import { findRun, listRuns, planOf, stateOf } from './runs/query.ts';
import { START_TIMEOUT_MS, startPolicy, startRun } from './runs/start.ts';
import { pendingCalls } from './runs/under-way.ts';
import { watchRun } from './runs/watch.ts';
import type { ClientContext } from './temporal/context.ts';

export interface LifeboatParts extends ClientContext {
  readonly close: () => Promise<void>;
}

/** Wires the parts; `openLifeboat` in connect.ts is how one comes here. */
export function createLifeboat(context: LifeboatParts): Lifeboat {
  // Ended runs never change; a list that is looked at every second asks for each of them once.
  const ended = new Map<string, RunView>();
  return {
    start: (request, timeoutMs = START_TIMEOUT_MS) => startRun(context, request, timeoutMs),
    startPolicy: (request, timeoutMs = START_TIMEOUT_MS) => startPolicy(context, request, timeoutMs),
    list: (options) => listRuns(context, ended, options),
    find: (nameOrPart) => findRun(context, nameOrPart),
    state: (run) => stateOf(context, run),
    plan: (run) => planOf(context, run),
    pending: (run) => pendingCalls(context, run),
    approve: (request) => decideGate(context, 'approve', request),
    reject: (request) => decideGate(context, 'reject', request),
    resolve: (request) => resolveQuestion(context, request),
    pause: (request) => steer(context, 'pause', request),
    resume: (request) => steer(context, 'resume', request),
    abort: (request) => abortRun(context, request),
    freeze: (request) => freezeLease(context, request),
    takeOver: (request) => takeOverLease(context, request),
    lease: () => leaseOf(context),
    regions: () => regionsOf(context),
    post: (request) => takePosting(context, request),
    stopPosting: (bot) => stopPosting(context, bot),
    watch: (run, options) => watchRun(context, run, options),
    close: () => context.close(),
  };
}
