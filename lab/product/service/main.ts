/**
 * The product's service in one region: items by UUID. It starts by itself: `node lab/product/service/main.ts --config FILE`
 * with a JSON file as `ServiceConfig` in config.ts says, and is ready when `GET /health` answers 200. It wants a Cassandra
 * with the table `shop.items`, and serves on when that goes away.
 *
 *   config.ts     what it is told          marker.ts    whether it may serve, across restarts
 *   server.ts     HTTP                     capacity.ts  how much it can take; workers.ts keeps the count
 *   items.ts      rows in Cassandra        health.ts    what it says about itself
 *   cassandra.ts  how it connects          durable.ts, http.ts  helpers, also of ../load;  ../failure.ts  errors
 *
 * This file owns the order of start and stop. What must never happen: the marker is touched before the port is bound
 * (a second start would take it from the running one), or given back while a request may still be answered.
 */
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { readConfig } from '../../../host/config.ts';
import { lineOf } from '../failure.ts';
import { createCapacity, createRateMeter } from './capacity.ts';
import { configPath, readSecret, ServiceConfig } from './config.ts';
import { startProber } from './health.ts';
import { listen, listenInside } from './http.ts';
import { openItems } from './items.ts';
import { openMarker } from './marker.ts';
import { createService } from './server.ts';
import { readWorkers, writeWorkers } from './workers.ts';

/** With the store's and the marker's share the stop stays within two seconds. */
const DRAIN_LIMIT_MS = 1_500;
const STOP_LIMIT_MS = 1_950;

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

async function main(): Promise<void> {
  const config = await readConfig(ServiceConfig, configPath(process.argv.slice(2)));
  const token = await readSecret(config.tokenFile);
  const password = await readSecret(config.cassandra.passwordFile);
  await mkdir(config.folder, { recursive: true });
  const { passwordFile: _, ...cassandra } = config.cassandra;
  const nowMs = () => performance.now();

  const workers = await readWorkers(config.folder, config.workers, config.maxWorkers);
  const marker = openMarker(config.folder);
  const items = openItems({ ...cassandra, password, requestTimeoutMs: 1_500 }, config.region, log);
  const prober = startProber(items, nowMs);
  const server = createService({
    region: config.region,
    capacityPerWorker: config.capacityPerWorker,
    maxWorkers: config.maxWorkers,
    token,
    marker,
    items,
    capacity: createCapacity(workers, config.capacityPerWorker, nowMs),
    arrivals: createRateMeter(nowMs),
    storeVerdict: prober.verdict,
    keepWorkers: (count) => writeWorkers(config.folder, count),
    log,
  });

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    log('stopping');
    // An unclean end keeps the marker `serving`: rather not admitted than a stop that hangs.
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    await drain(server);
    await marker.stop();
    log('stopped');
    await Promise.all([prober.stop(), items.close()]);
    process.exit(0);
  }

  await listen(server, config.port, config.address);
  if (config.insideSocket !== undefined) await listenInside(server, config.insideSocket);
  const onSignal = () => void stop().catch(() => process.exit(1));
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const admission = await marker.start();
  log(`listening on ${config.address}:${config.port}, ${admission.admitted ? 'admitted' : admission.why}`);
}

/** Takes no new connections, lets running requests end, then closes what is left. */
async function drain(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A request that began before the line above leaves its connection open when it ends.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const limit = setTimeout(() => server.closeAllConnections(), DRAIN_LIMIT_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
}

main().catch((error: unknown) => {
  console.error(lineOf(error));
  process.exit(2);
});
