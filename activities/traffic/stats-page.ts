/**
 * Whether HAProxy leads users to a region, read from its statistics over HTTP, for those who cannot reach its socket: a
 * region's agent, just before it withholds a service.
 *
 * Must never happen: silence, or a page of another HAProxy, is taken for "no traffic is led there".
 */
import type { HaproxyTraffic } from '../../estate/traffic/section.ts';
import { passing, refusal } from '../../kernel/errors.ts';
import { isDown, isOut, parseStat, type ServerCounters } from './haproxy-tables.ts';
import { sharesOf } from './shares.ts';

const TIMEOUT_MS = 1_000;

/** HAProxy gives its table as CSV where `;csv` stands behind its `stats uri` (management guide, 9.1). */
export function csvAddress(stats: string): string {
  return `${new URL(stats).href};csv`;
}

/**
 * Percent of new requests that a region is given: the most of what its weights say, and what is left for it when those
 * that HAProxy holds for down are passed over.
 * @throws LifeboatError `haproxy-unreachable`, `haproxy-unclear` (both may pass), `haproxy-unknown-name`
 */
export async function readShare(
  traffic: HaproxyTraffic & { readonly stats: string },
  region: string,
  signal: AbortSignal,
  ask: typeof fetch,
): Promise<number> {
  return shareIn(traffic, region, parseStat(await readText(csvAddress(traffic.stats), signal, ask)));
}

/** The share of a region in such a table. Pure. @throws LifeboatError `haproxy-unknown-name` */
export function shareIn(traffic: HaproxyTraffic, region: string, table: readonly ServerCounters[]): number {
  const rows = Object.entries(traffic.servers).flatMap(([of, server]) => {
    const row = table.find((one) => one.backend === traffic.backend && one.server === server);
    return row ? [{ region: of, row }] : [];
  });
  if (rows.length < Object.keys(traffic.servers).length) {
    throw refusal(
      'haproxy-unknown-name',
      `The statistics of HAProxy do not show every server of ${traffic.backend}.`,
      traffic.backend,
      'Give `stats` of this traffic in the estate file the address of the HAProxy that its `socket` steers.',
    );
  }
  const given = (passedOver: boolean): number =>
    sharesOf(
      rows.map(({ region: of, row }) => ({
        region: of,
        server: row.server,
        backup: row.backup,
        weight: row.weight,
        drained: isOut(row) || (passedOver && isDown(row)),
      })),
    )[region] ?? 0;
  return Math.max(given(false), given(true));
}

async function readText(url: string, signal: AbortSignal, ask: typeof fetch): Promise<string> {
  try {
    const response = await ask(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    const text = await response.text();
    if (response.ok) return text;
    throw new TypeError(`status ${response.status}`);
  } catch {
    signal.throwIfAborted();
    throw passing(
      'haproxy-unreachable',
      `The statistics of HAProxy cannot be read within ${TIMEOUT_MS} ms.`,
      url,
      'Start HAProxy, and see that its `stats uri` is this one.',
    );
  }
}
