/** Resolving the regions that an operator named, and refusing those that are not there (I12). */
import { closest } from 'fastest-levenshtein';
import { otherRegions, regionNames } from '../../estate/regions/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import { refusal } from '../../kernel/errors.ts';

/** The region of that name. @throws LifeboatError `unknown-region`, naming the nearest that exists. */
export function knownRegion(estate: Estate, name: string, where: string): string {
  const known = regionNames(estate);
  if (known.includes(name)) return name;
  throw refusal(
    'unknown-region',
    `There is no region ${name} in ${estate.name}.`,
    where,
    `Did you mean ${closest(name, known)}? The estate has ${known.join(', ')}.`,
  );
}

/** Where to go: what was named, else the only other region. @throws LifeboatError `ambiguous-region`, `same-region`. */
export function destination(estate: Estate, from: string, to: string | undefined): string {
  if (to !== undefined) {
    if (to === from) {
      throw refusal('same-region', `from and to are both ${from}.`, 'to', 'Name the region that is to take over.');
    }
    return knownRegion(estate, to, 'to');
  }
  const others = otherRegions(estate, from);
  if (others.length === 1 && others[0] !== undefined) return others[0];
  throw refusal(
    'ambiguous-region',
    `${from} could move to ${others.join(' or ') || 'no other region'}.`,
    'to',
    'Name one with to=REGION.',
  );
}
