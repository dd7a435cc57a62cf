/**
 * Pins: a runbook that is only half there. Planners, inputs and workflows are listed in three places, because skins may
 * not import planners and workflows neither; one that is missing in a list could be asked for and never run.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkPlan } from '../../../kernel/plan/check-plan.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import { RUNBOOK_INPUTS } from '../../../runbooks/inputs/index.ts';
import { CONTRACTS } from '../../../runbooks/steps/index.ts';
import { syntheticEvidence } from '../../../scripts/docs/synthetic-evidence.ts';
import { SCENARIOS } from '../../matrix/scenario.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';
import { NOW } from './plan-fixture.ts';

const NAMES = RUNBOOK_INPUTS.map(({ name }) => name);

/** From the text: the executor can be imported in Temporal's sandbox only. */
function workflowNames(): string[] {
  const text = readFileSync(new URL('../../../workflows/index.ts', import.meta.url), 'utf8');
  return [...text.matchAll(/\bexecute as (\w+)/g)].flatMap(([, name]) => name ?? []);
}

describe('a runbook', () => {
  it('has its planner, its input and its workflow under one name', () => {
    expect(NAMES.length).toBeGreaterThan(1);
    expect(new Set(NAMES).size).toBe(NAMES.length);
    expect(RUNBOOKS.map(({ name }) => name)).toEqual(NAMES);
    expect(workflowNames().sort()).toEqual([...NAMES].sort());
  });

  it('says of itself what the skins say of it', () => {
    expect(RUNBOOKS.map(({ summary }) => summary)).toEqual(RUNBOOK_INPUTS.map(({ summary }) => summary));
  });

  // A contract's example is read by nothing before a runbook probes with it: a system may come first.
  it.each(RUNBOOK_INPUTS.flatMap((asked) => asked.examples.map((example) => ({ ...example, name: asked.name }))))(
    'can be shown, by readings that its contracts let out: $name, $title',
    ({ name, input, scene }) => {
      const estate = exampleEstate('lab');
      const runbook = RUNBOOKS.find((one) => one.name === name);
      if (!runbook) throw new Error(`no planner of ${name}`);
      const probes = runbook.probes(estate, input);
      const evidence = syntheticEvidence(estate, probes, scene(NOW));
      expect(Object.keys(evidence).length).toBeGreaterThan(0);
      for (const [probe, { step }] of Object.entries(probes)) {
        const [one, contract] = [evidence[probe], CONTRACTS.find(({ name }) => name === step)];
        if (one?.ok) expect(contract?.result.parse(one.value)).toEqual(one.value);
      }
      const plan = runbook.plan({ estate, estateDigest: 'digest', input, evidence, now: NOW });
      expect(checkPlan(plan.core)).toEqual([]);
    },
  );

  it.each(RUNBOOK_INPUTS.map(({ name }) => name))('has a scenario in the crash matrix: %s', (name) => {
    const said = `write a Scenario of ${name} in test/matrix/scenario.ts: nothing else tries its crashes`;
    expect(SCENARIOS.some(({ runbook }) => runbook === name) ? '' : said).toBe('');
  });
});
