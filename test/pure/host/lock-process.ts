/**
 * A process that contends for a lock, for lock.test.ts: `node lock-process.ts hold LOCK` says `held` or `refused` and
 * keeps what it has; `race LOCK LOG TIMES` takes and releases it, each time writing when it was in and out.
 */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '../../../host/lock.ts';

const [doing, path = '', log = '', times = '0'] = process.argv.slice(2);

if (doing === 'hold') {
  const lock = await takeLock(path);
  // A child that outlives its parent must not keep the parent's lock.
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  process.stdout.write(`${lock ? 'held' : 'refused'} ${child.pid}\n`);
  await sleep(60_000);
}

for (let taken = 0; doing === 'race' && taken < Number(times); ) {
  const lock = await takeLock(path);
  if (!lock) continue;
  taken += 1;
  appendFileSync(log, `in ${process.pid}\n`);
  await sleep(taken % 3);
  appendFileSync(log, `out ${process.pid}\n`);
  await lock.release();
}
