/**
 * Pins: a textual refusal of HAProxy is never success; shares tell what regions really get; a shift never leaves nobody
 * serving (I1); an idle server is healthy and not "0 errors".
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { doorReading, readDoor } from '../../../activities/traffic/door.ts';
import { refuseUnsafe, unsafeShape } from '../../../activities/traffic/guard.ts';
import { refusalIn } from '../../../activities/traffic/haproxy-socket.ts';
import {
  csvFields,
  isDown,
  isDrained,
  isOut,
  parseServersState,
  parseStat,
  type ServerCounters,
} from '../../../activities/traffic/haproxy-tables.ts';
import {
  attainable,
  type Change,
  changesTo,
  type RegionServer,
  sameSetting,
  settingOf,
  wholePercents,
} from '../../../activities/traffic/shares.ts';
import { offPlan, sloReading } from '../../../activities/traffic/slo.ts';
import { keepState } from '../../../activities/traffic/state-file.ts';
import { untilUp } from '../../../activities/traffic/until-up.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

const server = (region: string, weight: number, rest: Partial<RegionServer> = {}): RegionServer => ({
  region,
  server: `${region}-server`,
  backup: false,
  drained: false,
  weight,
  ...rest,
});

describe('refusals of the runtime API', () => {
  it.each([
    ['', undefined],
    ['\n', undefined],
    ['No such server.\n', 'haproxy-unknown-name'],
    ['No such backend.\n', 'haproxy-unknown-name'],
    ["Can't find backend.\n", 'haproxy-unknown-name'],
    ['Permission denied\n', 'haproxy-denied'],
    ['Absolute weight can only be between 0 and 256 inclusive.\n', 'haproxy-refused'],
    ['Unknown command, but maybe one of the following ones is a better match:\n  enable', 'haproxy-refused'],
  ])('%j is %s', (answer, type) => {
    expect(refusalIn(answer, 'set server b/s weight 1')?.type).toBe(type);
  });
});

describe('the tables of HAProxy', () => {
  it('reads counters by the name of their column and not by its place', () => {
    const text =
      '# pxname,svname,econ,stot,eresp,status,bck,hrsp_2xx,hrsp_5xx,hrsp_other,qtime,ctime,rtime,ttime,last_chk,\nitems,us,1,20,2,DOWN 1/2,1,10,3,1,1,2,4,900,"a, ""b""",\n\n';
    expect(parseStat(text)).toEqual([
      {
        backend: 'items',
        server: 'us',
        status: 'DOWN 1/2',
        backup: true,
        weight: 0,
        requests: 20,
        answers: 14,
        responses5xx: 3,
        connectionErrors: 1,
        responseErrors: 2,
        responseTimeMs: 7,
      },
    ]);
  });

  it('takes a sentence in place of a table for an error', () => {
    expect(() => parseStat('No such proxy.\n')).toThrow('No such proxy.');
    expect(() => parseServersState("Can't find backend.\n")).toThrow("Can't find backend.");
    expect(() => parseServersState('2\n# be_id be_name\n')).toThrow('something else than a table');
  });

  it.each([
    ['a,b,', ['a', 'b']],
    ['a,,b', ['a', '', 'b']],
    ['"x,""y""",z', ['x,"y"', 'z']],
  ])('splits %s', (line, fields) => {
    expect(csvFields(line)).toEqual(fields);
  });

  it('tells drain and maintenance from service, and a failed check from none', () => {
    const state = (admin: number) => ({ backend: 'b', server: 's', admin, weight: 1 });
    expect([0, 1, 4, 8, 0x28].map((admin) => isDrained(state(admin)))).toEqual([false, true, true, true, true]);
    expect(
      ['UP', 'no check', 'MAINT', 'DRAIN', 'DOWN', 'DOWN 1/2'].map((status) => isDown({ ...counters(), status })),
    ).toEqual([false, false, false, false, true, true]);
  });
});

describe('shares', () => {
  it('are whole percents that sum to 100', () => {
    expect(wholePercents([1, 1, 1])).toEqual([34, 33, 33]);
    expect(wholePercents([50, 50])).toEqual([50, 50]);
    expect(wholePercents([0, 0])).toEqual([0, 0]);
  });

  it('give nothing to a drained server, whatever its weight', () => {
    expect(settingOf([server('us', 50, { drained: true }), server('eu', 50)])).toEqual({
      shares: { us: 0, eu: 100 },
      drained: ['us'],
    });
  });

  it('give a backup nothing while an active one may serve, and all of it after', () => {
    const backup = server('eu', 50, { backup: true });
    expect(settingOf([server('us', 50), backup]).shares).toEqual({ us: 100, eu: 0 });
    expect(settingOf([server('us', 0), backup]).shares).toEqual({ us: 0, eu: 100 });
  });

  it('that an active and a backup server cannot split go to the side with more', () => {
    const servers = [server('us', 0, { drained: true }), server('eu', 100, { backup: true })];
    const at = (us: number) => attainable({ shares: { us, eu: 100 - us }, drained: [] }, servers).shares;
    expect([10, 49, 50, 100].map((us) => at(us).us)).toEqual([0, 0, 100, 100]);
  });

  // At equal halves it once stayed where it was, so that the last step's undo left everything on the bad destination.
  it('that an active and a backup server cannot split go back by an undo to where they came from', () => {
    const after = [server('us', 0, { drained: true }), server('eu', 100, { backup: true })];
    const before = { shares: { us: 50, eu: 50 }, drained: [] };
    expect(attainable(before, after).shares).toEqual({ us: 100, eu: 0 });
  });

  it('say what differs', () => {
    const is = { shares: { us: 10, eu: 90 }, drained: [] };
    expect(sameSetting(is, is)).toBe(true);
    expect(sameSetting(is, { shares: { us: 20, eu: 80 }, drained: [] })).toBe('us has 10 %, not 20 %');
    expect(sameSetting(is, { ...is, drained: ['us'] })).toBe('drained is nothing, not us');
  });
});

describe('the order of a shift', () => {
  const apply = (servers: readonly RegionServer[], change: Change): RegionServer[] =>
    servers.map((one) => {
      if (one.server !== change.server) return one;
      return change.set === 'weight' ? { ...one, weight: change.weight } : { ...one, drained: change.set === 'drain' };
    });

  it.each([
    ['all away from us', [server('us', 100), server('eu', 0)], { us: 0, eu: 100 }, ['us']],
    [
      'all away from a drained start',
      [server('us', 100), server('eu', 0, { drained: true })],
      { us: 0, eu: 100 },
      ['us'],
    ],
    ['to a backup', [server('us', 100), server('eu', 0, { backup: true, drained: true })], { us: 0, eu: 100 }, ['us']],
    [
      'back from a backup',
      [server('us', 0, { drained: true }), server('eu', 100, { backup: true })],
      { us: 100, eu: 0 },
      [],
    ],
    ['a tenth back', [server('us', 0, { drained: true }), server('eu', 100)], { us: 10, eu: 90 }, []],
    ['the drain changes hands', [server('us', 100), server('eu', 0, { drained: true })], { us: 0, eu: 100 }, ['us']],
  ] as const)(
    '%s: somebody serves after every single change, and the end is what was asked',
    (_, before, shares, drained) => {
      let now: readonly RegionServer[] = before;
      for (const change of changesTo({ shares, drained: [...drained] }, before)) {
        now = apply(now, change);
        expect(Object.values(settingOf(now).shares).reduce((a, b) => a + b, 0)).toBe(100);
      }
      expect(settingOf(now)).toEqual({ shares, drained });
    },
  );

  it('changes nothing that is as it should be', () => {
    expect(changesTo({ shares: { us: 50, eu: 50 }, drained: [] }, [server('us', 50), server('eu', 50)])).toEqual([]);
  });

  it('keeps a backup without a share ready to rescue', () => {
    const changes = changesTo({ shares: { us: 100, eu: 0 }, drained: [] }, [
      server('us', 0),
      server('eu', 0, { backup: true }),
    ]);
    expect(changes).toContainEqual({ server: 'eu-server', set: 'weight', weight: 100 });
  });
});

describe('I1', () => {
  const known = ['us', 'eu'];
  it.each([
    [{ us: 50, eu: 40 }, [], 'sum to 90 %'],
    [{ us: 0, eu: 0 }, ['us', 'eu'], 'sum to 0 %'],
    [{ us: 50, eu: 50 }, ['us'], 'would be drained and have 50 %'],
    [{ us: 50, mars: 50 }, [], 'no server in mars'],
    [{ us: 100 }, ['mars'], 'no server in mars'],
  ])('refuses %j with %j drained', (shares, drained, why) => {
    expect(unsafeShape({ shares, drained }, known)).toContain(why);
  });

  const guard = (us: number, now: number) =>
    refuseUnsafe({
      traffic: 'items',
      to: { shares: { us, eu: 100 - us }, drained: [] },
      now: { shares: { us: now, eu: 100 - now }, drained: [] },
      known,
      fit: async (region) => (region === 'us' ? 'it is dead' : true),
    });

  it('refuses to raise the share of a dead region, in whatever direction it is called undo', async () => {
    await expect(guard(50, 0)).rejects.toMatchObject({ type: 'unsafe-traffic', retryable: false });
  });

  it('lets a dead region be left, also in part', async () => {
    await expect(guard(50, 100)).resolves.toBeUndefined();
    await expect(guard(0, 100)).resolves.toBeUndefined();
  });
});

describe('I1, where a share says less than it seems', () => {
  const drainEu = (dead: readonly string[]) =>
    refuseUnsafe({
      traffic: 'items-auto',
      to: { shares: { us: 100, eu: 0 }, drained: ['eu'] },
      now: { shares: { us: 100, eu: 0 }, drained: [] },
      known: ['us', 'eu'],
      fit: async (region) => !dead.includes(region) || 'it is frozen',
    });

  // An active server that is down reads 100 %, and its backup, which answers everybody, 0 %: nothing rises.
  it('refuses to drain the backup of a region that is dead', async () => {
    await expect(drainEu(['us'])).rejects.toMatchObject({
      type: 'unsafe-traffic',
      message: expect.stringContaining('eu would be drained, and us is not fit to serve: it is frozen'),
    });
  });

  it('lets the backup go while what stays is fit', async () => {
    await expect(drainEu(['eu'])).resolves.toBeUndefined();
  });
});

describe("the load balancer's own verdict", () => {
  const silent = { progress() {}, signal: new AbortController().signal };

  // A share was once given to it on its own word, and HAProxy used it for nobody.
  it('stands against a region that calls itself healthy', async () => {
    expect(await untilUp('eu', async () => ['eu'], silent, 0)).toContain('holds its server for down');
  });

  it('is waited for after a readmission, which its checks see late', async () => {
    const looks = [['us'], ['us'], []];
    expect(await untilUp('us', async () => looks.shift() ?? [], silent)).toBe(true);
    expect(looks).toEqual([]);
  });

  it.each([
    ['UP', 50, false],
    ['no check', 50, false],
    ['DOWN', 50, false],
    ['no check', 0, true],
    ['DOWN', 0, true],
    ['DRAIN', 0, true],
    ['DRAIN (agent)', 50, true],
    ['MAINT (via a/b)', 50, true],
  ])('of %s with weight %i leads nowhere: %s', (status, weight, out) => {
    expect(isOut({ status, weight })).toBe(out);
  });
});

describe('the door', () => {
  const answer = (failed: boolean, ms = 20) => ({ failed, ms });
  const limits = { errorRate: 0.01, latencyMs: 500 };

  it('tells failures and slowness of what came back, and nothing of nothing', () => {
    expect(doorReading([answer(false), answer(true)], limits)).toMatchObject({ healthy: false, errorRate: 0.5 });
    expect(doorReading([answer(false, 600)], limits)).toMatchObject({ healthy: false, latencyMs: 600 });
    expect(doorReading([answer(false)], limits)).toMatchObject({ healthy: true, measured: 1 });
    expect(doorReading([], limits)).toMatchObject({ healthy: null, measured: 0 });
  });

  it('counts 5xx and no answer, not 404, and sends no more than it was told', async () => {
    const statuses = [404, 503, 200, null];
    let sent = 0;
    const ask: typeof fetch = async () => {
      const status = statuses[sent++ % statuses.length];
      if (typeof status !== 'number') throw new TypeError('fetch failed');
      return new Response('', { status });
    };
    const traffic = exampleEstate('lab').traffic['items'];
    if (!traffic) throw new Error('no items');
    const signal = new AbortController().signal;
    const reading = await readDoor(traffic, { traffic: 'items', requests: 8, ...limits }, signal, ask);
    expect(reading).toMatchObject({ measured: 8, errorRate: 0.5 });
    expect(sent).toBe(8);
    const { door: _, ...closed } = traffic;
    await expect(readDoor(closed, { traffic: 'items', requests: 8, ...limits }, signal, ask)).rejects.toMatchObject({
      type: 'no-door',
    });
  });
});

function counters(more: Partial<ServerCounters> = {}): ServerCounters {
  return {
    backend: 'b',
    server: 's',
    status: 'no check',
    backup: false,
    weight: 50,
    requests: 0,
    answers: 0,
    responses5xx: 0,
    connectionErrors: 0,
    responseErrors: 0,
    responseTimeMs: 0,
    ...more,
  };
}

describe('the window of a hold', () => {
  const limits = { errorRate: 0.01, latencyMs: 500, share: 10 };
  // It once counted as healthy, so that a quiet service passed the point of no return unmeasured.
  it('without requests measures nothing, and is neither healthy nor ill', () => {
    expect(sloReading(counters({ requests: 7 }), counters({ requests: 7 }), limits)).toEqual({
      healthy: null,
      why: 'no requests',
      measured: 0,
      errorRate: null,
      latencyMs: null,
    });
  });

  // A region that was just frozen was taken for one that serves: 20 requests given, none failed.
  it('takes no request for a good one that was given and has not ended', () => {
    expect(sloReading(counters({ answers: 90 }), counters({ answers: 90, requests: 20 }), limits)).toEqual({
      healthy: null,
      why: '20 requests were given to it, and none has ended yet',
      measured: 0,
      errorRate: null,
      latencyMs: null,
    });
  });

  it('is bad where the share is not what the plan gave, but for what an active and a backup server cannot split', () => {
    expect(offPlan(100, 0, false)).toBe('it has 0 % of new requests, not the 100 % that it was given');
    expect(offPlan(100, 50, true)).toContain('not the 100 %');
    expect(offPlan(0, 100, true)).toContain('not the 0 %');
    for (const fits of [offPlan(10, 10, false), offPlan(50, 0, true), offPlan(50, 100, true), offPlan(null, 7, false)])
      expect(fits).toBeUndefined();
  });

  it('of a region without a share has nothing to measure', () => {
    expect(sloReading(counters(), counters(), { ...limits, share: 0 })).toMatchObject({
      healthy: true,
      measured: null,
    });
    expect(sloReading(counters(), counters({ status: 'DOWN' }), { ...limits, share: 0 }).healthy).toBe(false);
  });

  it('without requests to a server that is down is not', () => {
    expect(sloReading(counters(), counters({ status: 'DOWN' }), limits)).toMatchObject({
      healthy: false,
      errorRate: null,
    });
  });

  it.each([
    [{ responses5xx: 1 }],
    [{ connectionErrors: 1 }],
    [{ responseErrors: 1 }],
    [{ responseTimeMs: 501 }],
    [{ status: 'DOWN' }],
  ])('fails on %j', (more) => {
    expect(sloReading(counters(), counters({ requests: 20, answers: 20, ...more }), limits).healthy).toBe(false);
  });

  it('counts failed connections as requests, and from 0 after a reload', () => {
    expect(sloReading(counters(), counters({ connectionErrors: 4 }), limits)).toMatchObject({
      measured: 4,
      errorRate: 1,
    });
    expect(sloReading(counters({ answers: 900 }), counters({ answers: 10 }), limits)).toMatchObject({
      measured: 10,
      errorRate: 0,
      healthy: true,
    });
  });
});

describe('the state file', () => {
  const TABLE = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord
`;

  it('is never written into a folder that is not there: HAProxy reads another one', async () => {
    const folder = join(tmpdir(), `state-${process.pid}-not-mounted`);
    const socket = { ask: async () => TABLE, tell: async () => undefined };
    await expect(keepState(join(folder, 'state'), socket, new AbortController().signal)).rejects.toMatchObject({
      type: 'haproxy-state-file',
      retryable: true,
    });
    expect(existsSync(folder)).toBe(false);
  });
});
