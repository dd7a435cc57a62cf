/**
 * What one asks of an estate. Pure; names come from outside and may be anything, so a lookup either returns undefined
 * or refuses with the nearest known name, as each says (I12).
 */
import { own, required } from './lookup.ts';
import type {
  Bot,
  CassandraCluster,
  CassandraDatacentre,
  CassandraNode,
  Estate,
  Person,
  Policy,
  Region,
  Role,
  Service,
  ServiceRegion,
  Signer,
  Tier,
  Traffic,
} from './schema.ts';

export { canaryQueue, cassandraQueue, controlQueue, serviceQueue, trafficQueue } from './queues.ts';

/** In the order of the file. */
export function regionNames(estate: Estate): string[] {
  return Object.keys(estate.regions);
}

/** @throws refusal `unknown-region` */
export function regionOf(estate: Estate, region: string): Region {
  return required(estate.regions, region, 'region');
}

/** All regions but one, in the order of the file. @throws refusal `unknown-region` */
export function otherRegions(estate: Estate, region: string): string[] {
  regionOf(estate, region);
  return regionNames(estate).filter((name) => name !== region);
}

/** @throws refusal `unknown-service` */
export function serviceOf(estate: Estate, service: string): Service {
  return required(estate.services, service, 'service');
}

/** The service in a region, or undefined if it does not run there. @throws refusal `unknown-service` */
export function serviceInRegion(estate: Estate, service: string, region: string): ServiceRegion | undefined {
  return own(serviceOf(estate, service).regions, region);
}

/** The names of the services that run in a region. */
export function servicesIn(estate: Estate, region: string): string[] {
  return Object.keys(estate.services).filter((name) => serviceInRegion(estate, name, region) !== undefined);
}

export interface NamedTraffic {
  readonly name: string;
  readonly traffic: Traffic;
}

/** The entrances for traffic; with a region those that have a server in it. In the order of the file. */
export function trafficOf(estate: Estate, region?: string): NamedTraffic[] {
  return Object.entries(estate.traffic)
    .filter(([, traffic]) => region === undefined || own(traffic.servers, region) !== undefined)
    .map(([name, traffic]) => ({ name, traffic }));
}

/** @throws refusal `unknown-traffic` */
export function trafficNamed(estate: Estate, name: string): Traffic {
  return required(estate.traffic, name, 'traffic');
}

/** @throws refusal `unknown-cassandra-cluster` */
export function clusterOf(estate: Estate, cluster: string): CassandraCluster {
  return required(estate.cassandra, cluster, 'Cassandra cluster');
}

export interface NamedDatacentre extends CassandraDatacentre {
  readonly name: string;
}

/** The cluster's one datacentre in a region, or undefined. */
export function datacentreOf(cluster: CassandraCluster, region: string): NamedDatacentre | undefined {
  const found = Object.entries(cluster.datacentres).find(([, datacentre]) => datacentre.region === region);
  return found === undefined ? undefined : { name: found[0], ...found[1] };
}

export interface NamedNode extends CassandraNode {
  readonly name: string;
  readonly datacentre: string;
  readonly region: string;
}

/** All nodes of a cluster, in the order of the file. @throws refusal `unknown-cassandra-cluster` */
export function nodesOf(estate: Estate, cluster: string): NamedNode[] {
  return Object.entries(clusterOf(estate, cluster).datacentres).flatMap(([datacentre, { region, nodes }]) =>
    Object.entries(nodes).map(([name, node]) => ({ name, datacentre, region, ...node })),
  );
}

/** The cluster's nodes in a region; none where it has no datacentre. @throws refusal `unknown-cassandra-cluster` */
export function nodesInRegion(estate: Estate, cluster: string, region: string): NamedNode[] {
  return nodesOf(estate, cluster).filter((node) => node.region === region);
}

export interface ReplicaSet {
  readonly keyspace: string;
  readonly datacentre: string;
  readonly region: string;
  /** Copies of each row in this datacentre. */
  readonly copies: number;
  /** How many of them LOCAL_QUORUM needs: floor(copies / 2) + 1. */
  readonly quorum: number;
  readonly nodes: readonly NamedNode[];
}

