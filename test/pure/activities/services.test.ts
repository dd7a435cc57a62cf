/** Pins: silence is no state, an unhealthy answer is one, and a proof holds only when it says so. */
import { describe, expect, it } from '@jest/globals';
import { createProofsSteps, readingOf } from '../../../activities/proofs/index.ts';
import { healthReading } from '../../../activities/services/health.ts';
import { createServicesSteps } from '../../../activities/services/index.ts';
import { type Leading, refuseTooSmall, type Shrinking } from '../../../activities/services/withholding.ts';
import { csvAddress } from '../../../activities/traffic/stats-page.ts';
import type { Estate } from '../../../estate/schema.ts';
import { createSecrets } from '../../../host/secrets.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';
import { stepContext } from './step-context.ts';

const good = { healthy: true, why: 'serving', admitted: true, workers: 4, capacityPerWorker: 50 };
describe('health', () => {
  it('is read from 200 and 503 alike, and only 200 can be healthy', () => {
    expect(healthReading(200, { ...good, rps: 7, region: 'us' })).toEqual(good);
    expect(
      healthReading(503, { ...good, healthy: false, why: 'not admitted: withheld', admitted: false }),
    ).toMatchObject({
      healthy: false,
      why: 'not admitted: withheld',
    });
    expect(healthReading(503, good)).toMatchObject({ healthy: false, why: 'it says healthy and answers 503' });
  });

  it.each([
    [500, good],
    [200, 'OK'],
    [200, { ...good, workers: '4' }],
    [200, null],
  ])('%j %j is no reading', (status, body) => {
    expect(healthReading(status, body)).toBeUndefined();
  });
});

describe('the steps of a service', () => {
  const estate = exampleEstate('lab');
  const place = { service: 'items', region: 'us-central1' };
  const secrets = createSecrets({ folder: '/nowhere', env: {} });
  const steps = (answer: () => Promise<Response>) => createServicesSteps({ estate, secrets, fetch: answer });

  it('throw a failure that may pass when it does not answer, or says something else', async () => {
    const dead = steps(() => Promise.reject(new TypeError('fetch failed')));
    await expect(dead['services.health']?.read(place, stepContext())).rejects.toMatchObject({
      type: 'service-unreachable',
      retryable: true,
    });
    const other = steps(async () => new Response('<html>', { status: 200 }));
    await expect(other['services.health']?.read(place, stepContext())).rejects.toMatchObject({
      type: 'service-unclear',
    });
  });

  it('refuse a place that the estate does not have, and a token that is not there, before anything is asked', async () => {
    let asked = 0;
    const counting = steps(async () => {
      asked += 1;
      return Response.json(good);
    });
    await expect(counting['services.health']?.read({ ...place, region: 'mars' }, stepContext())).rejects.toMatchObject({
      type: 'unknown-service-region',
    });
    await expect(counting['services.readmit']?.act?.(place, stepContext())).rejects.toMatchObject({
      type: 'secret-missing',
    });
    expect(asked).toBe(0);
  });

  it('hold a region for withheld only when it says that word', () => {
    const proven = steps(async () => Response.json(good))['services.withhold']?.proven;
    expect(proven?.({ ...good, admitted: false, why: 'not admitted: withheld' }, place)).toBe(true);
    expect(proven?.({ ...good, admitted: false, why: 'not admitted: it ended uncleanly' }, place)).toContain(
      'uncleanly',
    );
    expect(proven?.(good, place)).toContain('serving');
  });
});

/** What a region is withheld by is its agent, which sees load balancers by their statistics alone. */
describe('withholding', () => {
  const place = { service: 'items', region: 'us-central1' };
  const HEADER = '# pxname,svname,econ,stot,eresp,status,bck,weight,hrsp_5xx,ttime,';
  type Row = readonly [status: string, weight: number];
  const table = (backend: string, us: Row, eu: Row): string =>
    [['us-central1', us] as const, ['europe-west1', eu] as const]
      .map(([server, [status, weight]]) => `${backend},${server},0,9,0,${status},0,${weight},0,7,`)
      .join('\n');
  const page = (items: string, auto: string): string => `${HEADER}\n${items}\n${auto}\n`;
  const UP: Row = ['no check', 50];
  const DRAINED: Row = ['DRAIN', 0];

  /** The load balancer answers with the page, the service with 200; gives what was posted. */
  async function withheld(stats: string | null, change: (estate: Estate) => Estate = (estate) => estate) {
    const posted: string[] = [];
    const ask: typeof fetch = async (url, init) => {
      if (init?.method === 'POST') posted.push(String(url));
      if (init?.method === 'POST') return Response.json({});
      if (stats === null) throw new TypeError('fetch failed');
      return new Response(stats);
    };
    const secrets = createSecrets({ folder: '/nowhere', env: { T: 'token' } });
    const estate = change(exampleEstate('lab'));
    const { items } = estate.services;
    const known = items ? { ...estate, services: { items: { ...items, admin: 'env:T' } } } : estate;
    const steps = createServicesSteps({ estate: known, secrets, fetch: ask });
    const refused: unknown = await steps['services.withhold']?.act?.(place, stepContext()).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { posted, refused };
  }
  const refusedFor = (message: string) => ({
    posted: [],
    refused: expect.objectContaining({
      type: 'unsafe-withhold',
      retryable: false,
      message: expect.stringContaining(message),
    }),
  });

  it('is done where every entrance is drained', async () => {
    const drained = page(table('items', DRAINED, UP), table('items-auto', ['MAINT', 50], UP));
    expect(await withheld(drained)).toEqual({
      posted: ['http://127.20.1.50:8080/admin/withhold'],
      refused: undefined,
    });
  });

  it('is refused while one of two entrances leads there, were it by one percent', async () => {
    const half = page(table('items', DRAINED, UP), table('items-auto', ['UP', 1], ['UP', 99]));
    expect(await withheld(half)).toEqual(refusedFor('items-auto still leads 1 % of its requests'));
  });

  it('is refused where only the other region being down leads there', async () => {
    const rescued = page(
      table('items', DRAINED, UP),
      `items-auto,us-central1,0,9,0,UP,1,50,0,7,\nitems-auto,europe-west1,0,9,0,DOWN,0,50,0,7,`,
    );
    expect(await withheld(rescued)).toEqual(refusedFor('items-auto still leads 100 %'));
  });

  it('is refused where nobody can say: no answer, no address, another HAProxy', async () => {
    expect(await withheld(null)).toEqual(refusedFor('is not known: The statistics of HAProxy cannot be read'));
    const blind = (estate: Estate): Estate => ({
      ...estate,
      traffic: Object.fromEntries(Object.entries(estate.traffic).map(([name, { stats: _, ...rest }]) => [name, rest])),
    });
    expect(await withheld('', blind)).toEqual(refusedFor('does not say where its `stats` are'));
    expect(await withheld(page(table('items', DRAINED, UP), table('other', DRAINED, UP)))).toEqual(
      refusedFor('do not show every server of items-auto'),
    );
  });

  it.each([
    ['http://lb:8404', 'http://lb:8404/;csv'],
    ['http://lb:8404/haproxy?stats', 'http://lb:8404/haproxy?stats;csv'],
  ])('asks %s as %s', (stats, csv) => {
    expect(csvAddress(stats)).toBe(csv);
  });
});

