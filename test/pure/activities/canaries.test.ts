/**
 * Pins: the fault's time is the first failure of the whole region, not of a node that was long dead; an acknowledgement
 * outlives the process; a canary is absent only when somebody who was asked did not have it (I11).
 */
import { readdirSync, statSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCanariesSteps, undisturbedSince } from '../../../activities/canaries/index.ts';
import { comparable } from '../../../activities/canaries/missing.ts';
import type { CanaryPort } from '../../../activities/canaries/port.ts';
import { openBook } from '../../../worker/canary/book.ts';
import { chooseIdentities, nodeOf } from '../../../worker/canary/identities.ts';
import { readOutages, writeOutages } from '../../../worker/canary/outage-file.ts';
import { createWatch, type Watch, type WatchMemory } from '../../../worker/canary/outages.ts';
import { MOST_REMEMBERED, remember } from '../../../worker/canary/remembered.ts';
import { createSightings, HINT_WINDOW_MS, type SightingsOptions } from '../../../worker/canary/sightings.ts';
import { HORIZON_MS, thinned } from '../../../worker/canary/thinning.ts';
import { stepContext } from './step-context.ts';

describe('an outage', () => {
  const seen = (more: Partial<WatchMemory> = {}): Watch =>
    createWatch(['a', 'b', 'c'], { lastAckAt: 100, last: null, remembered: [], ...more });
  const ack = (watch: Watch, coordinator: string, beganAt: number) =>
    watch.observe({ coordinator, acknowledged: true, beganAt, endedAt: beganAt + 5 });
  const fail = (watch: Watch, coordinator: string, beganAt: number) =>
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

  it('is remembered behind a blip after the return, until a repair that began after its end', () => {
    const watch = seen();
    const all = ['a', 'b', 'c'];
    for (const one of all) fail(watch, one, 200);
    for (const one of all) ack(watch, one, 90_000);
    for (const one of all) fail(watch, one, 200_000);
    for (const one of all) ack(watch, one, 201_000);
    const [long, blip] = [
      { firstFailureAt: 200, answeredAgainAt: 90_005 },
      { firstFailureAt: 200_000, answeredAgainAt: 201_005 },
    ];
    expect(watch.remembered()).toEqual([long, blip]);
    expect(watch.forget(90_004)).toBe(false);
    expect(watch.forget(90_005)).toBe(true);
    expect(watch.remembered()).toEqual([blip]);
    expect(watch.forget(1_000_000)).toBe(true);
    expect(watch.remembered()).toEqual([]);
    // It is still the last one that was seen.
    expect(watch.outage()).toEqual(blip);
  });

  it('that still goes on is not forgotten', () => {
    const watch = seen();
    for (const one of ['a', 'b', 'c']) fail(watch, one, 200);
    expect(watch.forget(1_000_000)).toBe(false);
    expect(watch.remembered()).toEqual([{ firstFailureAt: 200, answeredAgainAt: null }]);
  });

  it('is never dropped to make room: the two closest become one', () => {
    let list: ReturnType<typeof remember> = [];
    for (let index = 0; index < MOST_REMEMBERED; index += 1) {
      list = remember(list, { firstFailureAt: index * 1_000, answeredAgainAt: index * 1_000 + 10 + index });
    }
    list = remember(list, { firstFailureAt: 90_000, answeredAgainAt: null });
    expect(list).toHaveLength(MOST_REMEMBERED);
    expect(list[0]).toEqual({ firstFailureAt: 0, answeredAgainAt: 10 });
    expect(list.slice(-2)).toEqual([
      { firstFailureAt: 30_000, answeredAgainAt: 31_041 },
      { firstFailureAt: 90_000, answeredAgainAt: null },
    ]);
  });
});

