/** `lab`: time and memory to a ready lab, from an empty cache and cached. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLab } from '../lab/lab.ts';
import { run } from '../scripts/steps.ts';
import { atMost, type Figure } from './figures.ts';

const NAME = 'bench';
const GIB = 1_024 ** 3;

export async function measure(say: (line: string) => void): Promise<Figure[]> {
  const cache = await mkdtemp(join(tmpdir(), 'lifeboat-cache-'));
  try {
    say('from an empty cache (what Maven itself has cached is not emptied)');
    const empty = await timedUp({ LIFEBOAT_CACHE: cache });
    await remove();
    say('cached');
    const cached = await timedUp({ LIFEBOAT_CACHE: cache });
    const { memoryBytes } = await (await openLab({ name: NAME })).status();
    return [
      atMost('ready, from an empty cache', empty, 300, 's'),
      atMost('ready, cached', cached, 45, 's'),
      atMost('memory (proportional)', memoryBytes / GIB, 6, 'GiB'),
    ];
  } finally {
    await remove();
    await rm(cache, { recursive: true, force: true });
  }
}

async function timedUp(environment: { readonly [name: string]: string }): Promise<number> {
  const startedAt = Date.now();
  Object.assign(process.env, environment);
  const code = await run({ command: process.execPath, args: ['lab/main.ts', 'up', '--name', NAME] });
  if (code !== 0) throw new Error(`lab up ended with ${code}`);
  return (Date.now() - startedAt) / 1_000;
}

async function remove(): Promise<void> {
  await (await openLab({ name: NAME })).down({ remove: true });
}
