/** All downloads at once, before tests begin: a test's own limit is no place for a download. */
import { openInstance } from '../instance.ts';
import { isRoot } from '../processes.ts';
import type { OnProgress } from '../progress.ts';
import { allServers } from '../registry.ts';
import { NFTABLES, obtainFromDebian } from './debian.ts';
import { obtainBrowser, obtainTemporal, obtainTestServer } from './tools.ts';

/** One after the other: they share the network and, where packages are installed, the package manager's lock. */
export async function obtainEverything(onProgress: OnProgress): Promise<void> {
  await obtainTemporal(onProgress);
  await obtainTestServer(onProgress);
  await obtainBrowser(onProgress);
  if (isRoot()) await obtainFromDebian(NFTABLES, onProgress);
  for (const server of allServers(await openInstance('default'))) await server.obtain(onProgress);
}