describe('what a canary saw', () => {
  const START = 1_000_000_000;
  const open = (more: Partial<SightingsOptions> = {}) =>
    createSightings({
      nodes: { us: ['a', 'b'], eu: ['c'] },
      kept: { regions: {}, nodes: {} },
      lastAckOf: () => START - 1_000,
      startedAt: START,
      ...more,
    });
  const write = (coordinator: string, beganAt: number, acknowledged: boolean) => ({
    coordinator,
    acknowledged,
    beganAt,
    endedAt: beganAt + 5,
  });
  const END = START + HINT_WINDOW_MS + 60_000;

  it('of a node counts once it was away for longer than hints are kept, and not before', () => {
    const all = open();
    expect(all.observe('us', write('a', START, false))).toBe(true);
    all.observe('us', write('b', START + 1, true));
    expect(all.reading('us', START + HINT_WINDOW_MS).remembered).toEqual([]);
    expect(all.reading('us', END).remembered).toEqual([{ node: 'a', firstFailureAt: START, answeredAgainAt: null }]);
    expect(all.reading('eu', END).remembered).toEqual([]);
    for (let at = START; at < END; at += HINT_WINDOW_MS / 2) all.observe('us', write('b', at, true));
    all.observe('us', write('a', END, true));
    expect(all.reading('us', END + 9 * HINT_WINDOW_MS)).toEqual({
      firstFailureAt: null,
      answeredAgainAt: null,
      remembered: [{ node: 'a', firstFailureAt: START, answeredAgainAt: END + 5 }],
      unwatched: null,
    });
    expect(all.forget(END + 6)).toBe(true);
    expect(all.reading('us', END).remembered).toEqual([]);
  });

  it('of a node that was away for a shorter time is nothing, and so is a node whose region was away', () => {
    const all = open();
    all.observe('us', write('a', START, false));
    all.observe('us', write('a', START + HINT_WINDOW_MS - 10, true));
    expect(all.kept().nodes['a']?.remembered).toEqual([]);
    const later = START + 2 * HINT_WINDOW_MS;
    for (const one of ['a', 'b']) all.observe('us', write(one, later, false));
    for (const one of ['a', 'b']) all.observe('us', write(one, later + 2 * HINT_WINDOW_MS, true));
    expect(all.reading('us', later).remembered.map(({ node }) => node)).toEqual([null]);
  });

  it('outlives its process, an outage that goes on too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lifeboat-outage-'));
    const file = join(folder, 'deep', 'outages.json');
    expect(await readOutages(file)).toEqual({ regions: {}, nodes: {} });
    const all = open();
    for (const one of ['a', 'b']) all.observe('us', write(one, START + 1, false));
    await writeOutages(file, all.kept());
    const again = open({ kept: await readOutages(file), startedAt: END });
    for (const one of ['a', 'b']) again.observe('us', write(one, END, false));
    expect(again.reading('us', END)).toEqual({
      firstFailureAt: START + 1,
      answeredAgainAt: null,
      remembered: [{ node: null, firstFailureAt: START + 1, answeredAgainAt: null }],
      unwatched: null,
    });
    await rm(folder, { recursive: true });
  });

  it('is read from the file of a canary that knew only the last outage', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lifeboat-outage-'));
    const file = join(folder, 'outages.json');
    const last = { firstFailureAt: 200, answeredAgainAt: 900 };
    await writeFile(file, JSON.stringify({ us: last }));
    expect(open({ kept: await readOutages(file) }).reading('us', START)).toMatchObject({
      ...last,
      remembered: [{ ...last, node: null }],
    });
    await rm(folder, { recursive: true });
  });

  it('is not taken for nothing when its file cannot be read, or when nobody watched for long', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lifeboat-outage-'));
    const file = join(folder, 'outages.json');
    await writeFile(file, '{"regions": torn');
    const kept = await readOutages(file);
    expect(kept).toBeNull();
    const torn = open({ kept });
    expect(torn.reading('us', START).unwatched).toEqual({ from: 0, to: START });
    expect(torn.forget(START + 1)).toBe(true);
    expect(torn.reading('us', START).unwatched).toBeNull();
    const from = START - HINT_WINDOW_MS - 1;
    const away = open({ lastAckOf: () => from });
    expect(away.reading('us', START).unwatched).toEqual({ from, to: START });
    expect(away.kept().regions['us']?.unwatched).toEqual({ from, to: START });
    expect(open({ lastAckOf: () => null }).reading('us', START).unwatched).toEqual({ from: 0, to: null });
    await rm(folder, { recursive: true });
  });

  // A canary on a new disk once said "graceful" one acknowledgement later, and the repair was left out.
  it('on an empty folder counts as not watched since its table was made, but for a first installation', () => {
    const fresh = (): ReturnType<typeof open> => {
      const all = open({ lastAckOf: () => null });
      all.observe('us', write('a', START + 1, true));
      return all;
    };
    const lost = fresh();
    expect(lost.reading('us', START + 2).unwatched).toEqual({ from: 0, to: START });
    expect(lost.madeAt(START - 9 * HINT_WINDOW_MS)).toBe(true);
    expect(lost.isNew()).toBe(false);
    expect(lost.reading('us', START + 2).unwatched).toEqual({ from: START - 9 * HINT_WINDOW_MS, to: START });
    expect(lost.kept().regions['us']?.unwatched).not.toBeNull();
    const first = fresh();
    expect(first.madeAt(START - 60_000)).toBe(true);
    expect(first.reading('us', START + 2).unwatched).toBeNull();
    expect(open().isNew()).toBe(false);
  });

  // Frozen or suspended, it starts no write and sees nothing; only its start was looked at.
  it('counts as not watched while the canary stood still', () => {
    const all = open();
    all.observe('us', write('a', START + 1, true));
    expect(all.observe('us', write('a', END, true))).toBe(true);
    expect(all.reading('us', END).unwatched).toEqual({ from: START + 1, to: END });
    expect(all.reading('eu', END).unwatched).toBeNull();
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

  it('keeps the newest, in order, and what is older thinned, within two files of bounded size', () => {
    const options = { keep: 3, limitBytes: 4_000 };
    const book = openBook(folder, options);
    for (let seq = 1; seq <= 5_000; seq += 1)
      book.acknowledge('x', { seq: seq % 2 === 0 ? seq - 1 : seq + 1, at: seq });
    const seqs = book.acks('x').map(({ seq }) => seq);
    expect(seqs.slice(-3)).toEqual([4_998, 4_999, 5_000]);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(seqs[0]).toBeLessThan(100);
    expect(seqs.length).toBeLessThan(400);
    const files = readdirSync(folder);
    expect(files).toHaveLength(2);
    const keptBytes = seqs.reduce((sum, seq) => sum + `["x",${seq},${seq}]\n`.length, 0);
    // It begins with what is kept, and grows by the limit.
    for (const file of files) {
      expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(options.limitBytes + 1.2 * keptBytes);
    }
    expect(
      openBook(folder, options)
        .acks('x')
        .map(({ seq }) => seq),
    ).toEqual(seqs);
  });

  it('knows after a day of canaries every two seconds what was acknowledged two hours ago, to within a sixteenth', () => {
    const everyMs = 2_000;
    let acks: readonly { seq: number; at: number }[] = [];
    const endedAt = 24 * 3_600_000;
    for (let from = 0; from <= endedAt; from += 50 * everyMs) {
      const more = Array.from({ length: 50 }, (_, index) => ({ seq: from, at: from + index * everyMs }));
      acks = thinned([...acks, ...more.filter(({ at }) => at <= endedAt)], 100);
    }
    expect(acks.length).toBeLessThan(500);
    expect(acks.slice(-100).map(({ at }) => endedAt - at)).toEqual(
      Array.from({ length: 100 }, (_, index) => (99 - index) * everyMs),
    );
    for (const ageMs of [600_000, 3_600_000, 7_200_000, HORIZON_MS - 3_600_000]) {
      const after = acks.find(({ at }) => endedAt - at <= ageMs);
      expect(endedAt - (after?.at ?? 0)).toBeGreaterThan((ageMs * 15) / 16 - everyMs);
    }
    expect(endedAt - (acks[0]?.at ?? 0)).toBeLessThanOrEqual(HORIZON_MS);
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
    outage: () => ({ firstFailureAt: null, answeredAgainAt: null, remembered: [], unwatched: null }),
    firstRepair: async () => null,
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
      atLeast: false,
    });
    expect(await ask({})).toEqual({ checked: 3, missing: 0, oldestMissingAt: null, atLeast: false });
  });

  it('of which one is wholly absent tell a loss that is at least this', async () => {
    const acknowledged = () => [
      { id: 'us-1/0', acks },
      { id: 'us-2/0', acks },
    ];
    const present = async (_: string, id: string) => (id === 'us-1/0' ? [] : [1, 2, 3]);
    expect(await ask({ acknowledged, present })).toEqual({
      checked: 6,
      missing: 3,
      oldestMissingAt: NOW - 9_999,
      atLeast: true,
    });
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

  it('are looked for as far back as they were kept, while they can be compared', () => {
    const twoHours = Array.from({ length: 3_600 }, (_, index) => ({ seq: index, at: NOW - 7_200_000 + index * 2_000 }));
    const old = { seq: -1, at: NOW - 21 * 3_600_000 };
    expect(comparable([{ id: 'x', acks: [old, ...twoHours] }], NOW)[0]?.acks).toEqual(twoHours);
  });

  it('do not tell of an outage in the middle of a repair; the record of repairs does', async () => {
    const away = { firstFailureAt: 5_000, answeredAgainAt: 6_000, node: null };
    const outage = (region: string) => ({
      firstFailureAt: null,
      answeredAgainAt: null,
      remembered: region === 'eu' ? [away] : [],
      unwatched: null,
    });
    const judge = async (repairBeganAt: number | null) => {
      const steps = createCanariesSteps({
        canaries: { main: port({ outage, firstRepair: async () => repairBeganAt }) },
      });
      const step = steps['canaries.undisturbed'];
      return step?.proven?.(await step.read({ canary: 'main' }, context), {});
    };
    expect(await judge(6_000)).toBe(true);
    expect(await judge(5_999)).toMatch(/^eu was away after the repair had begun: abort/);
    expect(await judge(4_000)).toMatch(/^eu was away/);
    expect(await judge(null)).toBe(true);
  });

  it('do not vouch for a repair that they did not watch', () => {
    const judge = (unwatched: { from: number; to: number | null } | null) =>
      undisturbedSince([{ region: 'eu', remembered: [], unwatched }], 5_000);
    expect(judge(null)).toMatchObject({ healthy: true });
    expect(judge({ from: 1_000, to: 5_000 })).toMatchObject({ healthy: true });
    expect(judge({ from: 1_000, to: 5_001 })).toMatchObject({
      healthy: false,
      why: expect.stringContaining('the canary did not watch eu'),
    });
    expect(judge({ from: 0, to: null })).toMatchObject({ healthy: false });
  });

  // It once said "was away … run failback again" of a region that was away still: every failback ended there.
  it('tells an outage that goes on from one that is over', () => {
    const judge = (answeredAgainAt: number | null) =>
      undisturbedSince(
        [{ region: 'us', remembered: [{ node: null, firstFailureAt: 6_000, answeredAgainAt }], unwatched: null }],
        5_000,
      ).why;
    expect(judge(null)).toMatch(/^us acknowledges no canary still: see why its nodes answer no queries/);
    expect(judge(7_000)).toMatch(/^us was away after the repair had begun: abort/);
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
