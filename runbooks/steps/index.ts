/** The contracts of all steps: one entry per system, of whose module every step that it exports counts. */
import * as canaries from './canaries.ts';
import * as cassandra from './cassandra.ts';
import { type AnyContract, contractsIn } from './contract.ts';
import * as proofs from './proofs.ts';
import * as runs from './runs.ts';
import * as services from './services.ts';
import * as traffic from './traffic.ts';

const SYSTEMS: readonly object[] = [traffic, services, cassandra, canaries, proofs, runs];

export const CONTRACTS: readonly AnyContract[] = SYSTEMS.flatMap(contractsIn);
