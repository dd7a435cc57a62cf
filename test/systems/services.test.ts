/** Pins, on the real service and load balancer: nobody is withheld from under its users (I1); an unclean end stays withheld until it is readmitted, and every change is read back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServicesSteps } from '../../activities/services/index.ts';
import type { Implementations } from '../../activities/step-implementation.ts';
import { createTrafficSteps } from '../../activities/traffic/index.ts';
import { createSecrets } from '../../host/secrets.ts';
import { carryOut, contextOf, openRealEstate, type RealEstate, UP_TIMEOUT_MS } from './real-estate.ts';

const place = { service: 'items', region: 'us-central1' };
let real: RealEstate;
let steps: Implementations;
let traffic: Implementations;

beforeAll(async () => {
  real = await openRealEstate(['haproxy', 'cassandra', 'service']);
  steps = createServicesSteps({ estate: real.estate, secrets: real.secrets });
  traffic = createTrafficSteps({ estate: real.estate, folder: real.folder });
  for (const region of [place.region, 'europe-west1'])
    expect((await carryOut(steps['services.readmit'], { service: 'items', region })).proven).toBe(true);
  await drained();
}, UP_TIMEOUT_MS);

afterAll(async () => {
  await lead('items', 50, 50);
  await lead('items-auto', 100, 0);
  await real.close();
}, 60_000);

const lead = (name: string, us: number, eu: number, out: readonly string[] = []) =>
  carryOut(traffic['traffic.set'], {
    traffic: name,
    to: { shares: { 'us-central1': us, 'europe-west1': eu }, drained: out },
    was: { shares: { 'us-central1': 50, 'europe-west1': 50 }, drained: [] },
  });

/** Nobody is led to the place of these tests. */
async function drained(): Promise<void> {
  for (const name of ['items', 'items-auto'])
    expect(await lead(name, 0, 100, [place.region])).toMatchObject({ proven: true });
}

const health = (at = place) => steps['services.health']?.read(at, contextOf());

describe('a service', () => {
  it('runs as many workers as it is told, and is not asked twice', async () => {
    const up = await carryOut(steps['services.scale'], { ...place, workers: 5, was: 4 });
    expect(up).toMatchObject({ acted: true, proven: true, reading: { workers: 5 } });
    expect(await carryOut(steps['services.scale'], { ...place, workers: 5, was: 4 })).toMatchObject({ acted: false });
    expect(await carryOut(steps['services.scale'], { ...place, workers: 4, was: 5 })).toMatchObject({ proven: true });
  });

  it('is withheld by a word that its planner knows, and readmitted to health', async () => {
    const withheld = await carryOut(steps['services.withhold'], place);
    expect(withheld).toMatchObject({ acted: true, proven: true, reading: { healthy: false, admitted: false } });
    expect(await health()).toMatchObject({ why: expect.stringContaining('withheld') });
    expect(await carryOut(steps['services.readmit'], place)).toMatchObject({
      acted: true,
      proven: true,
      reading: { healthy: true, admitted: true },
    });
  });

  it('is not withheld while one entrance leads to it, nor when HAProxy does not answer', async () => {
    await lead('items', 50, 50);
    await expect(carryOut(steps['services.withhold'], place)).rejects.toMatchObject({
      type: 'unsafe-withhold',
      message: expect.stringContaining('items still leads 50 %'),
    });
    await drained();
    await lead('items-auto', 100, 0);
    await expect(carryOut(steps['services.withhold'], place)).rejects.toMatchObject({ type: 'unsafe-withhold' });
    await drained();
    await real.lab.kill('haproxy');
    await expect(carryOut(steps['services.withhold'], place)).rejects.toMatchObject({
      type: 'unsafe-withhold',
      message: expect.stringContaining('is not known'),
    });
    expect(await health()).toMatchObject({ admitted: true });
    // Started again it has kept the drain, and says so.
    await real.lab.start('haproxy');
    expect(await carryOut(steps['services.withhold'], place)).toMatchObject({ acted: true, proven: true });
    expect(await carryOut(steps['services.readmit'], place)).toMatchObject({ proven: true });
  }, 60_000);

  it('that was killed does not answer; started again it is not admitted, and not "withheld"', async () => {
    await real.lab.kill('us-central1/service');
    await expect(health()).rejects.toMatchObject({ type: 'service-unreachable', retryable: true });
    await real.lab.start('us-central1/service');
    const reading = await health();
    expect(reading).toMatchObject({ healthy: false, admitted: false });
    expect(reading).not.toMatchObject({ why: expect.stringContaining('withheld') });
    expect(await carryOut(steps['services.readmit'], place)).toMatchObject({ acted: true, proven: true });
  }, 60_000);

  it('takes no change with a wrong token, and the refusal does not hold it', async () => {
    const wrong = 'sentinel-of-a-token';
    const reference = real.estate.services['items']?.admin ?? '';
    const secrets = { resolve: async () => await createSecrets({ folder: '/', env: { T: wrong } }).resolve('env:T') };
    const forged = createServicesSteps({ estate: real.estate, secrets });
    const error: unknown = await carryOut(forged['services.withhold'], place).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: 'service-token', retryable: false });
    expect(JSON.stringify(error)).not.toContain(wrong);
    expect(JSON.stringify(error)).not.toContain(reference);
    expect(await health()).toMatchObject({ admitted: true });
  });
});
