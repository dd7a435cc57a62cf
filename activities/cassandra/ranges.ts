/**
 * Token ranges as Cassandra writes them, and whether some cover another. Pure. Murmur3: a range is open at its start and
 * closed at its end, `(start,end]`, and goes round the ring where its end is not above its start.
 */

export interface TokenRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The least Murmur3 token; as an end it means "up to the end of the ring". */
const MINIMUM = -(2n ** 63n);
const MAXIMUM = 2n ** 63n - 1n;

/** `(-9223372036854775708,-7686143364045646406]`; undefined for what is none. */
export function parseRange(text: string): TokenRange | undefined {
  const found = /^\((-?\d+), ?(-?\d+)\]$/.exec(text.trim());
  return found?.[1] !== undefined && found[2] !== undefined
    ? { start: BigInt(found[1]), end: BigInt(found[2]) }
    : undefined;
}

/** What `describeRing` says of one range: its ends, and its replicas in the order of the ring, so the first owns it. */
export interface RingRange extends TokenRange {
  readonly replicas: readonly string[];
}

/** A line of `describeRingJMX`: `TokenRange(start_token:…, end_token:…, endpoints:[…], …)`; undefined for what is none. */
export function parseRingLine(line: string): RingRange | undefined {
  const start = /start_token:(-?\d+)/.exec(line)?.[1];
  const end = /end_token:(-?\d+)/.exec(line)?.[1];
  const endpoints = /[ (]endpoints:\[([^\]]*)\]/.exec(line)?.[1];
  if (start === undefined || end === undefined || endpoints === undefined) return undefined;
  const replicas = endpoints
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return { start: BigInt(start), end: BigInt(end), replicas };
}

/** How many of the wanted ranges lie whole within the union of the covering ones. */
export function coveredCount(wanted: readonly TokenRange[], covering: readonly TokenRange[]): number {
  const joined = join(covering.flatMap(unwrap));
  return wanted.filter((range) =>
    unwrap(range).every((part) => joined.some((one) => one.start <= part.start && part.end <= one.end)),
  ).length;
}

/** Whether they cover every token together. */
export function coversRing(covering: readonly TokenRange[]): boolean {
  return coveredCount([{ start: MINIMUM, end: MINIMUM }], covering) === 1;
}

/** Cut where the ring begins anew; equal ends are the whole ring. */
function unwrap({ start, end }: TokenRange): TokenRange[] {
  if (start < end) return [{ start, end }];
  if (end === MINIMUM) return [{ start, end: MAXIMUM }];
  return [
    { start, end: MAXIMUM },
    { start: MINIMUM, end },
  ].filter((part) => part.start < part.end);
}

function join(ranges: readonly TokenRange[]): TokenRange[] {
  const joined: { start: bigint; end: bigint }[] = [];
  for (const range of ranges.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))) {
    const before = joined.at(-1);
    if (before === undefined || before.end < range.start) joined.push({ ...range });
    else if (before.end < range.end) before.end = range.end;
  }
  return joined;
}
