/** What one asks of an estate's canaries. Pure; a name that is not there is refused with the nearest (I12). */
import { required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Canary } from './section.ts';

/** @throws refusal `unknown-canary` */
export function canaryNamed(estate: Estate, name: string): Canary {
  return required(estate.canaries, name, 'canary');
}
