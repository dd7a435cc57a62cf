/**
 * Failure modes pinned: two holders at once, by a lock file that its holder has not written yet, by one that names a
 * process which cannot be seen, or by one that was removed; a lock that outlives its holder (I3).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeLock, writtenHolder } from '../../../host/lock.ts';
import { withLock } from '../../../lab/lock.ts';

const PROCESS = new URL('lock-process.ts', import.meta.url).pathname;

let folder: string;
let path: string;
let started: ChildProcess[];
let orphans: number[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-lock-'));
  path = join(folder, 'lock');
  started = [];
  orphans = [];
});
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  for (const pid of orphans) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function run(command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
  });
  started.push(child);
  return child;
}

/** What the process says first, without the id of its child, which it keeps beside it. */
async function firstWord(child: ChildProcess, ownIds = true): Promise<string | undefined> {
  if (child.stdout === null) throw new TypeError('it is a pipe');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const [word, orphan] = line.split(' ');
  if (ownIds) orphans.push(Number(orphan));
  return word;
}

describe('a lock', () => {
  it('has one holder, in this process too, and is free when it is released', async () => {
    const first = await takeLock(path);
    expect(await takeLock(path)).toBeUndefined();
    expect(await writtenHolder(path)).toBe(process.pid);
    await first?.release();
    expect(await writtenHolder(path)).toBeUndefined();
    const second = await takeLock(path);
    expect(second).toBeDefined();
    // Released twice by its first holder, it stays the second one's.
    await first?.release();
    expect(await takeLock(path)).toBeUndefined();
    await second?.release();
  });

  it('is never held by two processes that race for it', async () => {
    const log = join(folder, 'log');
    const racers = [1, 2].map(() => run(process.execPath, PROCESS, 'race', path, log, '100'));
    await Promise.all(racers.map((racer) => once(racer, 'exit')));
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(400);
    for (let at = 0; at < lines.length; at += 2) {
      expect([lines[at], lines[at + 1]]).toEqual([expect.stringMatching(/^in /), lines[at]?.replace('in', 'out')]);
    }
  }, 30_000);

  it('is refused to a rival while its file is empty: its holder may not have written it yet', async () => {
    const lock = await takeLock(path);
    await truncate(path);
    expect(await takeLock(path)).toBeUndefined();
    await lock?.release();
  });

  it('is free whatever an ended process left in its file', async () => {
    for (const left of ['', '{"pid":1}', '{"pi', JSON.stringify({ pid: process.pid })]) {
      await writeFile(path, left);
      const lock = await takeLock(path);
      expect(lock).toBeDefined();
      await lock?.release();
    }
  });

  it('is free at once when its holder was killed, though a child of that one lives on', async () => {
    const holder = run(process.execPath, PROCESS, 'hold', path);
    expect(await firstWord(holder)).toBe('held');
    expect(await takeLock(path)).toBeUndefined();
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    const lock = await takeLock(path);
    expect(lock).toBeDefined();
    expect(process.kill(orphans[0] ?? 0, 0)).toBe(true);
    await lock?.release();
  });

  it('is refused where the file names a process that is not there, as one of another container is', async () => {
    const lock = await takeLock(path);
    await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1 }));
    expect(await takeLock(path)).toBeUndefined();
    await lock?.release();
  });

  it('holds against a process in another process namespace', async () => {
    const namespaced = ['--pid', '--fork', '--mount-proc', '--kill-child'];
    const allowed = run('unshare', ...namespaced, 'true');
    const outcome = await Promise.race([once(allowed, 'exit').then(([code]) => code), once(allowed, 'error')]);
    // Where namespaces may not be made, the test above stands for it.
    if (outcome !== 0) return;
    const lock = await takeLock(path);
    const rival = run('unshare', ...namespaced, process.execPath, PROCESS, 'hold', path);
    expect(await firstWord(rival, false)).toBe('refused');
    await lock?.release();
    const next = run('unshare', ...namespaced, process.execPath, PROCESS, 'hold', path);
    expect(await firstWord(next, false)).toBe('held');
    expect(await writtenHolder(path)).toBe(1);
    expect(await takeLock(path)).toBeUndefined();
    const ended = once(next, 'exit');
    next.kill('SIGKILL');
    await ended;
    expect(await withLock(path, { timeoutMs: 5_000 }, async () => 'mine')).toBe('mine');
  }, 30_000);

  it('is on the file that the path leads to: a holder of a removed one is not the holder', async () => {
    const before = await takeLock(path);
    await rm(path);
    const after = await takeLock(path);
    expect(after).toBeDefined();
    await before?.release();
    expect(await takeLock(path)).toBeUndefined();
    await after?.release();
  });
});

describe("the lab's waiting for a lock", () => {
  it('tells once who holds it, waits, and goes on when it is free', async () => {
    const lock = await takeLock(path);
    const told: number[] = [];
    const work = withLock(path, { timeoutMs: 5_000, onWait: (pid) => told.push(pid) }, async () => 'done');
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(told).toEqual([process.pid]);
    await lock?.release();
    expect(await work).toBe('done');
    await expect(withLock(path, { timeoutMs: 0 }, () => Promise.reject(new TypeError('failed')))).rejects.toThrow(
      'failed',
    );
    expect(await withLock(path, { timeoutMs: 0 }, async () => 'free again')).toBe('free again');
  });

  it('ends at its limit', async () => {
    const lock = await takeLock(path);
    await expect(withLock(path, { timeoutMs: 0 }, async () => undefined)).rejects.toMatchObject({
      type: 'lab-locked',
      message: `process ${process.pid} holds ${path}`,
      retryable: true,
    });
    await lock?.release();
  });
});
