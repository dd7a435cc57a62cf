/** Pins, on the real service: an unclean end stays withheld until it is readmitted, and every change is read back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServicesSteps } from '../../activities/services/index.ts';
import type { Implementations } from '../../activities/step-implementation.ts';
import { createSecrets } from '../../host/secrets.ts';
import { carryOut, contextOf, openRealEstate, type RealEstate, UP_TIMEOUT_MS } from './real-estate.ts';

const place = { service: 'items', region: 'us-central1' };
let real: RealEstate;
let steps: Implementations;

beforeAll(async () => {
  real = await openRealEstate(['cassandra', 'service']);
  steps = createServicesSteps({ estate: real.estate, secrets: real.secrets });
  expect((await carryOut(steps['services.readmit'], place)).proven).toBe(true);
}, UP_TIMEOUT_MS);

afterAll(() => real.close(), 60_000);

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
