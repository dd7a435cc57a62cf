/** How the estate stands by region, as read just now without a run: what a bare `status` begins with. */

import { asClause } from '../errors.ts';

export interface RegionState {
  readonly region: string;
  readonly services: readonly {
    readonly service: string;
    /** `silent`: it does not answer, so nothing is known (I11). */
    readonly health: 'healthy' | 'unhealthy' | 'silent';
    /** Why it is not healthy; empty where it is. */
    readonly why: string;
  }[];
  readonly traffic: readonly {
    readonly traffic: string;
    /** Percent of new requests; null where its load balancer does not answer. */
    readonly share: number | null;
    readonly drained: boolean;
    /** Whether the load balancer itself holds the region for down. */
    readonly down: boolean;
    /** Why its share is not known; left out where it is, and by earlier versions. */
    readonly why?: string;
  }[];
}

/** A repair that a cluster owes, remembered from its own state until its own record shows it done. */
export interface RepairState {
  readonly cluster: string;
  /** What may be missing, and since when; or why that is not known. */
  readonly say: string;
  /** What does it, one for each region, as people type it; empty where nothing is known. */
  readonly commands: readonly string[];
}

export interface RegionsView {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In the order of the estate file. */
  readonly regions: readonly RegionState[];
  /** Left out by control workers of an earlier version. */
  readonly repairs?: readonly RepairState[];
}

/** `items healthy; shop does not answer`. */
export function healthText({ services }: RegionState): string {
  const word = { healthy: 'healthy', unhealthy: 'unhealthy', silent: 'does not answer' };
  return (
    services
      .map(
        ({ service, health, why }) => `${service} ${word[health]}${health === 'unhealthy' ? `: ${asClause(why)}` : ''}`,
      )
      .join('; ') || 'no service'
  );
}

/** `items 0 % (drained); shop not known`. */
export function trafficText({ traffic }: RegionState): string {
  return (
    traffic
      .map(({ traffic: name, share, drained, down, why }) => {
        if (share === null) return `${name} not known${why ? ` (${asClause(why)})` : ''}`;
        const marks = [...(drained ? ['drained'] : []), ...(down ? ['held for down'] : [])];
        return `${name} ${share} %${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
      })
      .join('; ') || 'no traffic'
  );
}

/**
 * Of a region that is drained everywhere and calls itself healthy: only the drain keeps requests away, because a withholding
 * is owed, or somebody readmitted it. Undefined of all others.
 */
export function unwithheldText({ region, services, traffic }: RegionState, prefix: string): string | undefined {
  const drained = traffic.length > 0 && traffic.every((one) => one.drained);
  if (!drained || !services.some(({ health }) => health === 'healthy')) return undefined;
  return `${region} is drained and calls itself healthy: nothing but the drain keeps requests away. Withhold it: \`${prefix}run failover from=${region}\`; or bring it back: \`${prefix}run failback region=${region}\``;
}

/** `main: a repair is OWED: …; do it: run failback region=us-central1`. */
export function repairText({ cluster, say, commands }: RepairState, prefix: string): string {
  const how = commands.map((one) => `\`${prefix}${one}\``).join(', ');
  return `${cluster}: ${asClause(say)}${how === '' ? '' : `; when its servers run: ${how}`}`;
}
