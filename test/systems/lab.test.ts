/**
 * The lab's own promises, on its two light servers: what is up is left alone, what it did not start is not killed, what
 * was interrupted is mended, and a drained region stays drained over reload and crash of the load balancer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mustParseEstate } from '../../estate/file/parse.ts';
import { startTicksOf } from '../../host/process-identity.ts';
import { type Lab, openLab } from '../../lab/lab.ts';
import { recordPath, startProcess, stateOf } from '../../lab/processes.ts';
import { cassandra } from '../../lab/systems/cassandra/cassandra.ts';
import { load } from '../../lab/systems/load/load.ts';
import type { LabServer } from '../../lab/systems/system.ts';
import { haproxyStateFile } from '../../lab/systems/traffic/haproxy.ts';
import { bringUp } from '../../lab/up.ts';

const LIGHT = ['temporal', 'haproxy'];
/** From an empty cache Temporal is downloaded first. */
const UP_TIMEOUT_MS = 300_000;

let home = '';
let lab: Lab;
const strangers: ChildProcess[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'lifeboat-lab-'));
  process.env.LIFEBOAT_LAB_HOME = home;
  lab = await openLab({ name: 'test' });
  await lab.up({ only: LIGHT });
}, UP_TIMEOUT_MS);

afterAll(async () => {
  for (const stranger of strangers) stranger.kill('SIGKILL');
  await lab.down({ remove: true });
  delete process.env.LIFEBOAT_LAB_HOME;
  await rm(home, { recursive: true, force: true });
}, 60_000);

async function pidOf(target: string): Promise<number> {
  const state = await stateOf(lab.instance, target);
  if (state.kind !== 'running') throw new Error(`${target} is ${state.kind}`);
  return state.record.pid;
}

/** Admin state of a server: 0 in use, 8 drained. */
async function adminState(region: string): Promise<string | undefined> {
  const rows = (await lab.askHaproxy('show servers state items')).split('\n').map((line) => line.split(' '));
  return rows.find((row) => row[3] === region)?.[6];
}

async function weight(region: string): Promise<string | undefined> {
  const rows = (await lab.askHaproxy('show servers state items')).split('\n').map((line) => line.split(' '));
  return rows.find((row) => row[3] === region)?.[7];
}

describe('up', () => {
  it('a second time starts nothing and keeps the processes', async () => {
    const before = [await pidOf('temporal'), await pidOf('haproxy')];
    const result = await lab.up({ only: LIGHT });
    expect(result.started).toEqual([]);
    expect(result.alreadyRunning.toSorted()).toEqual(['haproxy', 'temporal']);
    expect([await pidOf('temporal'), await pidOf('haproxy')]).toEqual(before);
  });

  it('starts again what was killed, and that only', async () => {
    const haproxy = await pidOf('haproxy');
    expect((await lab.kill('temporal')).targets).toEqual(['temporal']);
    expect((await stateOf(lab.instance, 'temporal')).kind).toBe('dead');
    const result = await lab.up({ only: LIGHT });
    expect(result.started).toEqual(['temporal']);
    expect(await pidOf('haproxy')).toBe(haproxy);
  }, 60_000);

  it('of two at once starts each server once', async () => {
    await lab.kill('haproxy');
    const other = await openLab({ name: 'test' });
    const results = await Promise.all([lab.up({ only: ['haproxy'] }), other.up({ only: ['haproxy'] })]);
    expect(results.flatMap((result) => result.started)).toEqual(['haproxy']);
  }, 60_000);

  it('refuses a name that means nothing, with the names that do', async () => {
    await expect(lab.up({ only: ['tempral'] })).rejects.toMatchObject({
      type: 'lab-target',
      mend: expect.stringMatching(/^Did you mean temporal\? .*traffic/),
    });
  });

  it('keeps keys, secrets and the estate file over restarts', async () => {
    const read = (): Promise<string[]> =>
      Promise.all(
        ['estate.yaml', 'keys/people/ada', 'keys/control', 'secrets/cassandra', 'secrets/slack.json'].map((path) =>
          readFile(join(lab.instance.root, path), 'utf8'),
        ),
      );
    const before = await read();
    await lab.up({ only: LIGHT });
    expect(await read()).toEqual(before);
  });
});

