/**
 * From the text of `estate.yaml` to an estate, or to every problem in it at once.
 *
 * In order: YAML, secrets, the schema, names that refer to nothing, each section's rules. Pure: it reads no file. It
 * never throws, and never repeats a value of the file in a problem (I8). Nothing may act on an estate that did not
 * come from here (I12).
 *
 *   document.ts         YAML with places              section.ts            what a section is; shapes.ts its scalars
 *   yaml-errors.ts      mistakes of YAML in words     shape-problems.ts     mistakes of shape; known-keys.ts what is near
 *   secrets.ts          what must not stand here      secret-problems.ts    where it stands
 *   unique.ts           a rule that many need         words.ts, problem.ts  how names and mistakes are told
 *   json-schema.ts      the schema for editors        ../schema.ts          the sections
 */
import { hashOf } from '../../kernel/signing/hash.ts';
import { type Estate, estateSchema, sections } from '../schema.ts';
import { type PlacedComplaint, readDocument } from './document.ts';
import { formatProblem, type Problem, refusalOf } from './problem.ts';
import { secretComplaints } from './secret-problems.ts';
import { type Complaint, entriesOf, isMapping, type Path, type Reference, select, valueAt } from './section.ts';
import { shapeComplaints } from './shape-problems.ts';
import { offer, writePath } from './words.ts';

export { formatProblem, type Problem, refusalOf };

export interface GoodEstate {
  readonly ok: true;
  readonly estate: Estate;
  /**
   * {@link hashOf} the parsed estate. Comments, order and the spelling of a duration do not change it; anything that
   * Lifeboat reads does.
   */
  readonly digest: string;
}

export interface BadEstate {
  readonly ok: false;
  /** At least one, in the order of the file. */
  readonly problems: readonly Problem[];
}

/**
 * @param text the whole file
 * @param fileName how problems name the file; nothing is read from it
 */
export function parseEstate(text: string, fileName: string): GoodEstate | BadEstate {
  const file = readDocument(text);
  const place = (complaint: Complaint): PlacedComplaint => ({
    ...complaint,
    offset: file.offsetOf(complaint.path, complaint.on),
  });
  const secrets = secretComplaints(text, file);
  const readable = file.root !== undefined && file.complaints.every(({ path }) => path.length > 0);
  const parsed = estateSchema.safeParse(file.root);
  const others = [
    ...file.complaints,
    // After a syntax error the values are a guess, and complaints about them would only mislead.
    ...(readable ? contentComplaints(file.root, parsed.error?.issues ?? []).map(place) : []),
  ];
  if (parsed.success && secrets.length + others.length === 0) {
    return { ok: true, estate: parsed.data, digest: hashOf(parsed.data) };
  }
  // Where a secret stands nothing else is said: its shape is beside the point.
  const secret = new Set(secrets.map(identityOf));
  const complaints = [...secrets, ...others.filter((complaint) => !secret.has(identityOf(complaint)))];
  return { ok: false, problems: problemsOf(complaints, fileName, file.positionOf) };
}

/** The estate and its digest, or a refusal (`bad-estate`) that lists every problem. */
export function mustParseEstate(text: string, fileName: string): { estate: Estate; digest: string } {
  const result = parseEstate(text, fileName);
  if (!result.ok) throw refusalOf(result.problems);
  return { estate: result.estate, digest: result.digest };
}

function contentComplaints(root: unknown, issues: Parameters<typeof shapeComplaints>[2]): readonly Complaint[] {
  if (!isMapping(root)) {
    const mend = 'Begin with `version: 1` and the keys that the schema shows.';
    return [{ path: [], on: 'value', message: 'an estate file is a mapping', mend }];
  }
  const all = Object.values(sections);
  return [
    ...shapeComplaints(estateSchema, root, issues),
    ...all.flatMap(({ references }) => references.flatMap((reference) => danglingNames(root, reference))),
    ...all.flatMap(({ rules }) => rules.flatMap((rule) => rule(root))),
  ];
}

function danglingNames(root: unknown, { from, to, what }: Reference): readonly Complaint[] {
  return select(root, from).flatMap((found) => {
    const name = found.isKey ? found.captures.at(-1) : found.value;
    const home = to(found, root);
    const known = home === undefined ? undefined : namesAt(root, home);
    // A name of a wrong kind, and names whose list is missing, are told by the schema.
    if (typeof name !== 'string' || home === undefined || !isMapping(known) || Object.hasOwn(known, name)) return [];
    const names = entriesOf(known).map(([key]) => key);
    const message = `this names ${what} that is not in the file, under \`${writePath(home)}\``;
    return [
      { path: found.path, on: found.isKey ? ('key' as const) : ('value' as const), message, mend: offer(name, names) },
    ];
  });
}

/** A whole section that is left out has no names; anything deeper that is missing was told by the schema. */
function namesAt(root: unknown, home: Path): unknown {
  return valueAt(root, home) ?? (home.length === 1 ? {} : undefined);
}

function identityOf({ offset, path }: PlacedComplaint): string {
  return `${offset} ${JSON.stringify(path)}`;
}

/** In the order of the file, each once. */
function problemsOf(
  complaints: readonly PlacedComplaint[],
  file: string,
  positionOf: (offset: number) => { line: number; column: number },
): readonly Problem[] {
  const seen = new Set<string>();
  return complaints
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, path, message, mend }) => ({ file, ...positionOf(offset), path: writePath(path), message, mend }))
    .filter((problem) => {
      const id = formatProblem(problem);
      return seen.has(id) ? false : seen.add(id);
    });
}
