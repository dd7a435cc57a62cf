/**
 * Pins, on the real HAProxy: requests go where the shares say; a drain survives a reload, and health checks do not bring
 * a region back; traffic never goes to a dead region by our hand (I1), not in an undo either.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServicesSteps } from '../../activities/services/index.ts';
import type { Implementations } from '../../activities/step-implementation.ts';
import { createTrafficSteps } from '../../activities/traffic/index.ts';
import { readShare } from '../../activities/traffic/stats-page.ts';
import { carryOut, contextOf, openRealEstate, type RealEstate, UP_TIMEOUT_MS, until } from './real-estate.ts';

const US = 'us-central1';
const EU = 'europe-west1';
let real: RealEstate;
let steps: Implementations;
let services: Implementations;

beforeAll(async () => {
  real = await openRealEstate(['haproxy', 'cassandra', 'service']);
  steps = createTrafficSteps({ estate: real.estate, folder: real.folder });
  services = createServicesSteps({ estate: real.estate, secrets: real.secrets });
  await normal();
}, UP_TIMEOUT_MS);

afterEach(normal, 60_000);
afterAll(() => real.close(), 60_000);

/** Both regions serve, and both doors are as the estate file has them. */
async function normal(): Promise<void> {
  await real.lab.start(`${US}/service`);
  for (const region of [US, EU]) await carryOut(services['services.readmit'], { service: 'items', region });
  expect(await set('items', 50, 50)).toMatchObject({ proven: true });
  expect(await set('items-auto', 100, 0)).toMatchObject({ proven: true });
  await until('the checks hold both regions for up', 10_000, async () => (await down()).length === 0);
}

const set = (traffic: string, us: number, eu: number, drained: readonly string[] = []) =>
  carryOut(steps['traffic.set'], {
    traffic,
    to: { shares: { [US]: us, [EU]: eu }, drained },
    was: { shares: { [US]: 50, [EU]: 50 }, drained: [] },
  });
const shares = async (traffic: string): Promise<unknown> => steps['traffic.shares']?.read({ traffic }, contextOf());
async function down(): Promise<readonly string[]> {
  const step = steps['traffic.shares'];
  if (!step) throw new Error('there is no such step');
  return (await step.read({ traffic: 'items-auto' }, contextOf())).down;
}

/** Requests by the region that answered; `failed` are answers of 5xx. */
async function requests(url: string, count: number): Promise<{ [region: string]: number }> {
  const counts: { [region: string]: number } = {};
  for (let sent = 0; sent < count; sent += 1) {
    // A connection that is closed under a request is a failed request, as it is to a user.
    const response = await fetch(`${url}/items/00000000-0000-4000-8000-000000000000`).catch(() => undefined);
    await response?.body?.cancel();
    const failed = response === undefined || response.status >= 500;
    const by = failed ? 'failed' : (response.headers.get('x-region') ?? 'nobody');
    counts[by] = (counts[by] ?? 0) + 1;
  }
  return counts;
}

