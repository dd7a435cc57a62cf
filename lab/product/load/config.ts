/** Owns the load client's configuration file. */
import { z } from 'zod';

export const LoadConfig = z.strictObject({
  address: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** Where the ledger lives; made when missing. */
  folder: z.string().min(1),
  /** The load balancer, without a path. */
  target: z.url(),
  /** Requests per second, half of them writes. */
  rps: z.number().min(0).max(5_000),
  /** Each region's own service, for writing past the load balancer. */
  services: z.record(z.string(), z.url()),
  /** Unix socket of each region's service: how its own people reach it while the region is cut off. */
  inside: z.record(z.string(), z.string()).default({}),
  cassandra: z.strictObject({
    username: z.string().min(1),
    passwordFile: z.string().min(1),
    /** By region; the datacentre is named as the region unless it says otherwise. */
    datacentres: z.record(
      z.string(),
      z.strictObject({
        contactPoints: z.array(z.string().min(1)).min(1),
        port: z.int().min(1).max(65_535),
        datacentre: z.string().min(1).optional(),
      }),
    ),
  }),
});
export type LoadConfig = z.infer<typeof LoadConfig>;
