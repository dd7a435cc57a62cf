/**
 * Pins: the fault's time is the first failure of the whole region, not of a node that was long dead; an acknowledgement
 * outlives the process; a canary is absent only when somebody who was asked did not have it (I11).
 */
import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCanariesSteps } from '../../../activities/canaries/index.ts';
import { comparable } from '../../../activities/canaries/missing.ts';
import type { CanaryPort } from '../../../activities/canaries/port.ts';
import { openBook } from '../../../worker/canary/book.ts';
import { chooseIdentities, nodeOf } from '../../../worker/canary/identities.ts';
import { readOutages, writeOutages } from '../../../worker/canary/outage-file.ts';
import { createRegionWatch, type RegionWatch, type WatchMemory } from '../../../worker/canary/outages.ts';
import { stepContext } from './step-context.ts';

describe('an outage', () => {
  const seen = (more: Partial<WatchMemory> = {}): RegionWatch =>
    createRegionWatch(['a', 'b', 'c'], { lastAckAt: 100, outage: null, ...more });
  const ack = (watch: RegionWatch, coordinator: string, beganAt: number) =>
    watch.observe({ coordinator, acknowledged: true, beganAt, endedAt: beganAt + 5 });
  const fail = (watch: RegionWatch, coordinator: string, beganAt: number) =>
    watch.observe({ coordinator, acknowledged: false, beganAt, endedAt: beganAt + 1_500 });

  it('begins with the first failed write of the streak in which all coordinators fail', () => {
    const watch = seen();
    fail(watch, 'a', 200);
    fail(watch, 'b', 300);
    expect(watch.outage()).toBeNull();
    expect(fail(watch, 'c', 400)).toBe(true);
    expect(watch.outage()).toEqual({ firstFailureAt: 200, answeredAgainAt: null });
  });

  it('of the region does not begin with the failure of a node that had died before', () => {
    const watch = seen();
    fail(watch, 'a', 200);
    ack(watch, 'b', 300);
    fail(watch, 'a', 400);
    fail(watch, 'c', 450);
    ack(watch, 'b', 500);
    for (const [at, one] of [
      [600, 'b'],
      [610, 'a'],
      [620, 'c'],
    ] as const)
      fail(watch, one, at);
    expect(watch.outage()?.firstFailureAt).toBe(600);
  });

  it('is not seen in a write that timed out while later ones were acknowledged', () => {
    const watch = seen();
    fail(watch, 'b', 210);
    fail(watch, 'c', 220);
    ack(watch, 'a', 230);
    fail(watch, 'a', 205);
    expect(watch.outage()).toBeNull();
  });

  it('ends when the last coordinator answers again, and one that fails once more does not count', () => {
    const watch = seen();
    for (const one of ['a', 'b', 'c']) fail(watch, one, 200);
    ack(watch, 'a', 1_000);
    ack(watch, 'b', 1_100);
    fail(watch, 'a', 1_200);
    ack(watch, 'c', 1_300);
    expect(watch.outage()?.answeredAgainAt).toBeNull();
    expect(ack(watch, 'a', 1_400)).toBe(true);
    expect(watch.outage()).toEqual({ firstFailureAt: 200, answeredAgainAt: 1_405 });
  });

  it('goes on, with its first time, when the region fails again soon after; later it is another one', () => {
    const watch = seen();
    const all = ['a', 'b', 'c'];
    for (const one of all) fail(watch, one, 200);
    for (const one of all) ack(watch, one, 90_000);
    for (const one of all) fail(watch, one, 95_000);
    expect(watch.outage()).toEqual({ firstFailureAt: 200, answeredAgainAt: null });
    for (const one of all) ack(watch, one, 100_000);
    for (const one of all) fail(watch, one, 200_000);
    expect(watch.outage()).toEqual({ firstFailureAt: 200_000, answeredAgainAt: null });
  });

  it('is not measured for a region that was never seen to answer', () => {
    const watch = seen({ lastAckAt: null });
    for (const one of ['a', 'b', 'c']) fail(watch, one, 200);
    expect(watch.outage()).toBeNull();
  });

  it('that was open goes on after a restart of the canary, with its time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lifeboat-outage-'));
    const file = join(folder, 'deep', 'outages.json');
    expect(await readOutages(file)).toEqual({});
    await writeOutages(file, { us: { firstFailureAt: 200, answeredAgainAt: null } });
    const watch = seen({ outage: (await readOutages(file)).us ?? null });
    for (const one of ['a', 'b', 'c']) fail(watch, one, 900);
    expect(watch.outage()?.firstFailureAt).toBe(200);
    await appendFile(file, 'torn');
    expect(await readOutages(file)).toEqual({});
    await rm(folder, { recursive: true });
  });
});

