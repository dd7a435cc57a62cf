/** What a machine lacks for the lab, each with the command that mends it. Changes nothing. */

import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { isThere } from '../host/whole-files.ts';
import { refusalToCut } from './faults/cut.ts';
import { cacheFolder } from './instance.ts';
import { type DebianProgram, findProgram } from './obtain/debian.ts';
import { CHROMIUM, OPENSSL } from './obtain/tools.ts';
import { isRoot } from './processes.ts';
import { SYSTEMS } from './systems/index.ts';

export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'lacks' | 'will-be-installed';
  readonly says: string;
  /** The command that mends it; absent when nothing lacks. */
  readonly mend?: string;
  /** What does not work without it. */
  readonly needed: string;
}

const NEEDED_MEMORY_BYTES = 6 * 1024 ** 3;
const NEEDED_DISK_BYTES = 3 * 1024 ** 3;

/** Every finding, also the good ones. */
export async function examine(): Promise<readonly Finding[]> {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const node: Finding = {
    what: 'node',
    state: major >= 24 ? 'ok' : 'lacks',
    says: process.versions.node,
    needed: 'everything',
    ...(major >= 24 ? {} : { mend: 'npm ci  (it brings Node 24 into node_modules/.bin; then use npm run)' }),
  };
  return [
    platform(),
    node,
    ...SYSTEMS.flatMap((system) => system.programs ?? []).map((needed) => program(needed.program, needed.neededFor)),
    program(CHROMIUM, 'tests of the pages'),
    program(OPENSSL, 'tests of TLS'),
    cutting(),
    await memory(),
    await disk(),
    {
      what: 'processors',
      state: availableParallelism() >= 2 ? 'ok' : 'lacks',
      says: `${availableParallelism()}`,
      needed: 'starting within the times that the lab waits',
    },
  ];
}

function platform(): Finding {
  const fits = process.platform === 'linux' && process.arch === 'x64';
  return {
    what: 'platform',
    state: fits ? 'ok' : 'lacks',
    says: `${process.platform} ${process.arch}`,
    needed: 'Temporal, for which linux x64 is pinned',
    ...(fits ? {} : { mend: 'Use a Linux machine on x64.' }),
  };
}

function program(wanted: DebianProgram, needed: string): Finding {
  const found = findProgram(wanted);
  if (found.ok) return { what: wanted.program, state: 'ok', says: `${found.version} (${found.path})`, needed };
  const byItself = isRoot() && isThere('/usr/bin/apt-get');
  return {
    what: wanted.program,
    state: byItself ? 'will-be-installed' : 'lacks',
    says: found.why,
    mend: found.mend,
    needed,
  };
}

function cutting(): Finding {
  const reason = refusalToCut();
  const needed = 'cut and heal';
  if (reason === undefined) return { what: 'nft as root', state: 'ok', says: 'may cut a region off', needed };
  return { what: 'nft as root', state: 'lacks', says: reason.why, mend: reason.mend, needed };
}

async function memory(): Promise<Finding> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const bytes = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  return {
    what: 'memory',
    state: bytes >= NEEDED_MEMORY_BYTES ? 'ok' : 'lacks',
    says: `${gibibytes(bytes)} available, ${gibibytes(NEEDED_MEMORY_BYTES)} wanted`,
    needed: 'all servers at once',
    ...(bytes >= NEEDED_MEMORY_BYTES ? {} : { mend: 'End other programs, or other labs (`npm run lab -- down`).' }),
  };
}

async function disk(): Promise<Finding> {
  let folder = cacheFolder();
  while (!isThere(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const bytes = bavail * bsize;
  return {
    what: 'disk',
    state: bytes >= NEEDED_DISK_BYTES ? 'ok' : 'lacks',
    says: `${gibibytes(bytes)} free at ${folder}`,
    needed: 'downloads and data',
    ...(bytes >= NEEDED_DISK_BYTES ? {} : { mend: 'Free space, or set LIFEBOAT_CACHE to a folder on another disk.' }),
  };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
