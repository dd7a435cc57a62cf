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
  }[];
}

export interface RegionsView {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In the order of the estate file. */
  readonly regions: readonly RegionState[];
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
      .map(({ traffic: name, share, drained, down }) => {
        if (share === null) return `${name} not known`;
        const marks = [...(drained ? ['drained'] : []), ...(down ? ['held for down'] : [])];
        return `${name} ${share} %${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
      })
      .join('; ') || 'no traffic'
  );
}
