/**
 * All systems of the lab; the estate file's sections are in this order, and so is what people are shown. A new one has its
 * name in `SAVED` where Lifeboat saves it (its change queues are then served by agents), else in `SYSTEMS`; and its folder
 * in this map.
 *
 *   cassandra/  the product's database            load/      people who use the product, and proofs
 *   services/   the product, once per region      lifeboat/  control workers, agents, bot; the estate's people
 *   traffic/    HAProxy in front of both          slack/     the stand-in
 *   canaries/   writes what tells a loss          temporal/  its development server
 *
 * `system.ts` is the shape of an entry; `node-program.ts` what programs of this checkout have in common.
 */
import { canaries } from './canaries/canaries.ts';
import { cassandra } from './cassandra/cassandra.ts';
import { lifeboatFor } from './lifeboat/lifeboat.ts';
import { load } from './load/load.ts';
import { services } from './services/services.ts';
import { slack } from './slack/slack.ts';
import type { LabSystem } from './system.ts';
import { temporal } from './temporal/temporal.ts';
import { traffic } from './traffic/traffic.ts';

/** What is saved: `lifeboatFor` starts the agents of these. */
const SAVED: readonly LabSystem[] = [cassandra, services, traffic, canaries, load];

export const SYSTEMS: readonly LabSystem[] = [...SAVED, lifeboatFor(SAVED), slack, temporal];
