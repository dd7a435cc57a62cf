/**
 * The client and the terminal against a real Temporal server and the real executor, on the estate in memory: what the
 * pure tests cannot show (time-outs, duplicates, an ended run without a worker, exit codes).
 */
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lifeboat as command } from '../../cli/program.ts';
import type { Terminal } from '../../cli/session.ts';
import type { Lifeboat } from '../../client/api.ts';
import { openLifeboat } from '../../client/connect.ts';
import { keySigner } from '../../client/keys.ts';
import { EMPTY_LEASE } from '../../kernel/authority/lease.ts';
import type { RunStatus, RunView } from '../../kernel/run/state.ts';
import { newKeyPair } from '../../kernel/signing/keys.ts';
import { type Harness, type Person, startHarness } from './client-harness.ts';

let harness: Harness;
let ada: Lifeboat;
let ben: Lifeboat;

const INPUT = { from: 'us-central1' };
const failed = (type: string): unknown => expect.objectContaining({ name: 'LifeboatError', type });

/** One command line; what it wrote and its exit code. */
async function say(person: Person, line: string, more: Partial<Terminal> = {}) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err'): NodeJS.WriteStream => {
    const sink = new Writable({
      write(chunk, _, done) {
        written[name] += String(chunk);
        done();
      },
    });
    return Object.assign(sink, { isTTY: false, columns: 100 }) as unknown as NodeJS.WriteStream;
  };
  const code = await command(line.split(' '), {
    out: stream('out'),
    err: stream('err'),
    input: { isTTY: false } as unknown as NodeJS.ReadStream,
    environment: {
      LIFEBOAT_ESTATE: 'estate.yaml',
      LIFEBOAT_KEY: `${person}.key`,
      TEMPORAL_ADDRESS: harness.address,
    },
    folder: harness.folder,
    now: Date.now,
    signal: new AbortController().signal,
    ...more,
  });
  return { code, ...written };
}

function start(lifeboat: Lifeboat, requestId: string): Promise<RunView> {
  return lifeboat.start({ runbook: 'failover', input: INPUT, mode: 'live', by: 'ada', requestId });
}

/** Follows a run until it has the status. */
async function until(lifeboat: Lifeboat, run: string, status: RunStatus): Promise<RunView> {
  for await (const view of lifeboat.watch(run, { everyMs: 50, signal: AbortSignal.timeout(20_000) })) {
    if (view.status === status) return view;
  }
  throw new Error(`${run} was never ${status}`);
}

beforeAll(async () => {
  harness = await startHarness();
  ada = await harness.as('ada');
  ben = await harness.as('ben');
}, 120_000);

afterAll(async () => {
  await ada?.close();
  await ben?.close();
  await harness?.close();
}, 60_000);

describe('while no worker lives', () => {
  it('a start is recorded and says so, and is carried out when one returns; the lease is empty', async () => {
    const request = { runbook: 'failover', input: INPUT, mode: 'plan', by: 'ada', requestId: 'waits' } as const;
    await expect(ada.start(request, 1_500)).rejects.toEqual(failed('no-worker'));
    await expect(ada.plan('failover/lab/waits')).rejects.toEqual(failed('no-worker'));
    await expect(ada.approve({ run: 'failover/lab/nothing', by: 'ada' })).rejects.toEqual(failed('unknown-run'));
    expect(await ada.lease()).toEqual(EMPTY_LEASE);
    // One that takes a task and says nothing is there: nobody must be told to start another.
    const frozen = harness.takeAndSayNothing();
    await expect(ada.plan('failover/lab/waits')).rejects.toEqual(failed('worker-slow'));
    await frozen;
    await harness.startWorkers();
    expect((await until(ada, 'failover/lab/waits', 'planned')).status).toBe('planned');
  }, 60_000);

  it('an address where nobody is ends with exit code 5', async () => {
    const environment = { LIFEBOAT_ESTATE: 'estate.yaml', TEMPORAL_ADDRESS: '127.0.0.1:9' };
    const { code, out } = await say('ada', 'list --json', { environment });
    expect(code).toBe(5);
    expect(JSON.parse(out)).toMatchObject({ ok: false, error: { type: 'temporal-unreachable' } });
  }, 30_000);
});

describe('starting', () => {
  it('refuses bad input before anything starts, and an unknown region with the one that is meant', async () => {
    expect(await say('ada', 'run failover form=us-central1')).toMatchObject({ code: 1 });
    const { code, err } = await say('ada', 'plan failovr from=us-centrl1');
    expect(code).toBe(1);
    expect(err).toContain('Nearest: lifeboat plan failover from=us-central1');
  }, 30_000);

  it('one trigger starts one run, and a second run of the same region is shown the first', async () => {
    const first = await start(ada, 'twice');
    expect(first).toMatchObject({ status: 'gate', attempt: 1 });
    expect(await start(ada, 'twice')).toMatchObject({
      request: { run: first.request.run },
      startedAt: first.startedAt,
    });
    await expect(start(ada, 'other')).rejects.toEqual(failed('already-running'));
    await expect(ada.state('failover/lab/other')).rejects.toEqual(failed('unknown-run'));
    expect(await ada.find('twice')).toBe('failover/lab/twice');
    await expect(ada.find('nobody')).rejects.toEqual(failed('unknown-run'));
    await ada.abort({ run: first.request.run, by: 'ada', reason: 'only a test' });
    expect((await until(ada, first.request.run, 'aborted')).ending).toMatchObject({ type: 'aborted' });
  }, 30_000);

  it('a run whose scopes were taken over does not keep the same runbook from starting again', async () => {
    const stuck = await start(ada, 'stuck');
    await expect(start(ada, 'rescue')).rejects.toEqual(failed('already-running'));
    await ben.takeOver({ run: stuck.request.run, by: 'ben', reason: 'nobody answers it' });
    expect(await start(ada, 'rescue')).toMatchObject({ status: 'gate' });
    await expect(start(ada, 'third')).rejects.toEqual(failed('already-running'));
    for (const name of ['stuck', 'rescue']) {
      await ada.abort({ run: `failover/lab/${name}`, by: 'ada', reason: 'only a test' });
      await until(ada, `failover/lab/${name}`, 'aborted');
    }
  }, 30_000);

  it('a part that fits two runs is refused', async () => {
    const request = { runbook: 'failover', input: INPUT, mode: 'plan', by: 'ada' } as const;
    await ada.start({ ...request, requestId: 'same-1' });
    await ada.start({ ...request, requestId: 'same-2' });
    await expect(ada.find('same')).rejects.toEqual(failed('ambiguous-run'));
    expect(await ada.find('same-2')).toBe('failover/lab/same-2');
  }, 30_000);
});

