/** What a Cassandra section must keep beside its shape. */

import { type Complaint, entriesOf, isMapping, select, valueAt } from '../file/section.ts';
import { unique, urlIdentity } from '../file/unique.ts';
import { sayName } from '../file/words.ts';

/** With fewer, the region that survives a disaster holds the only copy, and one dead disk loses it. */
const fewestCopies = 2;

/** Queues are named by cluster and node (`<estate>.agent.cassandra.<cluster>.<node>`), without the datacentre. */
export const uniqueNodeNames = unique({
  among: ['cassandra.*.datacentres.*.nodes.#'],
  what: 'node name',
  mend: 'Give every node of a cluster a name of its own.',
  identity: ({ captures: [cluster, , node] }) => `${cluster} ${node}`,
});

/** An agent steers one node: two entries of one address would let two agents write to it (I3). */
export const nodeAddresses = unique({
  among: ['cassandra.*.datacentres.*.nodes.*.address'],
  what: 'address and port',
  mend: 'Give every node its own address.',
  identity: ({ path, value }, root) => {
    const port = valueAt(root, [...path.slice(0, -1), 'port']) ?? 9042;
    return typeof value === 'string' ? `${value.toLowerCase()} ${String(port)}` : undefined;
  },
});

export const controlAddresses = unique({
  among: ['cassandra.*.datacentres.*.nodes.*.control'],
  what: 'address',
  mend: 'Write the address of the Jolokia that runs inside this node.',
  identity: urlIdentity,
});

/** Lifeboat asks for "the datacentre of this cluster in that region", so there is one at most. */
export const oneDatacentrePerRegion = unique({
  among: ['cassandra.*.datacentres.*.region'],
  what: 'region',
  mend: 'Give each datacentre of a cluster a region of its own.',
  identity: ({ captures: [cluster], value }) => (typeof value === 'string' ? `${cluster} ${value}` : undefined),
});

/** Every keyspace is kept in every datacentre of its cluster, at least twice. */
export function copiesEverywhere(root: unknown): readonly Complaint[] {
  return select(root, 'cassandra.*.keyspaces.*.replication').flatMap(({ path, captures: [cluster = ''], value }) => {
    if (!isMapping(value)) return [];
    const known = entriesOf(valueAt(root, ['cassandra', cluster, 'datacentres'])).map(([name]) => name);
    const absent = known.filter((name) => !Object.hasOwn(value, name));
    return [
      ...absent.map((name) => ({
        path,
        on: 'key' as const,
        message: `this keyspace has no copies in the datacentre ${sayName(name)}`,
        mend: `Add it with at least ${fewestCopies} copies, in Cassandra first.`,
      })),
      ...entriesOf(value)
        .filter(([, copies]) => typeof copies === 'number' && copies >= 1 && copies < fewestCopies)
        .map(([name]) => ({
          path: [...path, name],
          on: 'value' as const,
          message: `a datacentre must keep at least ${fewestCopies} copies`,
          mend: 'Raise the replication in Cassandra, repair, then write the new number here.',
        })),
    ];
  });
}

/** Cassandra accepts more copies than nodes, and then no write at LOCAL_QUORUM may ever succeed. */
export function copiesWithinNodes(root: unknown): readonly Complaint[] {
  return select(root, 'cassandra.*.keyspaces.*.replication.*').flatMap(({ path, captures, value }) => {
    const [cluster = '', , datacentre = ''] = captures;
    const nodes = valueAt(root, ['cassandra', cluster, 'datacentres', datacentre, 'nodes']);
    if (!isMapping(nodes) || typeof value !== 'number') return [];
    const count = entriesOf(nodes).length;
    if (value <= count) return [];
    return [
      {
        path,
        on: 'value' as const,
        message: `more copies than the datacentre ${sayName(datacentre)} has nodes, which are ${count}`,
        mend: `Write at most ${count}, or name the nodes that are missing.`,
      },
    ];
  });
}
