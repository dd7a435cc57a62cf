/**
 * `failover`: what a failover costs in the lab: its own time, the users' failed requests, the click's way to the first
 * shift, and going on after a worker was killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Lifeboat } from '../client/api.ts';
import { openLifeboat } from '../client/connect.ts';
import { fileSigner } from '../client/keys.ts';
import { until } from '../demo/until.ts';
import { readEstate } from '../host/estate-file.ts';
import { ENDED, type RunView } from '../kernel/run/state.ts';
import { type Lab, openLab } from '../lab/lab.ts';
import { type LoadClient, loadClient } from '../lab/product/load/client.ts';
import { progressLines } from '../lab/screen.ts';
import { personKeyPath } from '../lab/systems/lifeboat/keys.ts';
import { atMost, type Figure, plain } from './figures.ts';
import { percentile } from './statistics.ts';

const REGION = 'us-central1';
const CLICKS = 20;
const KILLS = 4;
const LONG_MS = 300_000;

interface Stage {
  readonly lab: Lab;
  readonly ada: Lifeboat;
  readonly ben: Lifeboat;
  readonly load: LoadClient;
  readonly client: Client;
}

export async function measure(say: (line: string) => void): Promise<Figure[]> {
  const lab = await openLab({ name: 'bench' });
  await lab.up({ onProgress: progressLines((line) => process.stderr.write(line)) });
  const { estate, digest, folder } = await readEstate(lab.estateFile);
  const as = async (person: 'ada' | 'ben'): Promise<Lifeboat> => {
    const signer = await fileSigner(personKeyPath(lab.instance, person), person);
    return openLifeboat({ estate, digest, signer, folder });
  };
  const connection = await Connection.connect({ address: estate.temporal.address });
  const client = new Client({ connection, namespace: estate.temporal.namespace });
  const stage: Stage = { lab, ada: await as('ada'), ben: await as('ben'), load: loadClient(lab.urls.load), client };
  try {
    await sleep(5_000);
    say(`${CLICKS} approvals, each aborted after its first shift`);
    const clicks = await clicksToShift(stage, say);
    say('a graceful failover and its failback');
    const graceful = await gracefulFailover(stage);
    say(`${KILLS} kills of a control worker while a second runs`);
    const resumes = await resumesAfterKill(stage, say);
    say('an ungraceful failover');
    const ungraceful = await ungracefulFailover(stage);
    return [
      atMost('ungraceful failover, less its holds and the wait for people', ungraceful.ownMs / 1_000, 10, 's'),
      plain('from the fault to the last failed request', ungraceful.faultToLastMs / 1_000, 's'),
      atMost(`approval to first shift, median of ${clicks.length}`, percentile(clicks, 50) / 1_000, 0.5, 's'),
      atMost(`approval to first shift, worst of ${clicks.length}`, Math.max(...clicks) / 1_000, 1.5, 's'),
      atMost('failed requests of a graceful failover and failback', graceful.failed, 0, 'requests'),
      atMost(
        'failed requests of an ungraceful one, sent 1 s after approval or later',
        ungraceful.failedLate,
        0,
        'requests',
      ),
      atMost(`going on after kill -9 of a worker, worst of ${resumes.length}`, Math.max(...resumes) / 1_000, 3, 's'),
    ];
  } finally {
    await Promise.all([stage.ada.close(), stage.ben.close()]);
    await connection.close();
    await lab.down({ remove: true });
  }
}

async function start({ ada }: Stage, runbook: string, input: { readonly [key: string]: string }): Promise<string> {
  return until(
    `${runbook} at its gate`,
    async () => {
      const view = await ada.start({
        runbook,
        input,
        mode: 'live',
        by: 'ada',
        requestId: crypto.randomUUID().slice(0, 13),
      });
      if (view.status !== 'refused') return view.request.run;
      await sleep(2_000);
      return undefined;
    },
    LONG_MS,
  );
}

function ended({ ada }: Stage, run: string): Promise<RunView> {
  return until(
    `the end of ${run}`,
    async () => {
      const state = await ada.state(run);
      return ENDED.includes(state.status) ? state : undefined;
    },
    LONG_MS,
  );
}

async function perform(stage: Stage, runbook: string, input: { readonly [key: string]: string }): Promise<RunView> {
  const run = await start(stage, runbook, input);
  await stage.ben.approve({ run, by: 'ben', reason: 'a benchmark' });
  const state = await ended(stage, run);
  if (state.status !== 'done') throw new Error(`${run} ended as ${state.status}: ${state.ending?.message}`);
  return state;
}

async function clicksToShift(stage: Stage, say: (line: string) => void): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < CLICKS; round += 1) {
    const run = await start(stage, 'failover', { from: REGION });
    const clickedAt = Date.now();
    await stage.ben.approve({ run, by: 'ben', reason: 'a benchmark' });
    const state = await until(
      'the first shift',
      async () => {
        const now = await stage.ada.state(run);
        return firstShift(now) === undefined ? undefined : now;
      },
      LONG_MS,
    );
    times.push((firstShift(state) ?? clickedAt) - clickedAt);
    await stage.ada.abort({ run, by: 'ada', reason: 'the next round' });
    await ended(stage, run);
  }
  say(`  ${times.join(', ')} ms`);
  return times;
}

function firstShift(state: RunView): number | undefined {
  return state.timeline.find(({ kind, say, outcome }) => kind === 'step' && outcome === 'ok' && say.startsWith('Set '))
    ?.at;
}

async function gracefulFailover(stage: Stage): Promise<{ failed: number }> {
  await stage.load.mark('graceful');
  await perform(stage, 'failover', { from: REGION });
  await perform(stage, 'failback', { region: REGION });
  return { failed: (await stage.load.stats()).marks['graceful']?.failed ?? Number.NaN };
}

/** From the kill to the next finished workflow task; the hold's own second between samples is in it. */
async function resumesAfterKill(stage: Stage, say: (line: string) => void): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < KILLS; round += 1) {
    const target = round % 2 === 0 ? 'control' : 'control-2';
    const run = await start(stage, 'failover', { from: REGION });
    await stage.ben.approve({ run, by: 'ben', reason: 'a benchmark' });
    await until('a hold', async () => ((await stage.ada.state(run)).hold ? true : undefined), LONG_MS);
    const { atMs } = await stage.lab.kill(target);
    await sleep(8_000);
    const { events } = await stage.client.workflow.getHandle(run).fetchHistory();
    const tasks = (events ?? []).flatMap(({ eventTime, workflowTaskCompletedEventAttributes: done }) =>
      done && eventTime ? [Number(eventTime.seconds) * 1_000 + (eventTime.nanos ?? 0) / 1e6] : [],
    );
    times.push((tasks.find((at) => at > atMs) ?? Number.NaN) - atMs);
    await stage.lab.start(target);
    await stage.ada.abort({ run, by: 'ada', reason: 'the next round' }).catch(() => undefined);
    const state = await ended(stage, run);
    if (state.status === 'done') await perform(stage, 'failback', { region: REGION });
  }
  say(`  ${times.map((ms) => Math.round(ms)).join(', ')} ms`);
  return times;
}

async function ungracefulFailover(stage: Stage): Promise<{ ownMs: number; faultToLastMs: number; failedLate: number }> {
  await stage.load.mark('fault');
  const { atMs } = await stage.lab.kill(REGION);
  await until(
    'failures',
    async () => (((await stage.load.stats()).marks['fault']?.failed ?? 0) >= 20 ? true : undefined),
    LONG_MS,
  );
  const state = await perform(stage, 'failover', { from: REGION });
  await sleep(3_000);
  const { failures } = await stage.load.stats();
  const since = failures.map(({ sentAt }) => Date.parse(sentAt)).filter((at) => at >= atMs);
  const approvedAt = state.approvedAt ?? 0;
  const holds = state.timeline.filter(({ kind }) => kind === 'hold').reduce((sum, { ms = 0 }) => sum + ms, 0);
  const gate = state.timeline.find(({ kind }) => kind === 'gate')?.at ?? approvedAt;
  const waited = approvedAt - gate;
  return {
    ownMs: (state.endedAt ?? Number.NaN) - state.startedAt - holds - waited,
    faultToLastMs: Math.max(...since) - atMs,
    failedLate: since.filter((at) => at > approvedAt + 1_000).length,
  };
}
