/** What a traffic entry must keep beside its shape. */

import { type Complaint, entriesOf, isMapping, select, valueAt } from '../file/section.ts';
import { unique } from '../file/unique.ts';
import { sayName } from '../file/words.ts';

export function sharesOfHundred(root: unknown): readonly Complaint[] {
  return select(root, 'traffic.*.shares').flatMap(({ path, value }) => {
    const shares = entriesOf(value).map(([, share]) => share);
    // A share of a wrong kind was reported by the schema; its sum would only repeat it.
    if (!isMapping(value) || !shares.every((share) => typeof share === 'number')) return [];
    const sum = shares.reduce((total, share) => total + share, 0);
    if (sum === 100) return [];
    return [
      {
        path,
        on: 'key' as const,
        message: `the shares add up to ${sum} and not to 100`,
        mend: 'Write whole percents that add up to 100.',
      },
    ];
  });
}

/** A region has a server and a share, or neither; and the service must run in it (I1). */
export function sameRegions(root: unknown): readonly Complaint[] {
  const regions = valueAt(root, ['regions']);
  return select(root, 'traffic.*').flatMap(({ path, value }) => {
    const service = valueAt(value, ['service']);
    const runsIn = typeof service === 'string' ? valueAt(root, ['services', service, 'regions']) : undefined;
    return (['servers', 'shares'] as const).flatMap((part) => {
      const other = part === 'servers' ? 'shares' : 'servers';
      return entriesOf(valueAt(value, [part]))
        .filter(([region]) => isMapping(regions) && Object.hasOwn(regions, region))
        .flatMap(([region]) => {
          const at = { path: [...path, part, region], on: 'key' as const };
          const [name, mate] = [sayName(region), valueAt(value, [other])];
          const complaints: Complaint[] = [];
          if (isMapping(mate) && !Object.hasOwn(mate, region)) {
            complaints.push({
              ...at,
              message: `the region ${name} stands under ${part} and not under ${other}`,
              mend: `Add ${name} under ${other}${other === 'shares' ? '; its share may be 0' : ''}, or remove it here.`,
            });
          }
          if (part === 'servers' && isMapping(runsIn) && !Object.hasOwn(runsIn, region)) {
            complaints.push({
              ...at,
              message: `traffic would go to ${name}, where its service does not run`,
              mend: `Add ${name} to the regions of the service, or remove it from this entry.`,
            });
          }
          return complaints;
        });
    });
  });
}

/** Two entries that set the weights of one backend would undo each other (I3). */
export const oneEntryPerBackend = unique({
  among: ['traffic.*.backend'],
  what: 'backend of the same HAProxy',
  mend: 'Keep one entry for each backend.',
  identity: ({ path, value }, root) => {
    const socket = valueAt(root, [...path.slice(0, -1), 'socket']);
    return typeof value === 'string' && typeof socket === 'string' ? `${socket} ${value}` : undefined;
  },
});
