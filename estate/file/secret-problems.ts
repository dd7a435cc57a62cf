/**
 * Refuses literals that look like secrets, anywhere in the file: values, keys, comments, and text that is not even YAML
 * (I8). What was found is never repeated. Public keys pass where they belong, under `keys`, and nowhere else.
 */
import type { PlacedComplaint, ReadFile } from './document.ts';
import { secretPlaces } from './secrets.ts';

const mend =
  'Write a reference (op://vault/item/field, env:NAME or file:PATH); replace the secret, for it has been in a file.';

export function secretComplaints(text: string, { scalars }: ReadFile): readonly PlacedComplaint[] {
  const complaints: PlacedComplaint[] = [];
  const covered: (readonly [number, number])[] = [];
  for (const { path, on, text: scalar, range } of scalars) {
    const allowPublicKeys = on === 'value' && path.at(-2) === 'keys';
    const [place] = secretPlaces(scalar, { allowPublicKeys });
    if (place === undefined) continue;
    covered.push(range);
    complaints.push({
      path,
      on,
      message: `this looks like ${place.kind}, and no secret may stand here`,
      mend,
      offset: range[0],
    });
  }
  for (const { kind, offset } of secretPlaces(text, { allowPublicKeys: true })) {
    if (covered.some(([from, to]) => offset >= from && offset < to)) continue;
    complaints.push({
      path: [],
      on: 'value',
      message: `this looks like ${kind}, and no secret may stand here`,
      mend,
      offset,
    });
  }
  return complaints;
}
