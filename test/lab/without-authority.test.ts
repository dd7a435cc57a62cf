/**
 * Someone reaches Temporal, or holds a real plan, and has no approval. Pinned (I2): an agent's activity called by hand,
 * a decision that nobody signed, a start that nobody signed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import fc from 'fast-check';
import { trafficQueue } from '../../estate/traffic/queues.ts';
import type { Decision, SignedDecision } from '../../kernel/decision/decision.ts';
import { decideUpdate } from '../../kernel/run/messages.ts';
import { newKeyPair, sign } from '../../kernel/signing/keys.ts';
import { startRun, UP_TIMEOUT_MS, type WholeLab, wholeLab } from './whole-lab.ts';

let whole: WholeLab;
let connection: Connection;
let client: Client;
let run: string;

const SEED = 20_261_121;
const FORGED = 500;

beforeAll(async () => {
  whole = await wholeLab();
  connection = await Connection.connect({ address: whole.estate.temporal.address });
  client = new Client({ connection, namespace: whole.estate.temporal.namespace });
  run = await startRun(whole, 'failover', { from: 'us-central1' });
}, UP_TIMEOUT_MS);

afterAll(async () => {
  await whole?.ada.abort({ run, by: 'ada', reason: 'the test is over' });
  await whole?.close();
  await connection?.close();
});

/**
 * What HAProxy says of each server, by column, less the only one that moves by itself.
 * Columns: HAProxy management guide, 9.3, "show servers state".
 */
async function backendStates(lab: WholeLab['lab']): Promise<readonly { readonly [column: string]: string }[]> {
  const [, header = '', ...rows] = (await lab.askHaproxy('show servers state items')).trim().split('\n');
  const columns = header.replace(/^# /, '').split(' ');
  return rows.map((row) => {
    const cells = row.split(' ');
    const named = columns.map((column, index): [string, string] => [column, cells[index] ?? '']);
    return Object.fromEntries(named.filter(([column]) => column !== 'srv_time_since_last_change'));
  });
}

describe('without authority', () => {
  it("an agent's activity called directly changes nothing", async () => {
    const { lab, estate, digest } = whole;
    const before = await backendStates(lab);
    const args = {
      traffic: 'items',
      to: { shares: { 'us-central1': 0, 'europe-west1': 100 }, drained: ['us-central1'] },
      was: { shares: { 'us-central1': 50, 'europe-west1': 50 }, drained: [] },
    };
    const fence = { scope: 'gcp/traffic/items', epoch: Date.now() * 2, seq: 1 };
    const dispatch = {
      run,
      runStartedAt: 0,
      stepId: 'shift/100/items',
      direction: 'do',
      args,
      estateDigest: digest,
      fence,
    };
    const forged = { body: { v: 1, run, stepId: 'shift/100/items' }, key: 'ed25519:AAAA', signature: 'AAAA' };
    for (const permit of [null, {}, forged]) {
      const called = client.activity.execute('traffic.set', {
        id: `by-hand-${crypto.randomUUID()}`,
        taskQueue: trafficQueue(estate, 'items'),
        startToCloseTimeout: '10s',
        retry: { maximumAttempts: 1 },
        args: [{ ...dispatch, permit }],
      });
      await expect(called).rejects.toMatchObject({ cause: { type: expect.stringMatching(/^(no|bad)-permit$/) } });
    }
    expect(await backendStates(lab)).toEqual(before);
  }, 60_000);

  it(`none of ${FORGED} forged or altered decisions is accepted`, async () => {
    const plan = await whole.ada.plan(run);
    const state = await whole.ada.state(run);
    const stranger = newKeyPair();
    const honest = (): Decision => ({
      v: 1,
      run,
      mode: 'live',
      kind: 'approve',
      target: state.gate?.id ?? '',
      attempt: plan.attempt,
      planHash: plan.planHash,
      evidenceHash: plan.evidenceHash,
      by: 'ben',
      at: Date.now(),
      exp: Date.now() + 60_000,
      reason: '',
      id: crypto.randomUUID(),
    });
    const benKey = whole.estate.people['ben']?.keys[0] ?? '';
    const forgeries = fc.sample(
      fc.record({
        by: fc.constantFrom('ben', 'cho', 'ada', 'dan', 'nobody'),
        kind: fc.constantFrom<Decision['kind'][]>('approve', 'reject', 'pause', 'resume', 'resolve', 'start'),
        key: fc.constantFrom(benKey, stranger.publicKey, 'ed25519:', ''),
        signed: fc.boolean(),
        override: fc.constantFrom(undefined, 'approvals-by-others', 'tested-capacity'),
        flip: fc.nat(80),
      }),
      { seed: SEED, numRuns: FORGED },
    );
    for (const { by, kind, key, signed, override, flip } of forgeries) {
      const decision: Decision = {
        ...honest(),
        by,
        kind,
        reason: 'forged',
        ...(override === undefined ? {} : { override }),
      };
      const genuine = sign(decision, stranger.privateKey);
      const signature = signed
        ? genuine
        : genuine.slice(0, flip) + (genuine[flip] === 'A' ? 'B' : 'A') + genuine.slice(flip + 1);
      const sent: SignedDecision = { decision, key, signature };
      await expect(client.workflow.getHandle(run).executeUpdate(decideUpdate, { args: [sent] })).rejects.toThrow();
    }
    const after = await whole.ada.state(run);
    expect(after.decisions).toEqual([]);
    expect(after.status).toBe('gate');
  }, 240_000);

  it('a start that nobody signed is refused before anything is probed', async () => {
    const { request } = await whole.ada.state(run);
    const id = `failover/${whole.estate.name}/forged-${Date.now()}`;
    const handle = await client.workflow.start('failover', {
      workflowId: id,
      taskQueue: `${whole.estate.name}.control`,
      args: [{ ...request, run: id, requester: 'ben', start: { ...request.start, signature: 'A'.repeat(86) } }],
    });
    expect(await handle.result()).toMatchObject({ status: 'refused', touched: false, ending: { type: 'bad-start' } });
  }, 60_000);
});
