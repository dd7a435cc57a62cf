/**
 * The shape of `estate.yaml`: a map of its sections, each in its own file under `sections/`. To add a system, add a
 * file there and its line here; a new section has a default, so that older files stay good.
 *
 * After parsing, every duration is a whole number of milliseconds under its own name: `estate.holds.step.every` is
 * 1000 where the file says `1s`. Everything else is as written, with the defaults filled in. A relative path is relative
 * to the folder of the file; nothing here reads one.
 */
import { z } from 'zod';
import type { Section } from './section.ts';
import { approvals } from './sections/approvals.ts';
import { canaries } from './sections/canaries.ts';
import { cassandra } from './sections/cassandra.ts';
import { holds } from './sections/holds.ts';
import { objectives } from './sections/objectives.ts';
import { bots, people, signers } from './sections/people.ts';
import { policies } from './sections/policies.ts';
import { proofs } from './sections/proofs.ts';
import { regions } from './sections/regions.ts';
import { reports } from './sections/reports.ts';
import { services } from './sections/services.ts';
import { slack } from './sections/slack.ts';
import { temporal } from './sections/temporal.ts';
import { traffic } from './sections/traffic.ts';
import { text } from './shapes.ts';

/** The whole file. Never parse with it alone: `parseEstate` adds positions, references, rules and the secrets check. */
export const estateSchema = z
  .strictObject({
    version: z.literal(1).describe('The version of this format; always 1.'),
    name: text('name').describe('The name of the estate; task queues and workflow ids begin with it.'),
    regions: regions.schema,
    cassandra: cassandra.schema,
    services: services.schema,
    traffic: traffic.schema,
    canaries: canaries.schema,
    proofs: proofs.schema,
    people: people.schema,
    bots: bots.schema,
    signers: signers.schema,
    approvals: approvals.schema,
    policies: policies.schema,
    objectives: objectives.schema,
    holds: holds.schema,
    slack: slack.schema,
    temporal: temporal.schema,
    reports: reports.schema,
  })
  .describe('Everything that Lifeboat saves, and who may say so.');

/** Every section's references and rules are checked in this order. */
export const sections: readonly Section<z.ZodType>[] = [
  regions,
  cassandra,
  services,
  traffic,
  canaries,
  proofs,
  people,
  bots,
  signers,
  approvals,
  policies,
  objectives,
  holds,
  slack,
  temporal,
  reports,
];

/** The parsed estate; durations in milliseconds. */
export type Estate = z.output<typeof estateSchema>;
/** The file as written; durations as text. */
export type EstateFile = z.input<typeof estateSchema>;

export type { Approvals, Tier } from './sections/approvals.ts';
export type { Canary } from './sections/canaries.ts';
export type { CassandraCluster, CassandraDatacentre, CassandraNode, Keyspace } from './sections/cassandra.ts';
export type { Holds } from './sections/holds.ts';
export type { Objective } from './sections/objectives.ts';
export type { Bot, Person, Role, Signer } from './sections/people.ts';
export type { Policy } from './sections/policies.ts';
export type { Proof } from './sections/proofs.ts';
export type { Region } from './sections/regions.ts';
export type { Reports } from './sections/reports.ts';
export type { Service, ServiceRegion } from './sections/services.ts';
export type { Slack } from './sections/slack.ts';
export type { Temporal } from './sections/temporal.ts';
export type { HaproxyTraffic, Shares, Traffic } from './sections/traffic.ts';