describe('running fewer workers', () => {
  const place = { service: 'items', region: 'europe-west1', workers: 4, capacityPerWorker: 50 };
  const estate = exampleEstate('lab');
  const refused = (shares: Readonly<Record<string, Leading['share']>>, at: Shrinking = place): unknown => {
    try {
      refuseTooSmall(
        estate,
        at,
        Object.entries(shares).map(([name, share]) => ({ name, share })),
      );
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it('is refused while an entrance leads more than usual there, and more than they carry', () => {
    expect(refused({ items: 50, 'items-auto': 0 })).toBeUndefined();
    expect(refused({ items: 55, 'items-auto': 0 })).toBeUndefined();
    expect(refused({ items: 100, 'items-auto': 0 }, { ...place, workers: 5 })).toBeUndefined();
    expect(refused({ items: 50, 'items-auto': 100 })).toMatchObject({
      type: 'unsafe-scale',
      retryable: false,
      where: 'items-auto',
      message: expect.stringContaining('items-auto leads 100 % of its requests to europe-west1 (0 % as a rule)'),
    });
    // The usual share is what the usual workers are for.
    expect(refused({ items: 50, 'items-auto': 100 }, { ...place, region: 'us-central1' })).toBeUndefined();
  });

  it('is refused where nobody can say what is led there', () => {
    expect(refused({ items: { unknown: 'it does not answer' } })).toMatchObject({
      type: 'unsafe-scale',
      message: expect.stringContaining('is not known: it does not answer'),
    });
  });

  it.each([
    [5, []],
    [3, ['http://127.20.1.50:8080/admin/workers']],
  ])('asks the load balancers before it, and not before running more (%i run)', async (workers, posted) => {
    const sent: string[] = [];
    const ask: typeof fetch = async (url, init) => {
      if (init?.method === 'POST') sent.push(String(url));
      if (String(url).endsWith(';csv')) throw new TypeError('fetch failed');
      return Response.json({ healthy: true, why: 'serving', admitted: true, workers, capacityPerWorker: 50 });
    };
    const secrets = createSecrets({ folder: '/nowhere', env: { T: 'token' } });
    const { items } = estate.services;
    const known = items ? { ...estate, services: { items: { ...items, admin: 'env:T' } } } : estate;
    const steps = createServicesSteps({ estate: known, secrets, fetch: ask });
    const args = { service: 'items', region: 'us-central1', workers: 4, was: 4 };
    await steps['services.scale']?.act?.(args, stepContext()).catch(() => undefined);
    expect(sent).toEqual(posted);
  });
});

describe('a proof', () => {
  it.each([
    [200, '{"ok":true,"say":"all 40 read back"}', true, 'all 40 read back'],
    [200, '{"ok":false,"why":"3 are lost"}', false, '3 are lost'],
    [503, '{"ok":true}', false, 'it answered 503'],
    [503, '{"ok":false,"why":"not measured"}', false, 'not measured'],
    [200, 'fine', true, 'it answered 200'],
    [404, '', false, 'it answered 404'],
  ])('%i %s', (status, text, healthy, why) => {
    expect(readingOf(status, text)).toEqual({ healthy, why });
  });

  it('keeps its sentence on one line and within 300 characters', () => {
    const { why } = readingOf(200, JSON.stringify({ say: `a\nb${'x'.repeat(999)}` }));
    expect(why).toHaveLength(300);
    expect(why).not.toContain('\n');
  });

  it('that does not answer fails, and may pass later', async () => {
    const steps = createProofsSteps({ fetch: () => Promise.reject(new TypeError('fetch failed')) });
    await expect(
      steps['proofs.check']?.read({ proof: 'p', url: 'http://127.0.0.1:1/' }, stepContext()),
    ).rejects.toMatchObject({
      type: 'proof-unreachable',
      retryable: true,
    });
  });
});
