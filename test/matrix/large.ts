/**
 * The failback of a very large estate, to its end: what a run of thousands of steps must never come to is a payload that
 * Temporal refuses, a history that it ends, or a state that cannot be carried over.
 *
 * Every node is in the plan with its own name and queue length; the queues themselves are those of the example's few nodes,
 * so that a handful of workers stands in for a thousand.
 */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Estate } from '../../estate/schema.ts';
import type { EachEntry } from '../../kernel/plan/plan.ts';
import { hasEnded, type RunView } from '../../kernel/run/state.ts';
import type { Runbook } from '../../runbooks/runbook.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { exampleNamed } from '../workflows/harness/estate.ts';
import { type Running, startRun } from '../workflows/harness/operator.ts';
import { watchPermits } from '../workflows/harness/permits-watch.ts';
import { createStage } from '../workflows/harness/stage.ts';
import type { Place } from './cell.ts';
import { afterFailover, QUICK_RUNBOOKS, quickHolds } from './scenario.ts';

const KIB = 1024;
/** Temporal's own warnings (facts of its documentation): events and bytes of a history, bytes of a payload. */
export const LIMITS = { events: 4_096, historyBytes: 4 * KIB * KIB, payloadBytes: 512 * KIB, stateBytes: 512 * KIB };

export interface LargeSize {
  readonly nodes: number;
  readonly keyspaces: number;
}

export interface LargeReport {
  readonly status: RunView['status'];
  readonly steps: number;
  readonly histories: number;
  /** The largest of each, over all histories of the run. */
  readonly most: { readonly [of in keyof typeof LIMITS]: number };
  /** What must not be. */
  readonly broken: readonly string[];
  readonly ms: number;
}

/** Runs a failback over so many nodes, approved once and disturbed by nothing. */
export async function runLarge(place: Place, size: LargeSize): Promise<LargeReport> {
  const startedAt = Date.now();
  const broken: string[] = [];
  const stage = createStage(place.client, place.workers, {
    seed: place.seed,
    change: (estate) => grown(quickHolds(estate), size),
    runbooks: QUICK_RUNBOOKS.map(onFewQueues),
    meantFor,
  });
  afterFailover(stage.world, Date.now());
  stage.watch.renew();
  stage.around = watchPermits(stage, broken);
  const start = { runbook: 'failback', input: {}, skipsTime: false };
  const running = await startRun(place.client, stage, async () => Date.now(), start);
  await approve(running);
  const view = await ended(running);
  broken.push(...stage.watch.broken);
  const steps = size.nodes * size.keyspaces;
  const { repairs } = outcomeOf(stage.world) as unknown as { cassandra: { repairs: string[] } }['cassandra'];
  if (repairs.length !== steps) broken.push(`${repairs.length} of ${steps} repairs were made`);
  if (view.status !== 'done') broken.push(`it ended ${view.status}: ${view.ending?.message}`);
  const histories = await historiesOf(place.client, running.run);
  const most = mostOf(histories);
  for (const [name, limit] of Object.entries(LIMITS)) {
    const found = most[name as keyof typeof LIMITS];
    if (found >= limit) broken.push(`${name}: ${found}, where Temporal warns at ${limit}`);
  }
  return { status: view.status, steps, histories: histories.length, most, broken, ms: Date.now() - startedAt };
}

const GATE_WITHIN_MS = 60_000;