describe('a shift', () => {
  it('sends requests in proportion, reads back, and does nothing the second time', async () => {
    expect(await set('items', 90, 10)).toMatchObject({
      acted: true,
      proven: true,
      reading: { setting: { shares: { [US]: 90, [EU]: 10 }, drained: [] }, down: [] },
    });
    expect(await requests(real.lab.urls.items, 50)).toEqual({ [US]: 45, [EU]: 5 });
    expect(await set('items', 90, 10)).toMatchObject({ acted: false, proven: true });
  });

  it('to one region drains the other over a reload', async () => {
    await set('items', 0, 100, [US]);
    await real.lab.reloadHaproxy();
    expect(await shares('items')).toEqual({ setting: { shares: { [US]: 0, [EU]: 100 }, drained: [US] }, down: [] });
    expect(await requests(real.lab.urls.items, 20)).toEqual({ [EU]: 20 });
  }, 30_000);

  it('that ended before the state file was written is not done, and is finished by the next try', async () => {
    await set('items', 0, 100, [US]);
    const file = join(real.folder, real.estate.traffic['items']?.stateFile ?? '');
    const kept = await readFile(file, 'utf8');
    await writeFile(file, kept.replace(/ 8 0 /, ' 0 50 '));
    expect(await readFile(file, 'utf8')).not.toBe(kept);
    expect(await set('items', 0, 100, [US])).toMatchObject({ acted: true, proven: true });
    expect(await set('items', 0, 100, [US])).toMatchObject({ acted: false });
  });

  it('of both doors at once leaves both in the state file', async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([set('items', 0, 100, [US]), set('items-auto', 0, 100, [US])]);
      await Promise.all([set('items', 100, 0, [EU]), set('items-auto', 100, 0, [EU])]);
    }
    await real.lab.reloadHaproxy();
    const expected = { setting: { shares: { [US]: 100, [EU]: 0 }, drained: [EU] } };
    expect(await shares('items')).toMatchObject(expected);
    expect(await shares('items-auto')).toMatchObject(expected);
  }, 30_000);

  it('to a dead region is refused and changes nothing; away from it is not', async () => {
    await set('items', 0, 100, [US]);
    await real.lab.kill(`${US}/service`);
    await expect(set('items', 50, 50)).rejects.toMatchObject({ type: 'unsafe-traffic', retryable: false });
    expect(await shares('items')).toMatchObject({ setting: { shares: { [US]: 0, [EU]: 100 }, drained: [US] } });
    await real.lab.start(`${US}/service`);
    // It answers, and is not admitted: still no traffic.
    await expect(set('items', 50, 50)).rejects.toMatchObject({ type: 'unsafe-traffic' });
  }, 60_000);

  it('is refused when nobody would serve, and when HAProxy does not know the server', async () => {
    await expect(set('items', 0, 0, [US, EU])).rejects.toMatchObject({ type: 'unsafe-traffic' });
    const items = real.estate.traffic['items'];
    if (!items) throw new Error('the lab has no items');
    const estate = { ...real.estate, traffic: { items: { ...items, servers: { ...items.servers, [US]: 'nobody' } } } };
    const other = createTrafficSteps({ estate, folder: real.folder });
    await expect(other['traffic.shares']?.read({ traffic: 'items' }, contextOf())).rejects.toMatchObject({
      type: 'haproxy-unknown-name',
    });
  });
});

describe('an automatic door', () => {
  it('is rescued by its backup; Lifeboat makes that stick over the return of the region and a reload', async () => {
    expect(await requests(real.lab.urls.itemsAuto, 10)).toEqual({ [US]: 10 });
    await real.lab.kill(`${US}/service`);
    await until('the checks see it', 10_000, async () => (await down()).includes(US));
    expect(await requests(real.lab.urls.itemsAuto, 10)).toEqual({ [EU]: 10 });
    expect(await shares('items-auto')).toMatchObject({ setting: { shares: { [US]: 100, [EU]: 0 }, drained: [] } });
    expect(await set('items-auto', 0, 100, [US])).toMatchObject({ acted: true, proven: true });
    await real.lab.start(`${US}/service`);
    await carryOut(services['services.readmit'], { service: 'items', region: US });
    await until('the checks hold it for up again', 10_000, async () => (await down()).length === 0);
    expect(await requests(real.lab.urls.itemsAuto, 10)).toEqual({ [EU]: 10 });
    await real.lab.reloadHaproxy();
    await until('the checks are done after the reload', 10_000, async () => (await down()).length === 0);
    expect(await requests(real.lab.urls.itemsAuto, 10)).toEqual({ [EU]: 10 });
  }, 90_000);

  it('that cannot split a share reads back what it really gives', async () => {
    await set('items-auto', 0, 100, [US]);
    expect(await set('items-auto', 10, 90)).toMatchObject({
      proven: true,
      reading: { setting: { shares: { [US]: 0, [EU]: 100 }, drained: [] } },
    });
    expect(await requests(real.lab.urls.itemsAuto, 10)).toEqual({ [EU]: 10 });
    await set('items-auto', 100, 0);
    expect(await requests(real.lab.urls.itemsAuto, 10)).toEqual({ [US]: 10 });
  }, 30_000);
});

