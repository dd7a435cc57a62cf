/** Where HAProxy listens: two front doors of the same service, and its page of statistics. */
import { addressAt, type Endpoint } from '../../places.ts';

export interface TrafficAddresses {
  readonly items: Endpoint;
  readonly itemsAuto: Endpoint;
  readonly stats: Endpoint;
}

export function trafficAddresses(slot: number): TrafficAddresses {
  const address = addressAt(slot, 'outside', 20);
  return {
    items: { address, port: 8080 },
    itemsAuto: { address, port: 8081 },
    stats: { address, port: 8404 },
  };
}