async function approve(running: Running): Promise<void> {
  for (const until = Date.now() + GATE_WITHIN_MS; Date.now() < until; ) {
    const seen = await running.state();
    if (seen.status !== 'planning' && seen.status !== 'gate')
      throw new Error(`It is ${seen.status}: ${seen.ending?.message}`);
    if (seen.status === 'gate' && (await running.decide('approve', 'ben', { seen })).refused === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Its gate never opened.');
}

const LOOK_EVERY_MS = 500;

/** Nothing disturbs it, so it may not ask. */
async function ended(running: Running): Promise<RunView> {
  for (;;) {
    const view = await running.state();
    if (hasEnded(view)) return view;
    if (view.question) throw new Error(`It asks: ${view.question.say} ${view.question.error.message}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function grown(estate: Estate, { nodes, keyspaces }: LargeSize): Estate {
  return {
    ...estate,
    cassandra: Object.fromEntries(
      Object.entries(estate.cassandra).map(([name, cluster]) => {
        const datacentres = Object.entries(cluster.datacentres);
        const [keyspace] = Object.values(cluster.keyspaces);
        if (!keyspace) throw new Error('The example has a cluster without keyspaces.');
        const grownTo = Math.ceil(nodes / datacentres.length);
        return [
          name,
          {
            ...cluster,
            datacentres: Object.fromEntries(
              datacentres.map(([dc, one], index) => [dc, { ...one, nodes: manyNodes(one.nodes, grownTo, index) }]),
            ),
            keyspaces: {
              ...cluster.keyspaces,
              ...Object.fromEntries(
                Array.from({ length: keyspaces - Object.keys(cluster.keyspaces).length }, (_, more) => [
                  `orders_${more + 1}`,
                  keyspace,
                ]),
              ),
            },
          },
        ];
      }),
    ),
  };
}

type Nodes = Estate['cassandra'][string]['datacentres'][string]['nodes'];

function manyNodes(nodes: Nodes, count: number, datacentre: number): Nodes {
  const [some] = Object.values(nodes);
  if (!some) throw new Error('The example has a datacentre without nodes.');
  const more = Array.from({ length: count - Object.keys(nodes).length }, (_, index): [string, Nodes[string]] => [
    `dc${datacentre}-node-${String(index).padStart(4, '0')}`,
    { ...some, address: `10.${datacentre}.${index >> 8}.${index & 255}` },
  ]);
  return { ...nodes, ...Object.fromEntries(more) };
}

/** The queues of the example's own nodes, which are as long as those of any. */
function onFewQueues(one: Runbook): Runbook {
  const served = Object.values(exampleNamed('lab').cassandra).flatMap(({ datacentres }) =>
    Object.values(datacentres).flatMap(({ nodes }) => Object.keys(nodes)),
  );
  const moved = (entry: EachEntry): EachEntry => ({
    ...entry,
    targets: entry.targets.map((target, index) => ({ ...target, queue: served[index % served.length] ?? '' })),
  });
  return {
    ...one,
    plan(context) {
      const { core, view } = one.plan(context);
      const entries = core.entries.map((entry) =>
        entry.kind === 'each' && entry.step === 'cassandra.repair' ? moved(entry) : entry,
      );
      return { core: { ...core, entries }, view };
    },
  };
}

/** A repair belongs on the queue of its own node. */
function meantFor(queue: string, input: unknown): string {
  const { stepId = '', args } = (input ?? {}) as { stepId?: string; args?: { node?: string } };
  if (args?.node === undefined || !stepId.startsWith('repair/')) return queue;
  return `${queue.slice(0, queue.lastIndexOf('.') + 1)}${args.node}`;
}

type History = readonly proto.temporal.api.history.v1.IHistoryEvent[];

/** All histories of a run that was continued as new, in no order. */
async function historiesOf(client: Client, run: string): Promise<History[]> {
  const found: History[] = [];
  let runId: string | undefined = (await client.workflow.getHandle(run).describe()).runId;
  while (runId) {
    const { events } = await client.workflow.getHandle(run, runId).fetchHistory();
    found.push(events ?? []);
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  }
  return found;
}

function mostOf(histories: readonly History[]): LargeReport['most'] {
  const most = (of: (one: History) => number): number => Math.max(...histories.map(of));
  const { HistoryEvent } = proto.temporal.api.history.v1;
  return {
    events: most((one) => one.length),
    historyBytes: most((one) => one.reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0)),
    payloadBytes: most((one) => Math.max(...one.flatMap(payloadsIn))),
    stateBytes: most((one) => {
      const { input } = one[0]?.workflowExecutionStartedEventAttributes ?? {};
      return input?.payloads?.[1]?.data?.length ?? 0;
    }),
  };
}

/** Sizes of all payloads of an event, wherever they stand in it. */
function payloadsIn(node: unknown): number[] {
  if (node === null || typeof node !== 'object') return [];
  if (node instanceof Uint8Array) return [node.length];
  return Object.values(node).flatMap(payloadsIn);
}
