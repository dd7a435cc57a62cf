/**
 * Programs that the distribution carries, as version ranges, installed by apt-get where they are missing.
 *
 * Must never happen: a server that the package starts by itself, on the machine's own ports. While apt-get runs,
 * `/usr/sbin/policy-rc.d` forbids it; what stood there before is put back in every case.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isThere } from '../../host/whole-files.ts';
import { refusal } from '../../kernel/errors.ts';
import { run } from '../commands.ts';
import { cacheFolder } from '../instance.ts';
import { withLock } from '../lock.ts';
import { isRoot } from '../processes.ts';
import type { OnProgress } from '../progress.ts';

export interface DebianProgram {
  readonly package: string;
  readonly program: string;
  readonly versionArgs: readonly string[];
  /** At least this, and below that. */
  readonly from: readonly [number, number];
  readonly below: readonly [number, number];
  /** Folders to look into before PATH: of several versions the distribution links one only. */
  folders?(): readonly string[];
}

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_ASIDE = `${POLICY}.lifeboat-aside`;
const POLICY_TEXT = '#!/bin/sh\n# Lifeboat lab: installed packages must not start their services.\nexit 101\n';

export type Found = { readonly ok: true; readonly path: string; readonly version: string } | NotFound;
export interface NotFound {
  readonly ok: false;
  readonly why: string;
  readonly mend: string;
}

/** Looks for the program in PATH and the system's folders, and at its version. */
export function findProgram(wanted: DebianProgram): Found {
  const mend = `apt-get install -y ${wanted.package}`;
  let why = `${wanted.program} is not installed`;
  for (const path of candidates(wanted)) {
    if (!isThere(path)) continue;
    const answer = spawnSync(path, wanted.versionArgs, { encoding: 'utf8', timeout: 20_000 });
    const found = /(\d+)\.(\d+)[\w.+~-]*/.exec(`${answer.stdout}\n${answer.stderr}`);
    if (found === null) {
      why = `${path} tells no version`;
      continue;
    }
    const version: [number, number] = [Number(found[1]), Number(found[2])];
    if (compare(version, wanted.from) >= 0 && compare(version, wanted.below) < 0) {
      return { ok: true, path, version: found[0] };
    }
    why = `${path} is ${found[0]}, outside of ${wanted.from.join('.')} up to below ${wanted.below.join('.')}`;
  }
  return { ok: false, why, mend };
}

/** The program's path, installing its package when it is missing and we may. Throws `lab-missing-program`. */
export async function obtainFromDebian(wanted: DebianProgram, onProgress: OnProgress): Promise<string> {
  const found = findProgram(wanted);
  if (found.ok) return found.path;
  if (!isRoot() || !isThere('/usr/bin/apt-get')) {
    throw refusal('lab-missing-program', found.why, wanted.program, `Run \`${found.mend}\` as root, then this again.`);
  }
  await withLock(join(cacheFolder(), 'locks', 'apt'), { timeoutMs: 15 * 60_000 }, () => install(wanted, onProgress));
  const installed = findProgram(wanted);
  if (installed.ok) return installed.path;
  throw refusal('lab-missing-program', installed.why, wanted.program, `Install ${wanted.package} by hand.`);
}

async function install(wanted: DebianProgram, onProgress: OnProgress): Promise<void> {
  const tell = (line: string): void => {
    const status = /^(?:dlstatus|pmstatus):[^:]*:([\d.]+):(.*)$/.exec(line);
    const percent = Math.floor(Number(status?.[1] ?? 0));
    if (status === null) return;
    onProgress({
      subject: `${wanted.package} (Debian)`,
      phase: 'obtain',
      text: `${percent} % · ${status[2]}`,
      percent,
    });
  };
  onProgress({ subject: `${wanted.package} (Debian)`, phase: 'obtain', text: 'apt-get' });
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const mend = `Run \`apt-get install -y ${wanted.package}\` by hand and see what it says.`;
  await guardServices(async () => {
    await run('apt-get', ['update', '-q'], { environment, mend });
    const args = ['install', '-y', '-q', '--no-install-recommends', '-o', 'APT::Status-Fd=1', wanted.package];
    await run('apt-get', args, { environment, mend, onLine: tell });
  });
}

/** What an interrupted guard left is known by its text, and put right by the next one. */
async function guardServices(work: () => Promise<void>): Promise<void> {
  if (isThere(POLICY) && readFileSync(POLICY, 'utf8') !== POLICY_TEXT) renameSync(POLICY, POLICY_ASIDE);
  writeFileSync(POLICY, POLICY_TEXT);
  chmodSync(POLICY, 0o755);
  const interrupted = (): void => {
    restorePolicy();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    await work();
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    restorePolicy();
  }
}

function restorePolicy(): void {
  if (isThere(POLICY_ASIDE)) renameSync(POLICY_ASIDE, POLICY);
  else rmSync(POLICY, { force: true });
}

function candidates(wanted: DebianProgram): string[] {
  const folders = [...(wanted.folders?.() ?? []), ...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  const paths = folders.filter((folder) => folder !== '').map((folder) => join(folder, wanted.program));
  return [...new Set(paths)];
}

function compare(left: readonly [number, number], right: readonly [number, number]): number {
  return left[0] === right[0] ? left[1] - right[1] : left[0] - right[0];
}
