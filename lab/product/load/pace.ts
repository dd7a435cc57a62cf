/**
 * Owns how fast a proof may read: within the room that the serving regions have left.
 *
 * What must never happen: a proof takes capacity that real requests need.
 */
const LIMIT_MS = 1_000;
const LEAST = 20;
const MOST = 500;

/** Reads per second: four fifths of the least room among the healthy services, at least LEAST. Never rejects. */
export async function harmlessPace(serviceUrls: readonly string[]): Promise<number> {
  const rooms = await Promise.all(serviceUrls.map(roomOf));
  const known = rooms.filter((room) => room !== undefined);
  if (known.length === 0) return LEAST;
  return Math.round(Math.min(MOST, Math.max(LEAST, Math.min(...known) * 0.8)));
}

async function roomOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(LIMIT_MS) });
    const health: unknown = await response.json();
    if (response.status !== 200 || typeof health !== 'object' || health === null) return undefined;
    if (!('workers' in health && 'capacityPerWorker' in health && 'rps' in health)) return undefined;
    const room = Number(health.workers) * Number(health.capacityPerWorker) - Number(health.rps);
    return Number.isFinite(room) ? room : undefined;
  } catch {
    return undefined;
  }
}