describe('deciding', () => {
  it('an abort that is sent while no worker lives counts when one returns', async () => {
    const { request } = await start(ada, 'nobody-home');
    await harness.stopWorkers();
    await ada.abort({ run: request.run, by: 'ada', reason: 'only a test' });
    await harness.startWorkers();
    expect((await until(ada, request.run, 'aborted')).abort).toMatchObject({ by: 'ada', reason: 'only a test' });
  }, 60_000);

  it('who may not, or signs with a foreign key, is refused by the rule', async () => {
    const { request } = await start(ada, 'decide');
    const { run } = request;
    await expect(ada.approve({ run, by: 'ada' })).rejects.toEqual(failed('requester'));
    await expect(ada.resolve({ run, by: 'ada', choice: 'retry' })).rejects.toEqual(failed('no-question'));
    await expect(ben.reject({ run, by: 'ben' })).rejects.toEqual(failed('reason'));
    const stale = { gate: 'approve', attempt: 1, planHash: 'f'.repeat(64), evidenceHash: 'e' };
    await expect(ben.approve({ run, by: 'ben', shown: stale })).rejects.toEqual(failed('stale'));
    const { estate, digest, address } = harness;
    const signer = keySigner(newKeyPair().privateKey);
    const thief = await openLifeboat({ estate, digest, signer, address, environment: {} });
    await expect(thief.approve({ run, by: 'ben' })).rejects.toEqual(failed('not-allowed'));
    await expect(thief.abort({ run, by: 'ben' })).rejects.toEqual(failed('abort-refused'));
    await thief.close();
    expect((await ada.state(run)).status).toBe('gate');
    await ben.reject({ run, by: 'ben', reason: 'not today' });
    expect((await until(ben, run, 'rejected')).ending?.message).toContain('not today');
    await expect(ben.approve({ run, by: 'ben' })).rejects.toEqual(failed('run-ended'));
    expect(await say('ben', 'watch decide')).toMatchObject({ code: 3 });
  }, 30_000);

  it('a freeze keeps new runs from beginning until it is thawed', async () => {
    expect(await say('ben', 'freeze runs release day')).toMatchObject({ code: 0 });
    expect((await ben.lease()).freezes).toMatchObject([{ what: 'runs', by: 'ben', reason: 'release day' }]);
    const { code, out } = await say('ada', 'run failover from=us-central1 --wait');
    expect(code).toBe(1);
    expect(out).toContain('release day');
    expect(await say('ben', 'thaw runs it is out')).toMatchObject({ code: 0 });
    expect((await ben.lease()).freezes).toEqual([]);
  }, 30_000);
});

describe('the terminal, from plan to report', () => {
  it('runs a failover that another person approves by the hash that they reviewed', async () => {
    const started = await say('ada', 'run failover from=us-central1 --json');
    expect(started.code).toBe(0);
    const { run, status, waitsFor } = JSON.parse(started.out);
    expect({ status, waitsFor }).toMatchObject({ status: 'gate', waitsFor: { mayApprove: ['ben', 'cho'] } });
    expect(await say('ada', `watch ${run} --timeout 1s`)).toMatchObject({ code: 4 });
    expect(await say('ada', `status ${run}`)).toMatchObject({ code: 4 });
    const all = await say('ada', 'status');
    expect(all.code).toBe(0);
    expect(all.out).toMatch(/us-central1 +items 50 %; items-auto 100 % +items healthy/);
    expect(all.out.indexOf('Regions')).toBeLessThan(all.out.indexOf(`lifeboat approve ${run}`));

    const { planHash } = JSON.parse((await say('ben', `review ${run} --json`)).out);
    expect(await say('ben', `approve ${run}`)).toMatchObject({ code: 2 });
    expect(await say('ben', `approve ${run} --plan-hash ${'0'.repeat(12)}`)).toMatchObject({ code: 1 });
    expect(await say('ben', `approve ${run} --plan-hash ${planHash.slice(0, 12)}`)).toMatchObject({ code: 0 });

    const watched = await say('ada', `watch ${run}`);
    expect(watched).toMatchObject({ code: 0 });
    expect(watched.out).toContain('100 %');
    expect(harness.world.traffic.get('items')).toEqual({
      shares: { 'us-central1': 0, 'europe-west1': 100 },
      drained: ['us-central1'],
    });
    const report = await say('ada', `report ${run}`);
    expect(report.code).toBe(0);
    expect(report.out).toContain('Move all traffic from us-central1 to europe-west1');

    // An ended run is read from its result: no worker is needed any more.
    await harness.stopWorkers();
    expect((await ada.state(run)).status).toBe('done');
    const listed = JSON.parse((await say('ada', 'list --json')).out);
    expect(listed.runs[0]).toMatchObject({ run, status: 'done', closed: true, requester: 'ada' });
  }, 90_000);
});
