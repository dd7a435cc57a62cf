/**
 * The house: what each folder holds and what it may import. The only statement of these rules: the check
 * (`scripts/imports.ts`) and the table of `docs/architecture.md` are both made from it.
 */

export interface Room {
  /** A folder. Files in a deeper room are that room's, not this one's. */
  readonly folder: string;
  /** What is in it, for the page. */
  readonly holds: string;
  /** Rooms, without the rooms inside them, or single files; its own files always; `all` at composition roots. */
  readonly may: readonly string[] | 'all';
  /** A pure room imports nothing of Node, so that the same question has the same answer everywhere. */
  readonly pure?: true;
  /** What its rule is for, said to whoever breaks it. */
  readonly because: string;
}

export const HOUSE: readonly Room[] = [
  {
    folder: 'kernel',
    holds:
      'the language of plans, a room each: `plan/` (schema, hash, `checkPlan`, evidence), `decision/` (signed decisions, policies), `authority/` (permits, fences), `run/` (state, messages, record, measures), `signing/` (keys, hashes); errors, durations. Pure; knows no system',
    may: [],
    pure: true,
    because:
      'Everything else is written in the language of plans, and workflows run it in their sandbox: it knows nothing but itself.',
  },
  {
    folder: 'estate',
    holds:
      'the model of `estate.yaml`: a folder per system (schema, rules, queues, the questions one asks of it); `file/`: the parser. Pure',
    may: ['kernel'],
    pure: true,
    because: 'The model of the estate is read by every process, and must mean the same to each.',
  },
  {
    folder: 'runbooks',
    holds: 'what to do: a planner per runbook; `parts/`: pieces of plans that they share. Pure',
    may: ['kernel', 'estate', 'runbooks/inputs', 'runbooks/steps'],
    pure: true,
    because:
      'A plan follows from estate, input and evidence alone; else the plan that was signed could not be made again.',
  },
  {
    folder: 'runbooks/inputs',
    holds: 'what each runbook is, and what it is asked: all that Slack, the terminal and the documents know of it',
    may: ['kernel', 'estate'],
    pure: true,
    because: 'Skins read this; with a planner in it, they would need a new version for every new plan.',
  },
  {
    folder: 'runbooks/steps',
    holds: 'the contract of every step, a file per system',
    may: ['kernel', 'estate'],
    pure: true,
    because: 'Planners and agents meet in the contracts, and neither may reach the other through them.',
  },
  {
    folder: 'workflows',
    holds:
      "how a run runs: `executor/` (registered once per runbook name), the lease, which bot posts. In Temporal's sandbox; never a planner",
    may: ['kernel'],
    pure: true,
    because:
      "A workflow is replayed: what it imports must stay the same, and run without Node. The plan comes to it as an activity's result.",
  },
  {
    folder: 'host',
    holds:
      'what a process needs of its host, one copy of each rule: whole files, locks, process identity, configuration files, keys, secrets, TLS, connections',
    may: ['kernel', 'estate'],
    because: 'Every process stands on it, so it knows none of them.',
  },
  {
    folder: 'activities',
    holds: 'how a step touches the world: a folder per system, each a factory of what it depends on',
    may: ['kernel', 'estate', 'runbooks/steps', 'host'],
    because: 'An agent acts on what a permit covers, and only activities/plan/ imports planners.',
  },
  {
    folder: 'activities/plan',
    holds: 'opening, planning, permits, policies; the only place that imports planners',
    may: ['kernel', 'estate', 'runbooks', 'runbooks/inputs', 'runbooks/steps', 'activities', 'host'],
    because: 'Planning and permits stand below every process and skin, and know none of them.',
  },
  {
    folder: 'report',
    holds: "a run's record as HTML, Markdown, SVG. Pure",
    may: ['kernel', 'estate'],
    pure: true,
    because: 'A record can be rendered anywhere, years later, without the system that it was made on.',
  },
  {
    folder: 'worker',
    holds: 'the processes: `roles/` control, agent, canary; each with its own credentials',
    may: [
      'kernel',
      'estate',
      'runbooks',
      'runbooks/inputs',
      'runbooks/steps',
      'workflows',
      'host',
      'activities',
      'activities/plan',
      'report',
    ],
    because: 'A worker does what it is told through Temporal; it knows neither operators nor the lab.',
  },
  {
    folder: 'client',
    holds: 'what an operator can do, as one typed API over the Temporal client',
    may: ['kernel', 'estate', 'runbooks/inputs', 'host'],
    because: 'What an operator holds starts, asks and decides: it has no planner, no workflow and no hands.',
  },
  {
    folder: 'slackbot',
    holds: 'Slack, a skin of `client/`',
    may: ['client', 'kernel', 'estate', 'report', 'host'],
    because: 'A skin shows what `client/` gives: two skins share no code but that, and no run waits for either (I10).',
  },
  {
    folder: 'cli',
    holds: 'the terminal, a skin of `client/`',
    may: ['client', 'kernel', 'estate', 'report', 'host'],
    because: 'A skin shows what `client/` gives: two skins share no code but that, and no run waits for either (I10).',
  },
  {
    folder: 'lab',
    holds:
      'two regions of real servers on one machine, and the ways to break them; starts workers, product and stand-ins as processes',
    may: ['kernel', 'estate', 'host'],
    because: 'The lab starts processes, as a host would; what it imported of them would not be tested as a process.',
  },
  {
    folder: 'lab/standins',
    holds:
      "servers that cannot be had here (Slack's side), each starting by itself and following a published protocol; they know nothing of the lab",
    may: ['kernel/errors.ts', 'host'],
    because:
      'A stand-in follows its published protocol, not us: what it shared with us would be wrong on both sides alike.',
  },
  {
    folder: 'lab/product',
    holds: 'the product that is saved: service, load client, ledger, its proofs; knows nothing of Lifeboat',
    may: ['host'],
    because: 'The product is what is saved, and says whether it was: it must not count with the code that it judges.',
  },
  {
    folder: 'demo',
    holds: 'composition root: the story that `npm run demo` tells',
    may: 'all',
    because: '',
  },
  { folder: 'bench', holds: 'composition root: what takes how long', may: 'all', because: '' },
  {
    folder: 'test',
    holds: 'composition root; `memory-estate/` implements the contract of every step in memory',
    may: 'all',
    because: '',
  },
  {
    folder: 'scripts',
    holds: 'composition root: checks, generated documents, recorded histories',
    may: 'all',
    because: '',
  },
];

/** Where something outside the sources begins to read: a process, a page, a test runner, Temporal's bundler. */
export const ENTRIES: readonly RegExp[] = [
  /^(cli|slackbot|worker|lab|demo|bench|test|test\/matrix|lab\/(standins|product)\/[a-z-]+)\/main\.ts$/,
  /^workflows\/index\.ts$/,
  /^test\/.+\.test\.ts$/,
  // `bench/main.ts` finds the benchmarks by listing its folder.
  /^bench\/[a-z-]+\.ts$/,
  /^scripts\/(check|imports|generate-docs|record-histories)\.ts$/,
  /^scripts\/[a-z-]+\.mjs$/,
  /^lab\/systems\/cassandra\/relock\.ts$/,
  /^lab\/standins\/slack\/page\/page\.js$/,
  // Started as a process by a test.
  /^test\/.+-process\.ts$/,
  /^jest\.config\.js$/,
  // Types of a package that brings none: the compiler reads them, nobody imports them.
  /^host\/fs-native-extensions\.d\.ts$/,
];