/** How each keyspace is kept in each datacentre of a cluster. @throws refusal `unknown-cassandra-cluster` */
export function replicaSets(estate: Estate, cluster: string): ReplicaSet[] {
  const { keyspaces, datacentres } = clusterOf(estate, cluster);
  const nodes = nodesOf(estate, cluster);
  return Object.entries(keyspaces).flatMap(([keyspace, { replication }]) =>
    Object.entries(replication).map(([datacentre, copies]) => ({
      keyspace,
      datacentre,
      region: required(datacentres, datacentre, 'datacentre').region,
      copies,
      quorum: Math.floor(copies / 2) + 1,
      nodes: nodes.filter((node) => node.datacentre === datacentre),
    })),
  );
}

/**
 * The shortest gc_grace of a cluster's keyspaces in milliseconds: a region that was away for longer may bring deleted
 * rows back, and must be rebuilt. Infinity for a cluster without keyspaces. @throws refusal `unknown-cassandra-cluster`
 */
export function gcGraceMs(estate: Estate, cluster: string): number {
  return Math.min(...Object.values(clusterOf(estate, cluster).keyspaces).map(({ gcGrace }) => gcGrace));
}

export interface NamedPerson {
  /** The short name in the file: `ada`. */
  readonly id: string;
  readonly person: Person;
}

/** @throws refusal `unknown-person` */
export function personOf(estate: Estate, id: string): Person {
  return required(estate.people, id, 'person');
}

/** Whose Slack member id it is. */
export function personBySlack(estate: Estate, slackId: string): NamedPerson | undefined {
  return peopleOf(estate).find(({ person }) => person.slack === slackId);
}

/** Whose public key (`ed25519:…`) it is. A key has one owner: `parseEstate` sees to it. */
export function personByKey(estate: Estate, key: string): NamedPerson | undefined {
  return peopleOf(estate).find(({ person }) => person.keys.includes(key));
}

/** Which bot's public key it is. */
export function botByKey(estate: Estate, key: string): { id: string; bot: Bot } | undefined {
  const found = Object.entries(estate.bots).find(([, bot]) => bot.keys.includes(key));
  return found === undefined ? undefined : { id: found[0], bot: found[1] };
}

/** Which permit signer's public key it is. */
export function signerByKey(estate: Estate, key: string): { id: string; signer: Signer } | undefined {
  const found = Object.entries(estate.signers).find(([, signer]) => signer.keys.includes(key));
  return found === undefined ? undefined : { id: found[0], signer: found[1] };
}

export function hasRole(person: Pick<Person, 'roles'>, role: Role): boolean {
  return person.roles.includes(role);
}

/** Everyone, or everyone with a role; in the order of the file. */
export function peopleOf(estate: Estate, role?: Role): NamedPerson[] {
  return Object.entries(estate.people)
    .map(([id, person]) => ({ id, person }))
    .filter(({ person }) => role === undefined || hasRole(person, role));
}

/** @throws refusal `unknown-policy` */
export function policyNamed(estate: Estate, name: string): Policy {
  return required(estate.policies, name, 'policy');
}

/** @throws refusal `unknown-tier` */
export function tierOf(estate: Estate, name: string): Tier {
  return required(estate.approvals.tiers, name, 'tier');
}

/** The least tier that may guard an effect, by name. */
export function minimumTier(estate: Estate, effect: 'change' | 'destroy'): { name: string; tier: Tier } {
  const name = estate.approvals.minimum[effect];
  return { name, tier: tierOf(estate, name) };
}

/** Whether a tier asks for at least as much as another, in every respect but its expiry. */
export function isAsStrict(tier: Tier, least: Tier): boolean {
  return (
    tier.approvals >= least.approvals &&
    tier.personalKeys >= least.personalKeys &&
    (least.botSuffices || !tier.botSuffices)
  );
}
