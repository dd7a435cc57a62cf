/**
 * Pins, on six real nodes: the ring tells the truth about a dead node; a repair counts only when Cassandra recorded it
 * in this run; a second try waits for the first one's repair in place of starting another.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CqlSessions, createCassandraSteps, createCqlSessions } from '../../activities/cassandra/index.ts';
import type { Implementations } from '../../activities/step-implementation.ts';
import { createSecrets } from '../../host/secrets.ts';
import { LifeboatError } from '../../kernel/errors.ts';
import { carryOut, contextOf, openRealEstate, type RealEstate, UP_TIMEOUT_MS, until } from './real-estate.ts';

const args = { cluster: 'main', node: 'us-1', keyspace: 'lifeboat', before: Number.MAX_SAFE_INTEGER };
let real: RealEstate;
let cql: CqlSessions;
let steps: Implementations;

beforeAll(async () => {
  real = await openRealEstate(['cassandra']);
  cql = createCqlSessions({ estate: real.estate, secrets: real.secrets });
  steps = createCassandraSteps({ estate: real.estate, secrets: real.secrets, cql });
  await until('the ring is whole', 60_000, async () => (await ring('europe-west1')).up.length === 3);
}, UP_TIMEOUT_MS);

afterAll(async () => {
  await cql.close();
  await real.close();
}, 60_000);

const ring = async (region: string) => steps['cassandra.ring']?.read({ cluster: 'main', region }, contextOf());

async function repairsLed(node: string): Promise<number> {
  const client = await cql.at('main', node, new AbortController().signal);
  return (await client.execute('SELECT id FROM system_views.repairs', [], 'localOne')).length;
}

describe('a full repair', () => {
  it('covers all primary ranges of its node in this run, once', async () => {
    const context = contextOf();
    const before = await repairsLed('us-1');
    const done = await carryOut(steps['cassandra.repair'], args, context);
    expect(done).toMatchObject({ acted: true, proven: true, reading: { covered: 4, ranges: 4 } });
    expect(await carryOut(steps['cassandra.repair'], args, context)).toMatchObject({ acted: false, proven: true });
    expect(await repairsLed('us-1')).toBe(before + 1);
    // One node's is no repair of everything.
    const whole = await steps['cassandra.repaired']?.read({ cluster: 'main', node: 'eu-1' }, context);
    expect(whole?.keyspaces['lifeboat']?.since ?? 0).toBeLessThan(context.runStartedAt);
    // Of another node, another keyspace, or a later run nothing is covered by it.
    const read = (more: object, at = context) => steps['cassandra.repair']?.read({ ...args, ...more }, at);
    expect(await read({ node: 'us-2' })).toMatchObject({ covered: 0 });
    expect(await read({ keyspace: 'shop' })).toMatchObject({ covered: 0 });
    expect(await read({}, contextOf({ runStartedAt: Date.now() + 1 }))).toMatchObject({ covered: 0 });
  }, 60_000);

  it('of a second try that finds the first still running waits for that one', async () => {
    const context = contextOf();
    const before = await repairsLed('us-2');
    const target = { ...args, node: 'us-2' };
    const second = createCassandraSteps({ estate: real.estate, secrets: real.secrets, cql });
    const first = steps['cassandra.repair']?.act?.(target, context);
    await until('the first one runs', 10_000, async () => (await repairsLed('us-2')) > before);
    const tried = await carryOut(second['cassandra.repair'], target, context);
    await first;
    expect(tried).toMatchObject({ proven: true });
    expect(await repairsLed('us-2')).toBe(before + 1);
  }, 60_000);

  it('that is given up stops at once', async () => {
    const given = new AbortController();
    const running = steps['cassandra.repair']?.act?.({ ...args, node: 'us-3' }, contextOf({ signal: given.signal }));
    given.abort(new Error('given up'));
    await expect(running).rejects.toThrow('given up');
  });

  it('refuses names that the estate does not have', async () => {
    await expect(carryOut(steps['cassandra.repair'], { ...args, node: 'us-9' })).rejects.toMatchObject({
      type: 'unknown-node',
    });
  });
});

describe('the ring', () => {
  it('of a whole region is up and agreed', async () => {
    expect(await ring('us-central1')).toEqual({
      up: ['us-1', 'us-2', 'us-3'],
      down: [],
      silent: [],
      schemaAgreed: true,
      pendingHints: expect.any(Boolean),
    });
  });

  it('is not read with a wrong password, and the refusal does not hold it', async () => {
    const wrong = 'sentinel-of-a-password';
    const secrets = createSecrets({ folder: '/', env: { P: wrong } });
    const forged = createCassandraSteps({
      estate: real.estate,
      secrets: { resolve: () => secrets.resolve('env:P') },
      cql,
    });
    const error: unknown = await forged['cassandra.ring']
      ?.read({ cluster: 'main', region: 'us-central1' }, contextOf())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: 'jolokia-login', retryable: false });
    expect(JSON.stringify(error)).not.toContain(wrong);
  });

  it('with a dead node tells it within a second, then by gossip; a repair then fails with its cause', async () => {
    await real.lab.kill('europe-west1/cassandra-3');
    const startedMs = performance.now();
    const reading = await ring('europe-west1');
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(reading.up).not.toContain('eu-3');
    await until('its peers have noticed', 60_000, async () => (await ring('europe-west1')).down.includes('eu-3'));
    let failed: unknown;
    // Its peers in the other datacentre may notice later, and time out on it until then: tried again, as a run does.
    await until('the repair has a verdict', 60_000, async () => {
      failed = await steps['cassandra.repair']?.act?.(args, contextOf()).catch((thrown: unknown) => thrown);
      return !(LifeboatError.is(failed) && failed.type === 'cassandra-unavailable');
    });
    expect(failed).toMatchObject({
      type: 'repair-failed',
      retryable: true,
      message: expect.stringMatching(/not alive|died|failed/i),
    });
    await real.lab.start('europe-west1/cassandra-3');
    await until('it is back', 90_000, async () => (await ring('europe-west1')).up.length === 3);
  }, 240_000);
});
