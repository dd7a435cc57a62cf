/**
 * The lab's estate file: rendered from the address plan and the public keys into `<root>/estate.yaml`, in the shape of
 * `estate/schema.ts`. No secret enters it; it names them by `file:`.
 */
import { join } from 'node:path';
import { Document, stringify } from 'yaml';
import { readIfThere, writeWhole } from '../host/whole-files.ts';
import type { Instance } from './instance.ts';
import { type AddressPlan, CASSANDRA_PORTS, NODES_PER_REGION, nodesOf, REGIONS, type Region, urlOf } from './places.ts';
import { controlUrl } from './systems/cassandra/jolokia.ts';
import { ensureKeys, type PublicKeys, SECRET_FILES } from './systems/lifeboat/keys.ts';

/** The estate's name, which begins every task queue of the lab. */
export const ESTATE_NAME = 'lab';
export const CASSANDRA_USER = 'lifeboat';
export const CAPACITY_PER_WORKER = 50;
export const WORKERS = 4;
export const SLACK_IDS = {
  team: 'T01LAB',
  app: 'A01LAB',
  channel: 'C01OPS',
  people: { ada: 'U01ADA', ben: 'U01BEN', cho: 'U01CHO', dan: 'U01DAN' },
} as const;
export const PEOPLE_NAMES = { ada: 'Ada', ben: 'Ben', cho: 'Cho', dan: 'Dan' } as const;

const CONTINENTS: Readonly<Record<Region, string>> = { 'us-central1': 'north-america', 'europe-west1': 'europe' };
const HEADER = ` The estate of a Lifeboat lab: two regions of real servers on this machine.
 Written by the lab at every \`up\`; changes here are lost. Paths are relative to this file.`;

export function estatePath(instance: Instance): string {
  return join(instance.root, 'estate.yaml');
}

/** Makes missing keys and writes the estate file, unless it already says the same. */
export async function ensureEstate(instance: Instance): Promise<string> {
  const text = renderEstate(instance.plan, await ensureKeys(instance));
  const path = estatePath(instance);
  if ((await readIfThere(path)) !== text) await writeWhole(path, text);
  return path;
}

/** The estate file's text. */
export function renderEstate(plan: AddressPlan, keys: PublicKeys): string {
  const document = new Document(estateOf(plan, keys));
  document.commentBefore = HEADER;
  return stringify(document, { lineWidth: 0 });
}

function estateOf(plan: AddressPlan, keys: PublicKeys): object {
  const replication = byRegion(() => NODES_PER_REGION);
  return {
    version: 1,
    name: ESTATE_NAME,
    regions: byRegion((region) => ({ continent: CONTINENTS[region], site: 'gcp' })),
    cassandra: {
      main: {
        credentials: { username: CASSANDRA_USER, password: `file:${SECRET_FILES.cassandra}` },
        control: { username: CASSANDRA_USER, password: `file:${SECRET_FILES.jolokia}` },
        datacentres: byRegion((region) => ({ region, nodes: nodesSection(plan, region) })),
        keyspaces: {
          shop: { replication, gcGrace: '10d' },
          lifeboat: { replication: { ...replication }, gcGrace: '10d' },
        },
      },
    },
    services: {
      items: {
        cluster: 'main',
        peak: 200,
        admin: `file:${SECRET_FILES.service}`,
        regions: byRegion((region) => ({
          url: urlOf(plan.services[region]),
          health: '/health',
          admin: '/admin',
          capacityPerWorker: CAPACITY_PER_WORKER,
          workers: WORKERS,
          maxWorkers: 16,
        })),
      },
    },
    traffic: {
      items: { ...trafficSection('lifeboat', 'items'), shares: { 'us-central1': 50, 'europe-west1': 50 } },
      'items-auto': {
        ...trafficSection('automatic', 'items-auto'),
        shares: { 'us-central1': 100, 'europe-west1': 0 },
      },
    },
    canaries: { main: { cluster: 'main', keyspace: 'lifeboat', every: '2s', report: urlOf(plan.canary) } },
    proofs: [
      {
        name: 'item written before the fault reads back',
        url: `${urlOf(plan.load)}/proofs/readable`,
        after: ['failover', 'failback'],
      },
      { name: 'no acknowledged write is lost', url: `${urlOf(plan.load)}/proofs/lost`, after: ['failback'] },
    ],
    people: {
      ada: person('ada', ['operator', 'approver'], keys),
      ben: person('ben', ['operator', 'approver'], keys),
      cho: person('cho', ['approver'], keys),
      // The schema knows no role that only looks; dan may not approve.
      dan: person('dan', ['operator'], keys),
    },
    bots: { slack: { keys: [keys.bot], team: SLACK_IDS.team, app: SLACK_IDS.app } },
    signers: { control: { keys: [keys.control] } },
    approvals: {
      tiers: {
        'one-other-person': { approvals: 1, botSuffices: true, expires: '1h' },
        'two-people': { approvals: 2, personalKeys: 1, botSuffices: false, expires: '1h' },
      },
      minimum: { change: 'one-other-person', destroy: 'two-people' },
      breakGlass: { roles: ['operator'], personalKey: true },
    },
    objectives: { failover: { rto: '5m', rpo: '60s' }, failback: { rto: '1h', rpo: '0s' } },
    holds: {
      step: { every: '1s', for: '3s' },
      commit: { every: '1s', for: '5s' },
      limits: { errorRate: 0.01, latencyMs: 500 },
    },
    slack: { channel: SLACK_IDS.channel },
    temporal: { address: `${plan.temporal.frontend.address}:${plan.temporal.frontend.port}`, namespace: 'default' },
    reports: { location: 'reports' },
  };
}

function nodesSection(plan: AddressPlan, region: Region): object {
  return Object.fromEntries(
    nodesOf(plan, region).map((node) => [
      node.name,
      { address: node.address, port: CASSANDRA_PORTS.native, rack: node.rack, control: controlUrl(node) },
    ]),
  );
}

function trafficSection(rule: 'lifeboat' | 'automatic', backend: string): object {
  return {
    kind: 'haproxy',
    service: 'items',
    rule,
    socket: 'run/haproxy.sock',
    stateFile: 'haproxy/state',
    backend,
    servers: byRegion((region) => region),
  };
}

function person(id: keyof typeof PEOPLE_NAMES, roles: readonly string[], keys: PublicKeys): object {
  return { name: PEOPLE_NAMES[id], roles, slack: SLACK_IDS.people[id], keys: [keys.people[id]] };
}

function byRegion<T>(make: (region: Region) => T): Record<string, T> {
  return Object.fromEntries(REGIONS.map((region) => [region, make(region)]));
}
