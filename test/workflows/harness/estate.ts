/** A shipped example estate with this process's keys, on a site of its own, so that runs of other tests never meet it. */
import { readFileSync } from 'node:fs';
import { mustParseEstate } from '../../../estate/file/parse.ts';
import type { Estate } from '../../../estate/schema.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import { BOT, PEOPLE, SIGNER } from './people.ts';

export const EXAMPLES = ['lab', 'google-cloud'] as const;
export type ExampleName = (typeof EXAMPLES)[number];

const parsed = new Map<ExampleName, Estate>();

export function exampleNamed(name: ExampleName): Estate {
  const file = `examples/${name}.yaml`;
  const text = (): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  const found = parsed.get(name) ?? mustParseEstate(text(), file).estate;
  parsed.set(name, found);
  return found;
}

export type Change = (estate: Estate) => Estate;

/** Queues are named for the estate, scopes for its site: with a site each, tests share workers and one lease. */
export function estateAt(
  site: string,
  change: Change = (estate) => estate,
  name: ExampleName = 'lab',
): { estate: Estate; digest: string } {
  const example = exampleNamed(name);
  const estate = change({
    ...example,
    cassandra: withLongGrace(example.cassandra),
    regions: Object.fromEntries(Object.entries(example.regions).map(([name, one]) => [name, { ...one, site }])),
    people: Object.fromEntries(
      Object.entries(example.people).map(([who, one]) => [
        who,
        { ...one, keys: [PEOPLE[who as keyof typeof PEOPLE].publicKey] },
      ]),
    ),
    bots: Object.fromEntries(
      Object.entries(example.bots).map(([bot, one]) => [bot, { ...one, keys: [BOT.publicKey] }]),
    ),
    signers: { control: { keys: [SIGNER.publicKey] } },
  });
  return { estate, digest: hashOf(estate) };
}

/**
 * Years may be skipped between two runs: where nothing else waits for a timer, Temporal skips to the time-out of what is open,
 * ten years by default. So how old an outage is must not matter; the planners' own tests say when it does.
 */
function withLongGrace(clusters: Estate['cassandra']): Estate['cassandra'] {
  const gcGrace = 20_000 * 24 * 3_600_000;
  return Object.fromEntries(
    Object.entries(clusters).map(([name, cluster]) => {
      const keyspaces = Object.entries(cluster.keyspaces).map(([key, one]) => [key, { ...one, gcGrace }]);
      return [name, { ...cluster, keyspaces: Object.fromEntries(keyspaces) }];
    }),
  );
}

/** One load balancer entry instead of two: plans half as long, where the second teaches nothing. */
export function oneEntrance(estate: Estate): Estate {
  return {
    ...estate,
    traffic: Object.fromEntries(Object.entries(estate.traffic).filter(([name]) => name === 'items')),
  };
}

/** Gates that expire soon, so that a test need not skip an hour of re-probes. */
export function expiring(expires: number): Change {
  return (estate) => ({
    ...estate,
    approvals: {
      ...estate.approvals,
      tiers: Object.fromEntries(
        Object.entries(estate.approvals.tiers).map(([name, tier]) => [name, { ...tier, expires }]),
      ),
    },
  });
}

/** Of so much traffic that one region needs more room for all of it. */
export function busy(estate: Estate): Estate {
  const services = Object.entries(estate.services).map(([name, one]) => [name, { ...one, peak: 240 }]);
  return { ...estate, services: Object.fromEntries(services) };
}
