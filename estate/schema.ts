/**
 * The shape of `estate.yaml`: a map of its sections, each in its own file under `sections/`. To add a system, add a
 * file there and its line here; a new section has a default, so that older files stay good.
 *
 * After parsing, every duration is a whole number of milliseconds under its own name: `estate.holds.step.every` is
 * 1000 where the file says `1s`. Everything else is as written, with the defaults filled in. A relative path is relative
 * to the folder of the file; nothing here reads one.
 */
import { z } from 'zod';
import { approvals } from './approvals/section.ts';
import { canaries } from './canaries/section.ts';
import { cassandra } from './cassandra/section.ts';
import type { Section } from './file/section.ts';
import { text } from './file/shapes.ts';
import { bots, people, signers } from './people/section.ts';
import { proofs } from './proofs/section.ts';
import { regions } from './regions/section.ts';
import { holds } from './runs/holds.ts';
import { objectives } from './runs/objectives.ts';
import { policies } from './runs/policies.ts';
import { reports } from './runs/reports.ts';
import { slack } from './runs/slack.ts';
import { temporal } from './runs/temporal.ts';
import { services } from './services/section.ts';
import { traffic } from './traffic/section.ts';

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

export type { Approvals, Tier } from './approvals/section.ts';
export type { Canary } from './canaries/section.ts';
export type { CassandraCluster, CassandraDatacentre, CassandraNode, Keyspace } from './cassandra/section.ts';
export type { Bot, Person, Role, Signer } from './people/section.ts';
export type { Proof } from './proofs/section.ts';
export type { Region } from './regions/section.ts';
export type { Holds } from './runs/holds.ts';
export type { Objective } from './runs/objectives.ts';
export type { Policy } from './runs/policies.ts';
export type { Reports } from './runs/reports.ts';
export type { Slack } from './runs/slack.ts';
export type { Temporal } from './runs/temporal.ts';
export type { Service, ServiceRegion } from './services/section.ts';
export type { HaproxyTraffic, Shares, Traffic } from './traffic/section.ts';
