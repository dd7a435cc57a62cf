/**
 * The canary writer: small writes through every coordinator, whose acknowledged sequence is kept outside the regions.
 *
 *   identities.ts  which canaries there are     outages.ts      when a region or node was away; remembered.ts all of it
 *   writer.ts      each at its time             sightings.ts    of all regions and nodes; outage-file.ts keeps it
 *   report.ts      GET /state                   book.ts         what was acknowledged; thinning.ts what of it is kept
 *   ../../activities/canaries/                  the steps that ask its port
 *
 * It is the only witness of the fault's time and of what was acknowledged, so it stands outside of every region, holds
 * no other role, and keeps what it saw in its folder.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CanaryPort } from '../../activities/canaries/port.ts';
import { readFirstRepair, readWholeRepair } from '../../activities/cassandra/history.ts';
import { openPinnedClient, type PinnedClient } from '../../activities/cassandra/pinned-client.ts';
import { createCqlSessions } from '../../activities/cassandra/sessions.ts';
import { canaryNamed } from '../../estate/canaries/questions.ts';
import { clusterOf, nodesOf } from '../../estate/cassandra/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import type { Secrets } from '../../host/secrets.ts';
import { passing } from '../../kernel/errors.ts';
import { openBook } from './book.ts';
import { chooseIdentities, type Identity, nodeOf } from './identities.ts';
import { readOutages, writeOutages } from './outage-file.ts';
import { startReport } from './report.ts';
import { createSightings } from './sightings.ts';
import { startWriter, type Writer } from './writer.ts';

export interface CanaryOptions {
  readonly estate: Estate;
  /** The canary's name in the estate file. */
  readonly name: string;
  /** Where it keeps what it saw; its own. */
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  /** For the cluster's own account for queries. */
  readonly secrets: Secrets;
  readonly clock: () => number;
  readonly log?: (line: string) => void;
}

