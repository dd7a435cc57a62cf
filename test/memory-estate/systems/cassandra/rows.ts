/** Write-once rows as Cassandra keeps them over two datacentres, with hints, which are best effort, and full repair. */
import type { Ground } from '../../ground.ts';

export interface MemoryNode {
  readonly cluster: string;
  readonly name: string;
  readonly region: string;
}

export interface Row {
  readonly id: string;
  readonly keyspace: string;
  /** The region whose LOCAL_QUORUM acknowledged it. */
  readonly acknowledgedIn: string;
  readonly at: number;
  /** Whose primary range it lies in, of each region: the repair of any of these covers it. */
  readonly owners: readonly string[];
  /** Regions where it is readable at LOCAL_QUORUM. */
  readonly on: Set<string>;
}

export interface MemoryRepair {
  readonly keyspace: string;
  readonly node: string;
  readonly startedAt: number;
  readonly tookMs: number;
}

export interface CassandraState {
  /** By name. */
  readonly nodes: Map<string, MemoryNode>;
  readonly rows: Row[];
  /** Rows that a region shall get when it answers again; hints are best effort. */
  readonly hints: { readonly row: Row; readonly region: string }[];
  /** Repairs that were finished, by `run/keyspace.node`. */
  readonly repairs: Set<string>;
  /** As the cluster records them itself, each once it succeeded. */
  readonly history: MemoryRepair[];
}

type Seen = Ground & CassandraState;

export interface WriteOptions {
  readonly region: string;
  readonly keyspace: string;
  readonly count: number;
  readonly at: number;
  /** Share of the rows whose copy or hint for another region is lost in a crash that follows, 0 to 1. */
  readonly unreplicated?: number;
}

/** Rows acknowledged at LOCAL_QUORUM in a region. Another region that does not answer gets a hint instead. */
export function writeRows(world: Seen, { region, keyspace, count, at, unreplicated = 0 }: WriteOptions): Row[] {
  return Array.from({ length: count }, () => {
    const row: Row = {
      id: `row-${world.rows.length + 1}`,
      keyspace,
      acknowledgedIn: region,
      at,
      owners: ownersOf(world),
      on: new Set([region]),
    };
    const talks = world.regions.get(region) === 'up';
    for (const [other, state] of world.regions) {
      if (other === region) continue;
      if (world.random.next() < unreplicated) continue;
      if (talks && state === 'up') row.on.add(other);
      else world.hints.push({ row, region: other });
    }
    world.rows.push(row);
    return row;
  });
}

/** One node of each region: the row lies in its primary range there. */
function ownersOf(world: Seen): string[] {
  return [...world.regions.keys()].flatMap((region) => {
    const members = [...world.nodes.values()].filter((node) => node.region === region);
    return members[world.random.int(members.length)]?.name ?? [];
  });
}

/** A full repair of a node's primary ranges: what any replica holds, all hold after it. */
export function repairRows(world: Seen, keyspace: string, node: string): void {
  for (const row of world.rows) {
    if (row.keyspace !== keyspace || !row.owners.includes(node)) continue;
    for (const region of world.regions.keys()) row.on.add(region);
  }
}

/** Rows that were acknowledged and are absent in a region. */
export function absentIn(world: Seen, region: string): Row[] {
  return world.rows.filter(({ on }) => !on.has(region));
}