describe('the book of acknowledgements', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-book-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('outlives its process and a torn line', async () => {
    const book = openBook(folder);
    book.acknowledge('us-1/0', { seq: 5, at: 50 });
    await appendFile(join(folder, 'acknowledged.jsonl'), '["us-1/0",6,');
    const again = openBook(folder);
    again.acknowledge('us-1/0', { seq: 7, at: 70 });
    expect(openBook(folder).acks('us-1/0')).toEqual([
      { seq: 5, at: 50 },
      { seq: 7, at: 70 },
    ]);
  });

  it('never issues a number twice, not even when the clock went back over a restart', () => {
    const book = openBook(folder);
    expect([book.next('x', 1_000), book.next('x', 1_000), book.next('x', 900)]).toEqual([1_000, 1_001, 1_002]);
    book.acknowledge('x', { seq: 1_002, at: 900 });
    expect(openBook(folder).next('x', 10)).toBe(1_003);
  });

  it('keeps the newest, in order, within two files of bounded size', async () => {
    const limitBytes = 1_000;
    const book = openBook(folder, { keep: 3, limitBytes });
    for (let seq = 1; seq <= 500; seq += 1) book.acknowledge('x', { seq: seq % 2 === 0 ? seq - 1 : seq + 1, at: seq });
    expect(book.acks('x').map(({ seq }) => seq)).toEqual([498, 499, 500]);
    const files = await readdir(folder);
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
    expect(files).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limitBytes);
    expect(
      openBook(folder, { keep: 3, limitBytes })
        .acks('x')
        .map(({ seq }) => seq),
    ).toEqual([498, 499, 500]);
  });
});

describe('the choice of canaries', () => {
  it('has one for each coordinator and each order of replicas in its own datacentre', () => {
    const coordinators = ['us-1', 'us-2', 'eu-1'].map((node) => ({
      node,
      datacentre: node.slice(0, 2),
      region: node.slice(0, 2),
    }));
    const orders = [
      ['us-1', 'us-2'],
      ['us-2', 'us-1'],
    ];
    const replicasOf = (id: string) => [
      ...(orders[Number(id.split('/')[1]) % 2] ?? []).map((address) => ({ address, datacentre: 'us' })),
      { address: 'eu-1', datacentre: 'eu' },
    ];
    const chosen = chooseIdentities(coordinators, replicasOf);
    expect(chosen.map(({ id }) => id)).toEqual(['us-1/0', 'us-2/0', 'eu-1/0', 'us-1/1', 'us-2/1']);
    expect(chosen.map(({ id }) => nodeOf(id))).toEqual(chosen.map(({ node }) => node));
  });

  it('ends where a keyspace has no replica in the datacentre', () => {
    expect(chooseIdentities([{ node: 'us-1', datacentre: 'us', region: 'us' }], () => [])).toEqual([]);
  });
});

describe('canaries that are missed', () => {
  const NOW = 100_000_000;
  const context = stepContext(NOW);
  const acks = [1, 2, 3].map((seq) => ({ seq, at: NOW - 10_000 + seq }));
  const port = (more: Partial<CanaryPort>): CanaryPort => ({
    regions: ['us', 'eu'],
    outage: () => ({ firstFailureAt: null, answeredAgainAt: null }),
    acknowledged: () => [{ id: 'us-1/0', acks }],
    present: async () => [1, 2, 3],
    coordinators: () => [{ node: 'us-1', ids: ['us-1/0'] }],
    writeAndRead: async () => true,
    ...more,
  });
  const ask = async (more: Partial<CanaryPort>) =>
    createCanariesSteps({ canaries: { main: port(more) } })['canaries.missing']?.read(
      { canary: 'main', region: 'us', seenFrom: 'eu' },
      context,
    );

  it('are those in the middle too, and the oldest one tells the loss', async () => {
    expect(await ask({ present: async () => [1, 3] })).toEqual({
      checked: 3,
      missing: 1,
      oldestMissingAt: NOW - 9_998,
    });
    expect(await ask({})).toEqual({ checked: 3, missing: 0, oldestMissingAt: null });
  });

  it('are looked for twice: one that was on its way is not missing', async () => {
    let looks = 0;
    const present = async () => {
      looks += 1;
      return looks === 1 ? [1, 2] : [1, 2, 3];
    };
    expect(await ask({ present })).toMatchObject({ missing: 0 });
  });

  it('are not measured when nobody can be asked, or when all of them are too old to be compared', async () => {
    await expect(ask({ present: () => Promise.reject(new Error('no quorum')) })).rejects.toThrow('no quorum');
    const old = acks.map(({ seq }) => ({ seq, at: NOW - 21 * 3_600_000 + seq }));
    await expect(ask({ acknowledged: () => [{ id: 'us-1/0', acks: old }] })).rejects.toMatchObject({
      type: 'canary-not-comparable',
    });
  });

  it('are looked for within the last hundred of each, and within an hour of the newest', () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ seq: index, at: NOW - 150_000 + index * 1_000 }));
    expect(comparable([{ id: 'x', acks: many }], NOW)[0]?.acks).toHaveLength(100);
    const gap = [
      { seq: 1, at: NOW - 7_300_000 },
      { seq: 2, at: NOW - 3_000_000 },
    ];
    expect(comparable([{ id: 'x', acks: gap }], NOW)[0]?.acks.map(({ seq }) => seq)).toEqual([2]);
  });

  it('a fresh one that one coordinator does not read back is named with it', async () => {
    const steps = createCanariesSteps({
      canaries: {
        main: port({
          coordinators: () => [
            { node: 'us-1', ids: ['us-1/0', 'us-1/3'] },
            { node: 'us-2', ids: ['us-2/0'] },
          ],
          writeAndRead: async (id) => id !== 'us-1/3',
        }),
      },
    });
    const step = steps['canaries.readable'];
    const reading = await step?.read({ canary: 'main', region: 'us' }, context);
    expect(reading).toEqual({ healthy: false, why: 'us-1: 1 of 2 new canaries read back' });
    expect(step?.proven?.(reading, {})).toBe('us-1: 1 of 2 new canaries read back');
  });
});
