/** Failure mode pinned: a process that is gone is taken for one that lives, because its number is used or not yet free. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { isSameProcess, startTicksOf } from '../../../host/process-identity.ts';

it('a process is its number and its start', () => {
  const ticks = startTicksOf(process.pid);
  expect(ticks).toMatch(/^\d+$/);
  expect(isSameProcess(process.pid, ticks ?? '')).toBe(true);
  expect(isSameProcess(process.pid, '1')).toBe(false);
  expect(startTicksOf(2 ** 22 + 1)).toBeUndefined();
});

it('a zombie is gone: it only waits for its parent to hear of it', async () => {
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  const zombie = Number(line);
  while (startTicksOf(zombie) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(process.kill(zombie, 0)).toBe(true);
  const ended = once(parent, 'exit');
  parent.kill('SIGKILL');
  await ended;
});