export interface RunningCanary {
  /** What the steps of canaries ask. */
  readonly port: CanaryPort;
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 1_500;
/** Connecting takes a moment; a region is not called away because this process has just started. */
const START_GRACE_MS = 5_000;
/** A canary is looked for within hours of its write. */
const TTL_SECONDS = 86_400;
const AGE_AGAIN_MS = 1_000;
/**
 * When a canary's table was made (or last altered): no canary of this estate can have watched before. In microseconds, as all
 * of Cassandra's write times.
 */
const SELECT_MADE =
  "SELECT writetime(gc_grace_seconds) AS made FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'canary'";
/** Cassandra keeps its record of repairs for 30 days; what it covers must be seen by then. */
const FORGET_EVERY_MS = 3_600_000;

/**
 * Starts writing as soon as one node answers, and answers questions at once.
 * @throws LifeboatError `unknown-canary`, what secrets throw; the bind's error when the address is taken (then another canary runs)
 */
export async function startCanary(options: CanaryOptions): Promise<RunningCanary> {
  const { estate, name, clock, log = () => undefined } = options;
  const canary = canaryNamed(estate, name);
  const { username, password: reference } = clusterOf(estate, canary.cluster).credentials;
  const password = await options.secrets.resolve(reference);
  const places = nodesOf(estate, canary.cluster).map((one) => ({ ...one, node: one.name }));
  const regions = [...new Set(places.map(({ region }) => region))];
  const outageFile = join(options.folder, 'outages.json');
  const kept = await readOutages(outageFile);
  const book = openBook(options.folder);
  const nodesIn = (region: string): string[] => places.filter((one) => one.region === region).map(({ node }) => node);
  const startedAt = clock();
  const lastAcks = new Map<string, number>();
  for (const id of book.ids()) {
    const at = Math.max(...book.acks(id).map((one) => one.at));
    lastAcks.set(nodeOf(id), Math.max(at, lastAcks.get(nodeOf(id)) ?? at));
  }
  const sightings = createSightings({
    nodes: Object.fromEntries(regions.map((region) => [region, nodesIn(region)])),
    kept,
    lastAckOf: (node) => lastAcks.get(node) ?? null,
    startedAt,
  });
  if (kept === null) log('what was seen of outages cannot be read: it counts as not watched until all is repaired');
  let identities: readonly Identity[] = [];
  let writer: Writer | undefined;
  let stopping = false;
  let learning: Promise<void> | undefined;
  let storing: Promise<void> = Promise.resolve();

  // Listens first: the address is the lock that keeps two canaries from writing into one folder.
  const server = await startReport({ address: options.address, port: options.port, state });
  const clients = new Map(
    places.map((place) => [
      place.node,
      openPinnedClient({ ...place, username, password, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
    ]),
  );
  const insert = `INSERT INTO ${canary.keyspace}.canary (id, seq, at) VALUES (?, ?, ?) USING TTL ${TTL_SECONDS}`;
  const select = `SELECT seq FROM ${canary.keyspace}.canary WHERE id = ? AND seq IN ?`;
  // Apart from those that write: reading the record of repairs takes longer than a canary may.
  const cql = createCqlSessions({ estate, secrets: options.secrets });
  const ended = new AbortController();

  function clientOf(node: string): PinnedClient {
    const client = clients.get(node);
    if (client) return client;
    throw passing(
      'canary-no-coordinator',
      `There is no coordinator ${node}.`,
      node,
      'Restart the canary with the present estate file.',
    );
  }

  /** Writes the next number of a canary; the acknowledged number, or undefined. Never rejects. */
  async function put({ id, node, region }: Identity): Promise<number | undefined> {
    const beganAt = clock();
    const seq = book.next(id, beganAt);
    let acknowledged = true;
    try {
      await clientOf(node).execute(insert, [id, BigInt(seq), new Date(beganAt)], 'localQuorum');
      book.acknowledge(id, { seq, at: beganAt });
    } catch {
      acknowledged = false;
    }
    const before = sightings.watchOf(region)?.outage();
    if (sightings.observe(region, { coordinator: node, acknowledged, beganAt, endedAt: clock() })) store();
    const outage = sightings.watchOf(region)?.outage();
    if (outage !== before) log(`${region}: ${outage?.answeredAgainAt == null ? 'does not answer' : 'answers again'}`);
    return acknowledged ? seq : undefined;
  }

  function store(): void {
    const all = sightings.kept();
    storing = storing.then(() => writeOutages(outageFile, all)).catch(() => log('the outages cannot be stored'));
  }

  /** Asks one connected node after the other. */
  async function askAny<T>(ask: (client: PinnedClient) => Promise<T>): Promise<T> {
    let last: unknown = passing(
      'canary-no-coordinator',
      `No node of ${canary.cluster} can be asked.`,
      canary.cluster,
      'Bring its nodes up.',
    );
    for (const { node } of places) {
      if (!clientOf(node).connected()) continue;
      try {
        return await ask(await cql.at(canary.cluster, node, ended.signal));
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  const keyspaces = Object.keys(clusterOf(estate, canary.cluster).keyspaces);
  // An outage of a region is one of every cluster in it: where one has no canary, only the planner can see all repairs.
  const mayForget = Object.keys(estate.cassandra).every((cluster) =>
    Object.values(estate.canaries).some((one) => one.cluster === cluster),
  );

  async function forget(): Promise<void> {
    const found = await askAny((client) => Promise.all(keyspaces.map((name) => readWholeRepair(client, name))));
    const since = found.map((one) => one?.since ?? Number.NEGATIVE_INFINITY);
    if (sightings.forget(Math.min(...since))) store();
  }
  const forgetting = mayForget
    ? setInterval(() => void forget().catch(() => log('the record of repairs cannot be read')), FORGET_EVERY_MS)
    : undefined;

  async function present(region: string, id: string, seqs: readonly number[]): Promise<number[]> {
    let last: unknown = passing(
      'canary-no-coordinator',
      `No node of ${region} can be asked.`,
      region,
      'Bring its nodes up.',
    );
    // Those that never connected fail at once; the others answer for their own datacentre only.
    for (const node of nodesIn(region)) {
      try {
        const rows = await clientOf(node).execute(select, [id, seqs.map(BigInt)], 'localQuorum');
        return rows.map((row) => Number(row.get('seq')));
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  const port: CanaryPort = {
    regions,
    outage: (region) => sightings.reading(region, clock()),
    acknowledged: (region) =>
      book
        .ids()
        .filter((id) => nodesIn(region).includes(nodeOf(id)))
        .map((id) => ({ id, acks: book.acks(id) })),
    present,
    async firstRepair(since) {
      const found = await askAny((client) =>
        Promise.all(keyspaces.map((keyspace) => readFirstRepair(client, keyspace, since))),
      );
      const times = found.filter((at) => at !== null);
      return times.length === 0 ? null : Math.min(...times);
    },
    coordinators: (region) =>
      identities.length === 0
        ? []
        : nodesIn(region).map((node) => ({
            node,
            ids: identities.filter((one) => one.node === node).map(({ id }) => id),
          })),
    async writeAndRead(id) {
      const identity = identities.find((one) => one.id === id);
      const seq = identity && (await put(identity));
      if (!identity || seq === undefined) return false;
      const rows = await clientOf(identity.node).execute(select, [id, [BigInt(seq)]], 'localQuorum');
      return rows.length === 1;
    },
  };

  function state(): object {
    return {
      name,
      startedAt,
      every: canary.every,
      canaries: identities.length,
      regions: Object.fromEntries(
        regions.map((region) => {
          const watch = sightings.watchOf(region);
          const { remembered, unwatched } = sightings.reading(region, clock());
          return [
            region,
            {
              coordinators: nodesIn(region),
              outage: watch?.outage() ?? null,
              remembered,
              unwatched,
              lastAckAt: watch?.lastAckAt() ?? null,
              failing: Object.fromEntries(watch?.failing() ?? []),
            },
          ];
        }),
      ),
    };
  }

  /** Tried until it is known: until then the time before this start counts as not watched. */
  async function learnAge(client: PinnedClient): Promise<void> {
    while (sightings.isNew() && !stopping) {
      try {
        const [row] = await client.execute(SELECT_MADE, [canary.keyspace], 'localOne');
        if (row && sightings.madeAt(Number(row.get('made')) / 1_000)) store();
        return;
      } catch {
        await sleep(AGE_AGAIN_MS, undefined, { signal: ended.signal }).catch(() => undefined);
      }
    }
  }

  async function begin(): Promise<void> {
    const any = await anyReady([...clients.values()], () => stopping);
    if (any === undefined) return;
    await Promise.allSettled([...clients.values()].map((client) => client.ready(START_GRACE_MS)));
    if (stopping) return;
    learning = learnAge(any).catch(() => undefined);
    identities = chooseIdentities(places, (id) => any.replicasOf(canary.keyspace, Buffer.from(id, 'utf8')) ?? []);
    log(`writing ${identities.length} canaries every ${canary.every} ms`);
    writer = startWriter(identities, canary.every, async (identity) => void (await put(identity)));
  }
  const begun = begin().catch(() => log('the canaries cannot be chosen'));

  return {
    port,
    async stop() {
      stopping = true;
      clearInterval(forgetting);
      ended.abort();
      server.close();
      server.closeAllConnections();
      await begun;
      await learning;
      await writer?.stop();
      await storing;
      await cql.close();
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

/** The first client that is connected; undefined when it is stopped before one is. */
async function anyReady(clients: readonly PinnedClient[], stopped: () => boolean): Promise<PinnedClient | undefined> {
  while (!stopped()) {
    try {
      return await Promise.any(clients.map((client) => client.ready(1_000).then(() => client)));
    } catch {
      // Nobody yet.
    }
  }
  return undefined;
}
