/**
 * The shape of `estate.yaml`: the one list of its sections, each in its own folder. To add a system, add a folder with
 * its section and a line here; a new section has a default, so that older files stay good.
 *
 *   <system>/section.ts    its shape, what it refers to, its rules (rules.ts where they are many), its change queues
 *   <system>/queues.ts     their names                 <system>/questions.ts   what one asks of it
 *   regions/ people/ approvals/ runs/                  what is no system, in the same way
 *   file/                  from the file's text to an estate, or to every problem in it
 *   agents.ts              all change queues           lookup.ts               names that are not there
 *
 * After parsing, every duration is a whole number of milliseconds under its own name: `estate.holds.step.every` is
 * 1000 where the file says `1s`. Everything else is as written, with the defaults filled in. A relative path is relative
 * to the folder of the file; nothing here reads one.
 */
import { z } from 'zod';
import { approvals } from './approvals/section.ts';
import { canaries } from './canaries/section.ts';
import { cassandra } from './cassandra/section.ts';
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

/** By their keys in the file; documented and checked in this order. */
export const sections = {
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
};

type Sections = typeof sections;
export type SectionName = keyof Sections;

// Object.keys and Object.fromEntries forget which name has which schema; the list above does not.
export const sectionNames = Object.keys(sections) as SectionName[];
const shape = Object.fromEntries(sectionNames.map((name) => [name, sections[name].schema])) as {
  readonly [K in SectionName]: Sections[K]['schema'];
};

/** Far above what review reaches; a slip of the finger must leave room to be raised over. */
const LAST_GENERATION = 1_000_000_000;

/** The whole file. Never parse with it alone: `parseEstate` adds positions, references, rules and the secrets check. */
export const estateSchema = z
  .strictObject({
    version: z.literal(1).describe('The version of this format; always 1.'),
    name: text('name').describe('The name of the estate; task queues and workflow ids begin with it.'),
    generation: z
      .int()
      .min(1)
      .max(LAST_GENERATION)
      .default(1)
      .describe(
        'Raised by one with every change of the file: a control worker whose file is of a lower generation than another one that polls stands aside.',
      ),
    ...shape,
  })
  .describe('Everything that Lifeboat saves, and who may say so.');

/** The parsed estate; durations in milliseconds. */
export type Estate = z.output<typeof estateSchema>;
/** The file as written; durations as text. */
export type EstateFile = z.input<typeof estateSchema>;
