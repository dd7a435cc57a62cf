/** `plan`: how long it takes to plan a 1,000-node estate, and how large the plan is. Parsing the file is not in it. */
import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { mustParseEstate } from '../estate/file/parse.ts';
import { checkPlan } from '../kernel/plan/check-plan.ts';
import type { Evidence } from '../kernel/plan/evidence.ts';
import { planHash } from '../kernel/plan/plan.ts';
import { canonicalBytes } from '../kernel/signing/hash.ts';
import { failback } from '../runbooks/failback.ts';
import { failover } from '../runbooks/failover.ts';
import type { Runbook } from '../runbooks/runbook.ts';
import { atMost, type Figure } from './figures.ts';
import { percentile } from './statistics.ts';

const NODES = 1_000;
const ROUNDS = 15;
const KIB = 1_024;

export async function measure(say: (line: string) => void): Promise<Figure[]> {
  const { estate, digest } = mustParseEstate(await largeEstate(), 'large.yaml');
  say(`an estate of ${NODES} nodes; ${ROUNDS} rounds of each plan, checked and hashed`);
  const figures: Figure[] = [];
  for (const [runbook, input] of [
    [failover, { from: 'us-central1' }],
    [failback, { region: 'us-central1' }],
  ] as [Runbook, { [key: string]: string }][]) {
    const evidence = evidenceFor(Object.keys(runbook.probes(estate, input)), Object.keys(estate.services)[0] ?? '');
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now();
      const plan = runbook.plan({ estate, estateDigest: digest, input, evidence, now: Date.now() });
      const problems = checkPlan(plan.core);
      planHash(plan.core);
      times.push(performance.now() - startedAt);
      if (problems.length > 0) throw new Error(problems[0]);
      bytes = canonicalBytes(plan.core).length;
    }
    figures.push(atMost(`${runbook.name}: plan, check and hash, median`, percentile(times, 50), 1_000, 'ms'));
    figures.push(atMost(`${runbook.name}: size of the plan's core`, bytes / KIB, 512, 'KiB'));
  }
  return figures;
}

async function largeEstate(): Promise<string> {
  const file = parse(await readFile(new URL('../examples/lab.yaml', import.meta.url), 'utf8'));
  const [cluster] = Object.values(file.cassandra) as { datacentres: { [name: string]: { nodes: object } } }[];
  const datacentres = Object.entries(cluster?.datacentres ?? {});
  for (const [index, [name, datacentre]] of datacentres.entries()) {
    const count = NODES / datacentres.length;
    datacentre.nodes = Object.fromEntries(
      Array.from({ length: count }, (_, node) => {
        const address = `10.${index}.${node >> 8}.${node & 255}`;
        return [
          `${name}-${node}`,
          { address, port: 9042, rack: `r${node % 3}`, control: `http://${address}:8778/jolokia` },
        ];
      }),
    );
  }
  return stringify(file);
}

/** A healthy survivor, a returned region, and an outage that was measured. */
function evidenceFor(names: readonly string[], service: string): { [name: string]: Evidence<unknown> } {
  const at = Date.now();
  const value = (name: string): unknown => {
    const kind = name.split('/')[0];
    if (kind === 'shares')
      return { setting: { shares: { 'us-central1': 50, 'europe-west1': 50 }, drained: [] }, down: [] };
    if (kind === 'there' || kind === 'here' || kind === 'health') {
      return { healthy: true, why: `${service} is healthy`, admitted: true, workers: 4, capacityPerWorker: 50 };
    }
    if (kind === 'ring') return { up: ['a'], down: [], silent: [], schemaAgreed: true, pendingHints: false };
    if (kind === 'outage') {
      const last = { firstFailureAt: at - 60_000, answeredAgainAt: at - 1_000 };
      return { ...last, remembered: [{ ...last, node: null }], unwatched: null };
    }
    if (kind === 'repaired') return { keyspaces: {} };
    if (kind === 'missing') return { checked: 10, missing: 0, oldestMissingAt: null, atLeast: false };
    return { holders: [], unpolled: [] };
  };
  return Object.fromEntries(names.map((name) => [name, { ok: true, value: value(name), at, by: 'bench' }]));
}
