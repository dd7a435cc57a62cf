/** What one asks of an estate's canaries. Pure; a name that is not there is refused with the nearest (I12). */
import { nodesOf } from '../cassandra/questions.ts';
import { required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Canary } from './section.ts';

/** @throws refusal `unknown-canary` */
export function canaryNamed(estate: Estate, name: string): Canary {
  return required(estate.canaries, name, 'canary');
}

/** The regions that a canary writes in: those of its cluster. @throws refusal `unknown-canary`, `unknown-cassandra-cluster` */
export function canaryRegions(estate: Estate, name: string): string[] {
  const { cluster } = canaryNamed(estate, name);
  return [...new Set(nodesOf(estate, cluster).map(({ region }) => region))];
}
