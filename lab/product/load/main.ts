/**
 * The load client: writes and reads items through the load balancer, keeps a ledger of every acknowledged write, and
 * answers what became of them. It starts by itself: `node lab/product/load/main.ts --config FILE` with a JSON file as
 * `LoadConfig` in config.ts says, and is ready when `GET /stats` answers. It stands outside of all regions.
 *
 *   config.ts    what it is told             runner.ts    open-loop clock; work.ts one write, one read
 *   ledger.ts    acknowledged writes         request.ts   one HTTP request with its limit
 *   counters.ts  failures, marks             datacentre.ts, compare.ts, proofs.ts  what became of the writes
 *   server.ts    HTTP; questions.ts, api.ts  client.ts    its typed client
 *
 * What must never happen: it goes on writing when its ledger cannot be written; it ends instead.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../../host/config.ts';
import { lineOf } from '../failure.ts';
import { configPath, readSecret } from '../service/config.ts';
import { listen } from '../service/http.ts';
import { LoadConfig } from './config.ts';
import { createCounters } from './counters.ts';
import { openDatacentre } from './datacentre.ts';
import { openLedger } from './ledger.ts';
import { keepAliveAgent } from './request.ts';
import { startRunner } from './runner.ts';
import { createLoadServer, unknownRegion } from './server.ts';

export const LEDGER_FILE = 'ledger.jsonl';
const STOP_LIMIT_MS = 3_000;

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

async function main(): Promise<void> {
  const config = await readConfig(LoadConfig, configPath(process.argv.slice(2)));
  const { username, passwordFile, datacentres } = config.cassandra;
  const password = await readSecret(passwordFile);
  await mkdir(config.folder, { recursive: true });

  const agent = keepAliveAgent();
  const counters = createCounters(Date.now);
  const target = config.target.replace(/\/+$/, '');
  const parts = {
    target,
    inside: config.inside,
    services: Object.fromEntries(Object.entries(config.services).map(([name, url]) => [name, url.replace(/\/+$/, '')])),
    regions: Object.keys(datacentres),
    agent,
    counters,
    async open(region: string) {
      const known = datacentres[region];
      if (known === undefined) throw unknownRegion(region, Object.keys(datacentres));
      const { contactPoints, port, datacentre = region } = known;
      return openDatacentre({ contactPoints, port, datacentre, username, password });
    },
  };

  const ledger = await openLedger(join(config.folder, LEDGER_FILE));
  const { entries, torn } = ledger.recovered;
  log(`ledger: ${entries} acknowledged writes read back${torn ? ', a torn last line cut off' : ''}`);
  const runner = startRunner({ target, rps: config.rps, agent, ledger, counters }, () => {
    console.error('the ledger cannot be written; ending');
    process.exit(1);
  });
  const server = createLoadServer({ ...parts, ledger, runner });
  await listen(server, config.port, config.address);
  log(`listening on ${config.address}:${config.port}, ${config.rps} requests per second to ${target}`);

  async function stop(): Promise<void> {
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    server.close();
    await runner.stop();
    await ledger.close();
    log('stopped');
    process.exit(0);
  }
  const onSignal = () => void stop().catch(() => process.exit(1));
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
}

main().catch((error: unknown) => {
  console.error(lineOf(error));
  process.exit(2);
});
