/**
 * One test's own memory estate, its agents and its control worker, behind the shared workers; and the runs on it.
 */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Fault } from '../../../activities/define-activities.ts';
import { createLeaseActivities, readLease } from '../../../activities/lease/index.ts';
import { createPlanActivities } from '../../../activities/plan/index.ts';
import { asSeen, implement } from '../../../activities/step-implementation.ts';
import type { Estate } from '../../../estate/schema.ts';
import type { Grant } from '../../../kernel/authority/lease.ts';
import type { ControlActivities } from '../../../kernel/run/control.ts';
import { leaseId } from '../../../kernel/run/messages.ts';
import { type RunRecord, unpackRecord } from '../../../kernel/run/record.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import type { Runbook } from '../../../runbooks/runbook.ts';
import { others } from '../../../runbooks/steps/runs.ts';
import { createAgents } from '../../memory-estate/agents.ts';
import { type Watch, watchInvariants } from '../../memory-estate/invariants.ts';
import { createWorld, type World } from '../../memory-estate/world.ts';
import { type Change, type ExampleName, estateAt } from './estate.ts';
import { SIGNER } from './people.ts';
import type { Home, Serve, Workers } from './workers.ts';

/** Stands between Temporal and an activity: may delay it, fail it, run it twice, or lose its answer. */
export type Around = (
  call: { readonly queue: string; readonly name: string; readonly input: unknown },
  next: Serve,
) => Promise<unknown>;

export interface StageOptions {
  readonly seed?: number;
  readonly change?: Change;
  readonly runbooks?: readonly Runbook[];
  /** Which shipped example it is; the lab's when left out. Its queues must be served (`startHarness`). */
  readonly example?: ExampleName;
  readonly fault?: Fault;
  readonly around?: Around;
  readonly silenced?: Set<string>;
  /** The queue for which a call was meant, where one worker stands in for many that would each poll their own. */
  readonly meantFor?: (queue: string, input: unknown) => string;
  /**
   * The time-skipping server now and then loses the updates of a workflow, and with its sticky queue what they did: the
   * permit signer is told what the lease answered, and does not ask it. Tests of that question run on the real server.
   */
  readonly skipsTime?: boolean;
}

export interface Stage {
  readonly estate: Estate;
  readonly digest: string;
  readonly world: World;
  readonly watch: Watch;
  readonly records: RunRecord[];
  readonly reaped: { run: string; unfinished: readonly string[] }[];
  /** What the agents' and the control worker's own estate files are, from now on; a test may let them differ. */
  readonly digests: { control: string; agents: string };
  /** The control worker's own estate; what it plans on. */
  control: Estate;
  /** Milliseconds by which the agents' clocks are ahead of Temporal's. */
  agentsAheadMs: number;
  around: Around | undefined;
  /** Task tokens of calls whose worker shall seem gone: their heartbeats are not sent. */
  readonly silenced: Set<string>;
  /** A run id of this estate that its workers know. */
  newRun(runbook: string): string;
}

let stages = 0;

/** @param client for the lease, as the control worker's own */
export function createStage(client: Client, workers: Workers, options: StageOptions = {}): Stage {
  stages += 1;
  const site = `site-${process.pid}-${stages}`;
  const { estate, digest } = estateAt(site, options.change, options.example);
  const world = createWorld(estate, options.seed ?? 1);
  const now = (): number => Context.current().info.currentAttemptScheduledTimestampMs;
  const records: RunRecord[] = [];
  const reaped: Stage['reaped'] = [];
  const stage: Stage = {
    estate,
    digest,
    world,
    watch: watchInvariants(world),
    records,
    reaped,
    digests: { control: digest, agents: digest },
    control: estate,
    agentsAheadMs: 0,
    around: options.around,
    silenced: options.silenced ?? new Set(),
    newRun(runbook) {
      const run = `${runbook}/${estate.name}/${randomUUID()}`;
      workers.homes.set(run, home);
      return run;
    },
  };
  const granted: { [scope: string]: Grant } = {};
  const planDeps = {
    get estate() {
      return stage.control;
    },
    get estateDigest() {
      return stage.digests.control;
    },
    runbooks: options.runbooks ?? RUNBOOKS,
    clock: now,
    lease: async () => (options.skipsTime ? { holders: granted, taken: [] } : readLease(client, estate.name)),
    signer: { publicKey: SIGNER.publicKey, privateKey: () => SIGNER.privateKey },
  };
  const leasing = createLeaseActivities({ client, reaped: (run, unfinished) => reaped.push({ run, unfinished }) });
  const control: ControlActivities = {
    ...createPlanActivities(planDeps),
    ...leasing,
    'lease.acquire': async (input) => {
      const answer = await leasing['lease.acquire'](input);
      if (answer.granted) {
        for (const [scope, epoch] of Object.entries(answer.epochs))
          granted[scope] = { run: input.run, requester: input.requester, epoch, at: now() };
      }
      return answer;
    },
    'run.record': async ({ record }) => {
      records.push(unpackRecord(record));
      return { location: `memory:${record.run}` };
    },
  };
  const othersSteps = implement(others, {
    async read(_, { run }) {
      const { holders } = await readLease(client, estate.name);
      const mine = Object.entries(holders).filter(
        ([scope, grant]) => scope.startsWith(`${site}/`) && grant.run !== run,
      );
      return {
        holders: mine.map(([scope, grant]) => ({ scope, run: grant.run, requester: grant.requester })),
        unpolled: [],
      };
    },
    result: asSeen,
  });
  const agentsOf = (estateDigest: string) =>
    createAgents({
      world,
      estateDigest,
      clock: () => now() + stage.agentsAheadMs,
      attempt: () => {
        const context = Context.current();
        return {
          attempt: context.info.attempt,
          taskQueue: standingIn.get(context.info.base64TaskToken) ?? context.info.taskQueue,
          signal: context.cancellationSignal,
          lastHeartbeat: context.info.heartbeatDetails,
          heartbeat: (details) => {
            if (!stage.silenced.has(context.info.base64TaskToken)) context.heartbeat(details);
          },
        };
      },
      others: othersSteps,
      ...(options.fault ? { fault: options.fault } : {}),
    });
  const standingIn = new Map<string, string>();
  const agents = new Map([[digest, agentsOf(digest)]]);
  const home: Home = {
    find(queue, name) {
      const inner = controlServe(control, name) ?? agentServe(queue, name);
      if (!inner) return undefined;
      return (input) => (stage.around ? stage.around({ queue, name, input }, inner) : inner(input));
    },
  };
  function agentServe(queue: string, name: string): Serve | undefined {
    const { activities } = agentsFor(stage.digests.agents);
    const { meantFor } = options;
    if (!meantFor) return activities.get(queue)?.[name];
    return async (input) => {
      const token = Context.current().info.base64TaskToken;
      const meant = meantFor(queue, input);
      standingIn.set(token, meant);
      try {
        return await activities.get(meant)?.[name]?.(input as never);
      } finally {
        standingIn.delete(token);
      }
    };
  }
  function agentsFor(estateDigest: string) {
    const known = agents.get(estateDigest) ?? agentsOf(estateDigest);
    agents.set(estateDigest, known);
    return known;
  }
  // Freezes are verified by the newest stage; the people and their keys are the same in all.
  workers.homes.set(leaseId(estate.name), home);
  return stage;
}

function controlServe(control: ControlActivities, name: string): Serve | undefined {
  if (!(name in control)) return undefined;
  // The indexed call loses the pairing of name and input; the executor that sends it is typed.
  return control[name as keyof ControlActivities] as unknown as Serve;
}
