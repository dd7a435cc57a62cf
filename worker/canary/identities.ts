/**
 * Which canaries there are: for every coordinator one per class of token ranges, found by trying names.
 *
 * A class is all ranges with the same replicas, in the same order, in the coordinator's own datacentre: what is lost with
 * a region depends on the coordinator and on the replicas, not on the range. The narrowest ranges (a hundred tokens of
 * 2^64) could not be met by trying anyway. In a large cluster the classes of a coordinator are bounded.
 */
import type { Replica } from '../../activities/cassandra/pinned-client.ts';

export interface Coordinator {
  readonly node: string;
  readonly datacentre: string;
  readonly region: string;
}

export interface Identity {
  readonly id: string;
  readonly node: string;
  readonly region: string;
}

/** More would load a cluster of a hundred nodes for little. */
export const MAX_CLASSES = 48;
/** So many names in a row without a new class: there is none left that is worth a canary. */
const PATIENCE = 200;

/** @param replicasOf replicas of a partition key, in the order of the ring */
export function chooseIdentities(
  coordinators: readonly Coordinator[],
  replicasOf: (id: string) => readonly Replica[],
): Identity[] {
  const perCoordinator = coordinators.map((coordinator) => identitiesOf(coordinator, replicasOf));
  // Interleaved, so that neighbours in time go through different coordinators.
  const longest = Math.max(0, ...perCoordinator.map((ids) => ids.length));
  return Array.from({ length: longest }, (_, index) => perCoordinator.flatMap((ids) => ids[index] ?? [])).flat();
}

function identitiesOf(
  { node, datacentre, region }: Coordinator,
  replicasOf: (id: string) => readonly Replica[],
): Identity[] {
  const found = new Map<string, Identity>();
  for (let number = 0, last = 0; number - last < PATIENCE && found.size < MAX_CLASSES; number += 1) {
    const id = `${node}/${number}`;
    const local = replicasOf(id).filter((one) => one.datacentre === datacentre);
    const kind = local.map(({ address }) => address).join(' ');
    if (local.length === 0 || found.has(kind)) continue;
    found.set(kind, { id, node, region });
    last = number;
  }
  return [...found.values()];
}

/** The coordinator in a canary's name. */
export function nodeOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}
