/**
 * Pins, with the real writer: the fault's time is seen within its interval and outlives the writer; acknowledged canaries
 * that never reached the survivor are found, with their age, and a full repair brings them.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCanariesSteps } from '../../activities/canaries/index.ts';
import { createCassandraSteps } from '../../activities/cassandra/index.ts';
import { createJolokia, HINTS_SERVICE } from '../../activities/cassandra/jolokia.ts';
import { type CqlSessions, createCqlSessions } from '../../activities/cassandra/sessions.ts';
import { nodesInRegion, nodesOf } from '../../estate/cassandra/questions.ts';
import { canaryEndpoint } from '../../lab/systems/canaries/canaries.ts';
import { type RunningCanary, startCanary } from '../../worker/canary/index.ts';
import { carryOut, contextOf, openRealEstate, type RealEstate, UP_TIMEOUT_MS, until } from './real-estate.ts';

const US = 'us-central1';
const EU = 'europe-west1';
let real: RealEstate;
let cql: CqlSessions;
let folder = '';
let canary: RunningCanary;

async function start(): Promise<RunningCanary> {
  const { estate, secrets, lab } = real;
  return startCanary({ estate, name: 'main', folder, ...canaryEndpoint(lab.instance.slot), secrets, clock: Date.now });
}

beforeAll(async () => {
  real = await openRealEstate(['cassandra']);
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-canary-'));
  cql = createCqlSessions({ estate: real.estate, secrets: real.secrets });
  canary = await start();
  for (const region of [US, EU])
    await until(`canaries of ${region} read back`, 60_000, async () => (await readable(region)).healthy);
}, UP_TIMEOUT_MS);

afterAll(async () => {
  await canary.stop();
  await cql.close();
  await rm(folder, { recursive: true, force: true });
  await real.close();
}, 60_000);

const step = (name: string, args: object) =>
  createCanariesSteps({ canaries: { main: canary.port } })[name]?.read({ canary: 'main', ...args }, contextOf());
const readable = (region: string) => step('canaries.readable', { region });
const outage = (region: string) => step('canaries.outage', { region });
const missing = (region: string, seenFrom: string) => step('canaries.missing', { region, seenFrom });

/** Of every node of the region's control plane. */
async function hints(region: string, operation: 'pauseDispatch' | 'deleteAllHints' | 'resumeDispatch'): Promise<void> {
  const cluster = real.estate.cassandra['main'];
  if (!cluster) throw new Error('the lab has no cluster main');
  const password = await real.secrets.resolve(cluster.control.password);
  for (const { name: node, control } of nodesInRegion(real.estate, 'main', region)) {
    const jolokia = createJolokia({
      node,
      url: control,
      username: cluster.control.username,
      password,
      timeoutMs: 10_000,
    });
    await jolokia.call(HINTS_SERVICE, operation, [], new AbortController().signal);
  }
}

describe('canaries', () => {
  it('go through every coordinator, and none is missed while all is well', async () => {
    expect(await readable(US)).toEqual({ healthy: true, why: '9 new canaries read back through us-1, us-2, us-3' });
    expect(await missing(US, EU)).toMatchObject({ missing: 0, oldestMissingAt: null });
    expect(await outage(EU)).toEqual({ firstFailureAt: null, answeredAgainAt: null, remembered: [], unwatched: null });
    const response = await fetch(`${real.lab.urls.canary}/state`);
    expect(await response.json()).toMatchObject({ name: 'main', canaries: 18 });
  });

  it('that never left a region are found with their age, and a full repair brings them', async () => {
    await hints(US, 'pauseDispatch');
    const killedAt = Date.now();
    await real.lab.kill('europe-west1');
    await until('the outage is seen', 10_000, async () => (await outage(EU)).firstFailureAt !== null);
    const seen = await outage(EU);
    expect(seen.answeredAgainAt).toBeNull();
    // A canary of each coordinator is due every 2 s, so three of them fail well within that.
    expect(seen.firstFailureAt - killedAt).toBeLessThan(2_000);
    expect(seen.firstFailureAt).toBeGreaterThanOrEqual(killedAt - 50);
    await expect(missing(US, EU)).rejects.toMatchObject({ type: 'cassandra-unavailable', retryable: true });
    expect(await readable(EU)).toMatchObject({ healthy: false });
    expect(await readable(US)).toMatchObject({ healthy: true });

    // The writer may die too: what it saw must not.
    await canary.stop();
    canary = await start();
    await until('it writes again', 60_000, async () => (await readable(US)).healthy);
    expect(await outage(EU)).toEqual(seen);
    const last = { firstFailureAt: seen.firstFailureAt, answeredAgainAt: null };
    expect(JSON.parse(await readFile(join(folder, 'outages.json'), 'utf8'))).toMatchObject({
      regions: { [EU]: { last, remembered: [last] }, [US]: { last: null, remembered: [] } },
    });

    await hints(US, 'deleteAllHints');
    await real.lab.up({ only: ['cassandra'] });
    await hints(US, 'deleteAllHints');
    await hints(US, 'resumeDispatch');
    await until('every coordinator answers', 60_000, async () => (await outage(EU)).answeredAgainAt !== null);
    expect(await outage(EU)).toMatchObject({ firstFailureAt: seen.firstFailureAt });

    const absent = await missing(US, EU);
    expect(absent.missing).toBeGreaterThan(0);
    expect(absent.missing).toBeLessThanOrEqual(absent.checked);
    // Written in the last moments before the kill or after it, not before.
    expect(absent.oldestMissingAt).toBeGreaterThan(killedAt - 2_000);

    const steps = createCassandraSteps({ estate: real.estate, secrets: real.secrets, cql });
    const context = contextOf();
    const repaired = () => steps['cassandra.repaired']?.read({ cluster: 'main', node: 'us-1' }, context);
    const endedAt = (await outage(EU)).answeredAgainAt;
    expect((await repaired()).keyspaces['lifeboat']?.since ?? 0).toBeLessThan(endedAt);
    for (const { name: node } of nodesOf(real.estate, 'main')) {
      const { proven } = await carryOut(
        steps['cassandra.repair'],
        { cluster: 'main', node, keyspace: 'lifeboat', before: Number.MAX_SAFE_INTEGER },
        context,
      );
      expect(proven).toBe(true);
    }
    expect(await missing(US, EU)).toMatchObject({ missing: 0, oldestMissingAt: null });
    // Cassandra's own record says so too, and that nothing happened since.
    const { lifeboat } = (await repaired()).keyspaces;
    expect(lifeboat?.since).toBeGreaterThan(endedAt);
    expect(lifeboat?.tookMs).toBeGreaterThan(0);
    const undisturbed = createCanariesSteps({ canaries: { main: canary.port } })['canaries.undisturbed'];
    expect(await undisturbed?.read({ canary: 'main' }, context)).toEqual({
      healthy: true,
      why: 'no outage since the repair began',
    });
    expect(await undisturbed?.read({ canary: 'main' }, contextOf({ runStartedAt: Date.now() }))).toEqual({
      healthy: true,
      why: 'no repair was begun in this run',
    });
  }, 600_000);
});