describe('what the load balancer itself knows', () => {
  const entrance = (name: string) => {
    const traffic = real.estate.traffic[name];
    const { stats } = traffic ?? {};
    if (!traffic || stats === undefined) throw new Error(`the lab has no statistics of ${name}`);
    return { ...traffic, stats };
  };
  const share = (name: string, region: string) =>
    readShare(entrance(name), region, new AbortController().signal, fetch);

  it('is the same over HTTP as at its socket: shares, drains, a backup, a server that is down', async () => {
    expect([await share('items', US), await share('items', EU)]).toEqual([50, 50]);
    expect([await share('items-auto', US), await share('items-auto', EU)]).toEqual([100, 0]);
    await set('items', 0, 100, [US]);
    expect([await share('items', US), await share('items', EU)]).toEqual([0, 100]);
    await set('items', 100, 0);
    expect([await share('items', US), await share('items', EU)]).toEqual([100, 0]);
    await set('items-auto', 0, 100, [US]);
    await real.lab.kill(`${US}/service`);
    await until('the checks see it', 10_000, async () => (await down()).includes(US));
    expect([await share('items-auto', US), await share('items-auto', EU)]).toEqual([0, 100]);
  }, 60_000);

  it('tells that a backup is led to while the others are down, though its share is none', async () => {
    await real.lab.kill(`${US}/service`);
    await until('the checks see it', 10_000, async () => (await down()).includes(US));
    expect(await share('items-auto', EU)).toBe(100);
  }, 60_000);

  it('stands against a region whose own health is fine: the way there is cut', async () => {
    const at = new URL(real.estate.services['items']?.regions[EU]?.url ?? '');
    const checked = (port: string) =>
      real.lab.askHaproxy(`set server items-auto/${EU} check-addr ${at.hostname} port ${port}`);
    await checked('1');
    try {
      await until('the checks see nothing there', 10_000, async () => (await down()).includes(EU));
      expect(await services['services.health']?.read({ service: 'items', region: EU }, contextOf())).toMatchObject({
        healthy: true,
      });
      await expect(set('items-auto', 0, 100, [US])).rejects.toMatchObject({
        type: 'unsafe-traffic',
        message: expect.stringContaining('holds its server for down'),
      });
      expect(await shares('items-auto')).toMatchObject({ setting: { shares: { [US]: 100, [EU]: 0 } } });
    } finally {
      await checked(at.port);
    }
  }, 60_000);

  it('is seen through the door as users see it', async () => {
    const door = () =>
      steps['traffic.door']?.read({ traffic: 'items', requests: 20, errorRate: 0.01, latencyMs: 500 }, contextOf());
    expect(await door()).toMatchObject({ healthy: true, measured: 20, errorRate: 0 });
    await real.lab.kill(`${US}/service`);
    expect(await door()).toMatchObject({ healthy: false, errorRate: 0.5 });
  }, 60_000);
});

describe('the sample of a hold', () => {
  const slo = (region: string, windowMs: number) =>
    steps['traffic.slo']?.read(
      { traffic: 'items', region, share: null, window: windowMs, errorRate: 0.01, latencyMs: 500, probes: 0 },
      contextOf(),
    );

  it('is healthy under good requests, not known without any, and bad when the region dies', async () => {
    expect(await slo(US, 200)).toMatchObject({ healthy: null, why: 'no requests', errorRate: null });
    const [good] = await Promise.all([slo(US, 400), requests(real.lab.urls.items, 40)]);
    expect(good).toMatchObject({ healthy: true, errorRate: 0 });
    await real.lab.kill(`${US}/service`);
    const [bad] = await Promise.all([slo(US, 400), requests(real.lab.urls.items, 40)]);
    expect(bad).toMatchObject({ healthy: false, errorRate: 1 });
  }, 60_000);
});
