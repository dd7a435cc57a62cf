/**
 * Pins: only a whole, full and successful repair of this run counts; a node is not up because a peer has not noticed;
 * Cassandra's own answers are read as they are.
 */
import { describe, expect, it } from '@jest/globals';
import {
  type RepairRecord,
  readFirstRepair,
  readHistory,
  readWholeRepair,
  repairedRanges,
  wholeRepair,
} from '../../../activities/cassandra/history.ts';
import type { Consistency } from '../../../activities/cassandra/pinned-client.ts';
import { coveredCount, parseRange, parseRingLine } from '../../../activities/cassandra/ranges.ts';
import { parseStatus } from '../../../activities/cassandra/repair.ts';
import { type NodeView, type RingMember, ringReading } from '../../../activities/cassandra/ring.ts';
import { passing } from '../../../kernel/errors.ts';
import { repaired } from '../../../runbooks/steps/cassandra.ts';
import { limitsOf } from '../../../runbooks/steps/contract.ts';

const range = (start: bigint, end: bigint) => ({ start, end });
const MINIMUM = -(2n ** 63n);

describe('the record of repairs while another region is lost', () => {
  /** A coordinator that reaches its own region only, or nobody. */
  function coordinator(reaches: readonly Consistency[]) {
    const asked: { consistency: Consistency; timeoutMs: number | undefined }[] = [];
    return {
      asked,
      execute(query: string, _values: readonly unknown[], consistency: Consistency, timeoutMs?: number) {
        if (query.includes('repair_history')) asked.push({ consistency, timeoutMs });
        return reaches.includes(consistency)
          ? Promise.resolve([])
          : Promise.reject(passing('cassandra-unavailable', 'us-1 did not do it: too few replicas.', 'us-1', 'Wait.'));
      },
    };
  }

  it('is read for a plan from a replica nearby, well within the time of its probe', async () => {
    const client = coordinator(['localOne']);
    expect(await readWholeRepair(client, 'shop')).toBeNull();
    expect(client.asked.map(({ consistency }) => consistency)).toEqual(['localQuorum', 'quorum', 'localOne']);
    const longestMs = client.asked.reduce((sum, { timeoutMs = Number.POSITIVE_INFINITY }) => sum + timeoutMs, 0);
    expect(longestMs).toBeLessThan(limitsOf(repaired.contract, { cluster: 'main', node: 'us-1' }).startToClose);
  });

  it('is read by a quorum where one answers', async () => {
    const client = coordinator(['localQuorum', 'quorum', 'localOne']);
    await readWholeRepair(client, 'shop');
    expect(client.asked.map(({ consistency }) => consistency)).toEqual(['localQuorum']);
  });

  it('is never taken from one replica where a missing row would pass for no repair', async () => {
    const client = coordinator(['localOne']);
    await expect(readFirstRepair(client, 'shop', 0)).rejects.toMatchObject({ type: 'cassandra-unavailable' });
    await expect(readHistory(client, 'shop', 0)).rejects.toMatchObject({ type: 'cassandra-unavailable' });
  });
});

describe('token ranges', () => {
  it('are read as Cassandra 5.0 writes them', () => {
    expect(parseRange('(7686143364045646706,-9223372036854775708]')).toEqual(
      range(7686143364045646706n, -9223372036854775708n),
    );
    expect(parseRange('[1,2]')).toBeUndefined();
    expect(
      parseRingLine(
        'TokenRange(start_token:-5, end_token:100, endpoints:[127.21.2.11, 127.21.1.12], rpc_endpoints:[10.0.0.1, 10.0.0.2], endpoint_details:[EndpointDetails(host:127.21.2.11, datacenter:eu, rack:r1)])',
      ),
    ).toEqual({ start: -5n, end: 100n, replicas: ['127.21.2.11', '127.21.1.12'] });
    expect(parseRingLine('something else')).toBeUndefined();
  });

  it.each([
    ['itself', [range(0n, 10n)], [range(0n, 10n)], 1],
    ['two that meet', [range(0n, 10n)], [range(5n, 10n), range(0n, 5n)], 1],
    ['two with a gap of one token', [range(0n, 10n)], [range(0n, 5n), range(6n, 10n)], 0],
    ['a wider one', [range(3n, 4n), range(20n, 21n)], [range(0n, 10n)], 1],
    ['nothing', [range(0n, 10n)], [], 0],
    ['one that goes round the ring by itself', [range(90n, -90n)], [range(90n, -90n)], 1],
    [
      'one that goes round the ring by its two halves',
      [range(90n, -90n)],
      [range(90n, MINIMUM), range(MINIMUM, -90n)],
      1,
    ],
    ['only half of one that goes round the ring', [range(90n, -90n)], [range(90n, MINIMUM)], 0],
    ['a part of one that goes round the ring', [range(95n, 99n)], [range(90n, -90n)], 1],
    ['the whole ring', [range(90n, -90n), range(0n, 1n)], [range(7n, 7n)], 2],
  ])('are covered by %s', (_, wanted, covering, count) => {
    expect(coveredCount(wanted, covering)).toBe(count);
  });
});

