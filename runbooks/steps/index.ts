/** Every contract by name. Adding a system adds its file here. */
import * as canaries from './canaries.ts';
import * as cassandra from './cassandra.ts';
import type { AnyContract } from './contract.ts';
import * as proofs from './proofs.ts';
import * as runs from './runs.ts';
import * as services from './services.ts';
import * as traffic from './traffic.ts';

export const CONTRACTS: readonly AnyContract[] = [
  traffic.shares,
  traffic.set,
  traffic.slo,
  services.health,
  services.scale,
  services.withhold,
  services.readmit,
  cassandra.ring,
  cassandra.repair,
  canaries.outage,
  canaries.missing,
  canaries.readable,
  proofs.check,
  runs.others,
].map((one) => one.contract);
