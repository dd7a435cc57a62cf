/**
 * Where Temporal listens. The development server's own services dial each other on 127.0.0.1 whatever `--ip` says, so
 * its gRPC ports stand there and differ by slot; below 32768, where the kernel hands out ports of its own accord.
 */
import { addressAt, type Endpoint } from '../../places.ts';

export interface TemporalAddresses {
  readonly frontend: Endpoint;
  readonly http: Endpoint;
  readonly metrics: Endpoint;
  readonly ui: Endpoint;
}

export function temporalAddresses(slot: number): TemporalAddresses {
  const first = 21_000 + slot * 10;
  const local = (port: number): Endpoint => ({ address: '127.0.0.1', port });
  return {
    frontend: local(first),
    http: local(first + 1),
    metrics: local(first + 2),
    ui: { address: addressAt(slot, 'outside', 10), port: 8233 },
  };
}