describe('what counts as a full repair', () => {
  const record = (more: Partial<RepairRecord> = {}, options: { [name: string]: string } = {}): RepairRecord => ({
    startedAt: 1_000,
    finishedAt: 1_400,
    tables: ['items', 'orders'],
    successful: ['(0,10]'],
    options: {
      incremental: 'false',
      primaryRange: 'true',
      previewKind: 'NONE',
      forceRepair: 'false',
      dataCenters: '',
      hosts: '',
      ...options,
    },
    ...more,
  });
  const counted = (one: RepairRecord): number => repairedRanges([one], ['items', 'orders'], 1_000).length;

  it('is one of every table, begun in this run', () => {
    expect(counted(record())).toBe(1);
  });

  it.each([
    ['before this run', record({ startedAt: 999 })],
    ['of some tables', record({ tables: ['items'] })],
    ['without success', record({ successful: [] })],
    ['incremental', record({}, { incremental: 'true' })],
    ['of unknown kind', record({ options: {} })],
    ['within one datacentre', record({}, { dataCenters: 'us-central1' })],
    ['among some hosts', record({}, { hosts: '127.0.0.1,127.0.0.2' })],
    ['with dead replicas left out', record({}, { forceRepair: 'true' })],
    ['a preview', record({}, { previewKind: 'ALL' })],
    ['in one direction', record({}, { pullRepair: 'true' })],
  ])('is none %s', (_, one) => {
    expect(counted(one)).toBe(0);
  });
});

describe('since when everything is repaired', () => {
  const record = (startedAt: number, ranges: readonly string[], more: Partial<RepairRecord> = {}): RepairRecord => ({
    startedAt,
    finishedAt: startedAt + 100,
    tables: ['items'],
    successful: ranges,
    options: { incremental: 'false' },
    ...more,
  });
  const [one, other] = [['(5,-5]'], ['(-5,5]']];

  it('is the beginning of the first of the newest full repairs that cover the ring together', () => {
    const whole = [record(1_000, one), record(2_000, other), record(7_000, one), record(8_000, other)];
    expect(wholeRepair(whole, ['items'])).toEqual({ since: 7_000, tookMs: 200 });
    expect(wholeRepair([...whole, record(9_000, one)], ['items'])).toEqual({ since: 8_000, tookMs: 200 });
    expect(wholeRepair(whole.slice(0, 3), ['items'])).toEqual({ since: 2_000, tookMs: 200 });
  });

  it('is not known while a node of it was skipped, a table is new, or a repair has not succeeded', () => {
    expect(wholeRepair([record(1_000, one), record(2_000, one)], ['items'])).toBeNull();
    expect(wholeRepair([record(1_000, one), record(2_000, other)], ['items', 'orders'])).toBeNull();
    expect(wholeRepair([record(1_000, one), record(2_000, other, { successful: [] })], ['items'])).toBeNull();
    const within = { options: { incremental: 'false', dataCenters: 'us' } };
    expect(wholeRepair([record(1_000, one), record(2_000, other, within)], ['items'])).toBeNull();
    expect(wholeRepair([], ['items'])).toBeNull();
  });
});

describe('the status of a repair', () => {
  it('keeps the cause of a failure, on one line and bounded', () => {
    expect(parseStatus(['FAILED', 'Endpoint not alive:\n /127.0.0.1:7000'])).toEqual({
      is: 'failed',
      why: 'Endpoint not alive: /127.0.0.1:7000',
    });
    expect(parseStatus(['FAILED', 'x'.repeat(9_999)])).toMatchObject({ why: expect.stringMatching(/^x{300}$/) });
  });

  it.each([
    [['IN_PROGRESS'], 'running'],
    [['COMPLETED', 'Repair completed successfully'], 'completed'],
    [null, 'unknown'],
    [[], 'unknown'],
  ])('%j is %s', (answer, is) => {
    expect(parseStatus(answer).is).toBe(is);
  });
});

describe('the ring', () => {
  const view = (node: string, live: readonly string[], more: Partial<NodeView> = {}): NodeView => ({
    node,
    endpoint: node,
    live,
    schemaVersion: 'v1',
    mode: 'NORMAL',
    pendingHints: false,
    ...more,
  });
  const member = (node: string, seen: NodeView | undefined): RingMember => ({ node, address: node, view: seen });
  const all = ['a', 'b', 'c'];

  it('holds a node for up only when everyone who answered does', () => {
    expect(
      ringReading([member('a', view('a', all)), member('b', view('b', ['a', 'b'])), member('c', view('c', all))], 'us'),
    ).toMatchObject({
      up: ['a', 'b'],
      down: ['c'],
      silent: [],
    });
  });

  it('tells silent from down, and a node in trouble from one that is up', () => {
    const live = ['a', 'b'];
    expect(
      ringReading([member('a', view('a', live)), member('b', undefined), member('c', undefined)], 'us'),
    ).toMatchObject({ up: ['a'], silent: ['b'], down: ['c'] });
    expect(
      ringReading([member('a', view('a', all)), member('b', view('b', all, { mode: 'DRAINED' }))], 'us'),
    ).toMatchObject({
      up: ['a'],
      down: ['b'],
    });
  });

  it('is no reading when nobody answered', () => {
    expect(() => ringReading([member('a', undefined)], 'main in us')).toThrow('No control plane');
  });

  it('shows a schema that differs and hints of any node', () => {
    const reading = ringReading(
      [
        member('a', view('a', ['a', 'b'])),
        member('b', view('b', ['a', 'b'], { schemaVersion: 'v2', pendingHints: true })),
      ],
      'us',
    );
    expect(reading).toMatchObject({ schemaAgreed: false, pendingHints: true });
  });
});
