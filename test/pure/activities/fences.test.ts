/** Failure modes pinned: a late call is let through after a newer one; a mark is forgotten, or owned by two (I3). */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { memoryMarks, openMarks } from '../../../activities/fencing/marks.ts';
import { createMutex } from '../../../activities/fencing/mutex.ts';
import { compareFences, type Fence } from '../../../kernel/authority/fence.ts';

const fence = (epoch: number, seq: number, attempt = 1, scope = 'gcp/traffic/items'): Fence => ({
  scope,
  epoch,
  seq,
  try: attempt,
});

describe('fences', () => {
  it('are ordered by epoch, then seq, then try, and by nothing else', () => {
    const small = fc.nat(3);
    const any = fc.tuple(small, small, small).map(([epoch, seq, attempt]) => fence(epoch, seq, attempt));
    fc.assert(
      fc.property(any, any, (a, b) => {
        const number = (one: Fence): number => one.epoch * 100 + one.seq * 10 + one.try;
        expect(Math.sign(compareFences(a, b))).toBe(Math.sign(number(a) - number(b)));
      }),
    );
  });
});

describe('marks in files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marks-'));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it('let the same and newer calls through, and refuse older ones, each scope by itself', async () => {
    for (const marks of [memoryMarks(), await openMarks(folder)]) {
      await marks.raise(fence(5, 2, 1));
      await marks.raise(fence(5, 2, 1));
      await marks.raise(fence(5, 2, 2));
      await expect(marks.raise(fence(5, 2, 1))).rejects.toMatchObject({ type: 'fenced-off', retryable: false });
      await expect(marks.raise(fence(5, 1, 9))).rejects.toMatchObject({ type: 'fenced-off' });
      await expect(marks.raise(fence(4, 9, 9))).rejects.toMatchObject({ type: 'fenced-off' });
      await marks.raise(fence(1, 1, 1, 'gcp/traffic/other'));
      await marks.raise(fence(6, 0, 1));
      await marks.close();
    }
  });

  it('survive their process', async () => {
    const before = await openMarks(folder);
    await before.raise(fence(5, 2));
    await before.close();
    const after = await openMarks(folder);
    await expect(after.raise(fence(5, 1))).rejects.toMatchObject({ type: 'fenced-off' });
    await after.close();
  });

  it('have one owner while it lives, whatever its lock file says', async () => {
    const marks = await openMarks(folder);
    await expect(openMarks(folder)).rejects.toMatchObject({ type: 'marks-locked', retryable: true });
    const lock = join(folder, 'lock');
    const held: { pid: number } = JSON.parse(await readFile(lock, 'utf8'));
    expect(held.pid).toBe(process.pid);
    // Not written yet; torn; of a process that is not seen from here.
    for (const text of ['', '{"pi', JSON.stringify({ pid: 2 ** 22 + 1, start: '1' })]) {
      await writeFile(lock, text);
      await expect(openMarks(folder)).rejects.toMatchObject({ type: 'marks-locked' });
    }
    await marks.close();
    const next = await openMarks(folder);
    await next.close();
  });

  it('are not raised by an owner whose folder was removed, made anew, or given up', async () => {
    const marks = await openMarks(folder);
    await marks.raise(fence(5, 1));
    await rm(folder, { recursive: true });
    await expect(marks.raise(fence(5, 2))).rejects.toMatchObject({ type: 'marks-lost', retryable: false });
    const rival = await openMarks(folder);
    await expect(marks.raise(fence(5, 3))).rejects.toMatchObject({ type: 'marks-lost' });
    await rival.raise(fence(6, 1));
    await rival.close();
    await expect(rival.raise(fence(6, 2))).rejects.toMatchObject({ type: 'marks-lost' });
    await marks.close();
  });

  it('pass to the next owner when the last was killed and left its lock file', async () => {
    for (const left of ['', JSON.stringify({ pid: process.pid, start: 'another start' })]) {
      await writeFile(join(folder, 'lock'), left);
      const marks = await openMarks(folder);
      await marks.close();
    }
  });

  const path = (): string => join(folder, `${encodeURIComponent('gcp/traffic/items')}.mark`);

  it('are refused when they cannot be read, or belong to another scope, rather than forgotten', async () => {
    await writeFile(path(), '{"epoch":"?"}');
    const marks = await openMarks(folder);
    await expect(marks.raise(fence(1, 1))).rejects.toMatchObject({ type: 'bad-mark' });
    await marks.raise(fence(7, 1, 1, 'gcp/traffic/other'));
    await copyFile(join(folder, `${encodeURIComponent('gcp/traffic/other')}.mark`), path());
    await expect(marks.raise(fence(1, 1))).rejects.toMatchObject({ type: 'bad-mark' });
    await marks.close();
  });

  it('stand at the newest whole one wherever a crash tore the file', async () => {
    const before = await openMarks(folder);
    for (const seq of [1, 2, 3, 4]) await before.raise(fence(5, seq));
    await before.close();
    const whole = await readFile(path());
    expect(whole).toHaveLength(1_024);
    for (const slot of [0, 1]) {
      for (const torn of [1, 17, 40, 60]) {
        const bytes = Buffer.from(whole);
        bytes.fill(0, slot * 512 + torn, (slot + 1) * 512);
        await writeFile(path(), bytes);
        const marks = await openMarks(folder);
        // Slots are written in turn: the first holds 1 and 3, the second 2 and 4.
        const newest = slot === 0 ? 4 : 3;
        await expect(marks.raise(fence(5, newest - 1))).rejects.toMatchObject({ type: 'fenced-off' });
        await marks.raise(fence(5, newest));
        await marks.raise(fence(5, 9));
        await marks.close();
        const next = await openMarks(folder);
        await expect(next.raise(fence(5, 8))).rejects.toMatchObject({ type: 'fenced-off' });
        await next.close();
      }
    }
  });
});

describe('the lock of a scope', () => {
  it('is kept until the work has settled, also by a failure, and holds up no other scope', async () => {
    const mutex = createMutex();
    const order: string[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = mutex.run('a', async () => {
      await gate;
      order.push('first');
      throw new Error('unknown outcome');
    });
    const second = mutex.run('a', async () => {
      order.push('second');
    });
    await mutex.run('b', async () => {
      order.push('other');
    });
    release();
    await expect(first).rejects.toThrow('unknown outcome');
    await second;
    expect(order).toEqual(['other', 'first', 'second']);
  });
});
