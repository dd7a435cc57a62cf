/**
 * `step`: a no-op step through the executor, its permit verified and its fence mark on disk, against a bare Temporal
 * activity, in interleaved rounds of one run.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { defineActivities } from '../activities/define-activities.ts';
import { openMarks } from '../activities/fencing/marks.ts';
import { createLeaseActivities, readLease } from '../activities/lease/index.ts';
import { createPlanActivities } from '../activities/plan/index.ts';
import { asSeen, implement } from '../activities/step-implementation.ts';
import { openLifeboat } from '../client/connect.ts';
import { fileSigner } from '../client/keys.ts';
import { readEstate } from '../host/estate-file.ts';
import { scopeOf } from '../kernel/plan/scope.ts';
import { publicKeyOf } from '../kernel/signing/keys.ts';
import { openLab } from '../lab/lab.ts';
import { gate, phase, stepItem } from '../runbooks/draft.ts';
import { runbook } from '../runbooks/runbook.ts';
import { SHORT, step } from '../runbooks/steps/contract.ts';
import { currentAttempt } from '../worker/attempt.ts';
import { type Figure, plain, ratioAtMost } from './figures.ts';
import { percentile } from './statistics.ts';

const ROUNDS = 16;
const STEPS = 50;
const SCOPE = scopeOf('bench', 'noop', 'one');

export async function measure(say: (line: string) => void): Promise<Figure[]> {
  const lab = await openLab({ name: 'bench' });
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-bench-'));
  await lab.up({ only: ['temporal'] });
  const { estate, digest } = await readEstate(lab.estateFile);
  const queue = `${estate.name}.agent.noop`;
  const address = estate.temporal.address;
  const [native, connection, workflowBundle] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
    bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL('./step-workflows.ts', import.meta.url)) }),
  ]);
  const client = new Client({ connection, namespace: estate.temporal.namespace });
  const keys = join(lab.instance.root, 'keys');
  const privateKey = (await readFile(join(keys, 'control'), 'utf8')).trim();
  const noop = step({
    name: 'noop.set',
    effect: 'change',
    args: z.strictObject({ n: z.number() }),
    result: z.strictObject({ n: z.number() }),
    scope: () => SCOPE,
    queue: () => queue,
    limits: SHORT,
    undo: () => ({ irreversible: 'it does nothing' }),
    say: ({ n }) => `Do nothing, ${n}`,
  });
  const bench = runbook({
    name: 'failover',
    version: 1,
    summary: 'Steps that do nothing',
    input: z.strictObject({ from: z.string() }),
    resolve: () => ({}),
    probes: () => ({}),
    plan: () => ({
      headline: 'Do nothing',
      facts: [],
      leftOut: [],
      warnings: [],
      measures: {},
      measuredBy: { fault: [], loss: [], expectedLoss: null, recovery: 'nothing' },
      blockers: [],
      phases: [
        gate('approve', 'Do nothing', { tier: estate.approvals.minimum.change, scopes: [SCOPE] }),
        phase('nothing', 'Nothing', ...Array.from({ length: STEPS }, (_, n) => stepItem(`${n}`, noop({ n })))),
      ],
    }),
  });
  const marks = await openMarks(join(folder, 'marks'));
  const authority = { estate, estateDigest: digest, signers: [publicKeyOf(privateKey)] };
  const acts = defineActivities(
    implement(noop, { read: async ({ n }) => ({ n }), act: async () => undefined, proven: () => true, result: asSeen }),
    { clock: Date.now, authority, marks, attempt: currentAttempt },
  );
  const deps = {
    estate,
    estateDigest: digest,
    runbooks: [bench],
    clock: Date.now,
    lease: () => readLease(client, estate.name),
    signer: { publicKey: publicKeyOf(privateKey), privateKey: () => privateKey },
  };
  const workers = await Promise.all([
    Worker.create({
      connection: native,
      taskQueue: `${estate.name}.control`,
      workflowBundle,
      activities: {
        ...createPlanActivities(deps),
        ...createLeaseActivities({ client, reaped: () => undefined }),
        'run.record': async () => ({ location: '' }),
      },
    }),
    Worker.create({ connection: native, taskQueue: queue, activities: { ...acts, noop: async (n: number) => n } }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    const ada = await openLifeboat({ estate, digest, signer: await fileSigner(join(keys, 'people', 'ada'), 'ada') });
    const ben = await openLifeboat({ estate, digest, signer: await fileSigner(join(keys, 'people', 'ben'), 'ben') });
    const ours: number[] = [];
    const peer: number[] = [];
    const bytes = { ours: 0, peer: 0 };
    for (let round = 0; round <= ROUNDS; round += 1) {
      const mine = await ourRound(client, ada, ben, `bench-${Date.now()}-${round}`);
      const theirs = await peerRound(client, `${estate.name}.control`, queue, round);
      // The first round warms both up and does not count.
      if (round === 0) continue;
      ours.push(...mine.times);
      peer.push(...theirs.times);
      bytes.ours += mine.bytes;
      bytes.peer += theirs.bytes;
      say(
        `round ${round} of ${ROUNDS}: ours p50 ${percentile(mine.times, 50)} ms, bare p50 ${percentile(theirs.times, 50)} ms`,
      );
    }
    await Promise.all([ada.close(), ben.close()]);
    return [
      ratioAtMost(`step p50 (${ours.length} samples)`, percentile(ours, 50), percentile(peer, 50), 1.25, 'ms'),
      ratioAtMost('step p99', percentile(ours, 99), percentile(peer, 99), 1.25, 'ms'),
      ratioAtMost('step mean', mean(ours), mean(peer), 1.25, 'ms'),
      plain('history bytes per step (whole run ÷ steps)', bytes.ours / ours.length, 'bytes', bytes.peer / peer.length),
    ];
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
    await marks.close();
    await connection.close();
    await native.close();
    await lab.down({ remove: true });
    await rm(folder, { recursive: true, force: true });
  }
}

type Operator = Awaited<ReturnType<typeof openLifeboat>>;

/** Times between the ends of consecutive steps, from the run's own log: dispatch, permit, mark and answer included. */
async function ourRound(
  client: Client,
  ada: Operator,
  ben: Operator,
  requestId: string,
): Promise<{ times: number[]; bytes: number }> {
  const started = await ada.start({
    runbook: 'failover',
    input: { from: 'us-central1' },
    mode: 'live',
    by: 'ada',
    requestId,
  });
  const { run } = started.request;
  await ben.approve({ run, by: 'ben', reason: 'a benchmark' });
  await client.workflow.getHandle(run).result();
  const state = await ada.state(run);
  const ends = state.timeline.filter(({ kind }) => kind === 'step').map(({ at }) => at);
  const { historySize } = await client.workflow.getHandle(run).describe();
  return { times: ends.slice(1).map((at, index) => at - (ends[index] ?? at)), bytes: historySize ?? 0 };
}

async function peerRound(
  client: Client,
  taskQueue: string,
  queue: string,
  round: number,
): Promise<{ times: number[]; bytes: number }> {
  const handle = await client.workflow.start('bare', {
    workflowId: `bare-${Date.now()}-${round}`,
    taskQueue,
    args: [STEPS, queue],
  });
  const times = (await handle.result()) as number[];
  const { historySize } = await handle.describe();
  return { times: times.slice(1), bytes: historySize ?? 0 };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