describe('processes', () => {
  it('a pid that the lab did not start is not killed, whatever a record says', async () => {
    const stranger = spawn('sleep', ['600']);
    strangers.push(stranger);
    const pid = stranger.pid ?? 0;
    const ticks = startTicksOf(pid);
    const record = { pid, startTicks: '1', command: 'sleep', startedAt: new Date().toISOString() };
    // As after a reboot, or when the kernel has given a dead server's number away.
    await writeFile(recordPath(lab.instance, 'canary'), JSON.stringify(record));
    expect((await lab.kill('canary')).targets).toEqual([]);
    expect(startTicksOf(pid)).toBe(ticks);
    expect((await lab.status()).targets.find((target) => target.target === 'canary')?.state).not.toBe('ready');
  });

  it('that end while starting are told at once, with the last words of their log', async () => {
    const broken: LabServer = {
      target: 'load',
      kind: 'load',
      place: 'outside',
      needs: [],
      readyTimeoutMs: 30_000,
      stopGraceMs: 0,
      missing: () => undefined,
      configure: async () => ({ file: '/bin/sh', args: ['-c', 'echo "fatal: no such disk"; echo bye; exit 3'] }),
      ready: async () => ({ ok: false, why: 'never' }),
    };
    const startedAt = Date.now();
    await expect(bringUp(lab.instance, [{ ...broken, system: load }], () => undefined)).rejects.toMatchObject({
      type: 'lab-died',
      message: 'load ended while starting: fatal: no such disk',
    });
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });

  it('get none of the environment that may hold credentials', async () => {
    process.env.LAB_TEST_CREDENTIAL = 'hidden';
    try {
      const command = { file: '/bin/sleep', args: ['600'] };
      const { pid } = await startProcess(lab.instance, 'load', 'outside', command);
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      expect(environment).toContain('PATH=');
      expect(environment).not.toContain('LAB_TEST_CREDENTIAL');
    } finally {
      delete process.env.LAB_TEST_CREDENTIAL;
      await lab.kill('load');
    }
  });
});

describe('the load balancer', () => {
  it('begins with equal shares', async () => {
    expect([await weight('us-central1'), await weight('europe-west1')]).toEqual(['50', '50']);
    expect([await adminState('us-central1'), await adminState('europe-west1')]).toEqual(['0', '0']);
  });

  it('keeps a drain and a weight over reload and over kill -9, when they are in the state file', async () => {
    await lab.askHaproxy('set server items/us-central1 state drain');
    await lab.askHaproxy('set server items/europe-west1 weight 100');
    await writeFile(haproxyStateFile(lab.instance), `${await lab.askHaproxy('show servers state')}\n`);

    const before = await pidOf('haproxy');
    await lab.reloadHaproxy();
    expect(await pidOf('haproxy')).not.toBe(before);
    expect(startTicksOf(before)).toBeUndefined();
    expect([await adminState('us-central1'), await weight('europe-west1')]).toEqual(['8', '100']);

    await lab.kill('haproxy');
    await lab.start('haproxy');
    expect([await adminState('us-central1'), await weight('europe-west1')]).toEqual(['8', '100']);
  }, 60_000);

  it('forgets on reload what nobody wrote to the state file', async () => {
    await lab.askHaproxy('set server items/europe-west1 weight 1');
    await lab.reloadHaproxy();
    expect(await weight('europe-west1')).toBe('100');
  }, 60_000);
});

describe('a part of the lab', () => {
  it('is started alone: Cassandra is neither started nor obtained for the load balancer', async () => {
    const obtained = jest.spyOn(cassandra, 'obtain');
    const part = await openLab({ name: 'part' });
    try {
      expect((await part.up({ only: ['traffic'] })).started).toEqual(['haproxy']);
      expect(obtained).not.toHaveBeenCalled();
      const { targets } = await part.status();
      expect(targets.filter(({ state }) => state === 'ready').map(({ target }) => target)).toEqual(['haproxy']);
      expect(targets.filter(({ state }) => state !== 'ready').every(({ state }) => state === 'stopped')).toBe(true);
      // The estate is the whole one, whatever runs of it.
      const { estate } = mustParseEstate(await readFile(part.estateFile, 'utf8'), part.estateFile);
      expect(Object.keys(estate.cassandra)).toEqual(['main']);
    } finally {
      obtained.mockRestore();
      await part.down({ remove: true });
    }
  }, 60_000);

  it('is obtained alone, into a cache that holds nothing else then', async () => {
    const cache = join(home, 'cache');
    const child = spawn(process.execPath, ['lab/main.ts', 'obtain', '--only', 'traffic'], {
      env: { ...process.env, LIFEBOAT_CACHE: cache },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    const found = await readdir(cache).catch(() => []);
    expect(found.filter((name) => name !== 'locks')).toEqual([]);
  }, 60_000);
});

describe('a second lab', () => {
  it('runs beside the first', async () => {
    const second = await openLab({ name: 'second' });
    try {
      await second.up({ only: LIGHT });
      expect(second.instance.slot).not.toBe(lab.instance.slot);
      const first = await lab.status();
      expect(first.targets.filter((target) => LIGHT.includes(target.target)).map((target) => target.state)).toEqual([
        'ready',
        'ready',
      ]);
      await second.down();
      expect((await stateOf(lab.instance, 'temporal')).kind).toBe('running');
    } finally {
      await second.down({ remove: true });
    }
  }, 120_000);
});
