/** Pins: a step is in the list because its module exports it, is served by somebody, and by nobody who must not. */
import { describe, expect, it } from '@jest/globals';
import { agentQueues } from '../../../estate/agents.ts';
import { controlQueue } from '../../../estate/queues.ts';
import { contractsIn } from '../../../runbooks/steps/contract.ts';
import { HealthReading } from '../../../runbooks/steps/health.ts';
import { CONTRACTS } from '../../../runbooks/steps/index.ts';
import * as services from '../../../runbooks/steps/services.ts';
import { readsOf } from '../../../worker/reads.ts';
import { stepsByQueue } from '../../memory-estate/agents.ts';
import { createWorld, stepsOf } from '../../memory-estate/world.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

const lab = exampleEstate('lab');
const names = CONTRACTS.map(({ name }) => name);

describe('the contracts', () => {
  it('are all that the modules export, each once', () => {
    expect(names).toContain('traffic.set');
    expect(new Set(names).size).toBe(names.length);
    expect(contractsIn({ ...services, LIMIT: 3, text: () => 'no step', nothing: undefined })).toHaveLength(4);
  });

  it('have a scope and an undo wherever they are more than a read', () => {
    const without = CONTRACTS.filter(({ effect, scope, undo }) => effect !== 'read' && !(scope && undo));
    expect(without).toEqual([]);
  });

  it('answer for health in one shape', () => {
    const healthy = { healthy: true, why: 'serving' };
    expect(HealthReading.safeParse({ ...healthy, more: 1 }).success).toBe(false);
    const reading = { ...healthy, admitted: true, workers: 4, capacityPerWorker: 50 };
    expect(services.ServiceReading.safeParse(reading).success).toBe(true);
    expect(services.ServiceReading.safeParse({ ...reading, more: 1 }).success).toBe(false);
  });
});

describe('the steps that a queue serves', () => {
  const queues = stepsByQueue(lab);

  it('are those whose contract names it, on every queue of the estate', () => {
    expect([...queues.keys()]).toEqual([controlQueue(lab), ...agentQueues(lab)]);
    expect(queues.get('lab.control')).toEqual(expect.arrayContaining(['cassandra.ring', 'runs.others']));
    expect(queues.get('lab.control')).not.toContain('traffic.set');
    expect(queues.get('lab.agent.traffic.items')?.toSorted()).toEqual([
      'traffic.door',
      'traffic.set',
      'traffic.shares',
      'traffic.slo',
    ]);
    expect(queues.get('lab.agent.cassandra.main.us-1')).toEqual(['cassandra.repair', 'cassandra.repaired']);
    expect(queues.get('lab.agent.canary.main')?.toSorted()).toEqual([
      'canaries.missing',
      'canaries.outage',
      'canaries.readable',
      'canaries.undisturbed',
    ]);
    expect(new Set([...queues.values()].flat())).toEqual(new Set(names));
  });

  it('are implemented in the memory estate, but for the view of other runs, which Temporal has', () => {
    expect(Object.keys(stepsOf(createWorld(lab))).toSorted()).toEqual(
      names.filter((name) => name !== 'runs.others').toSorted(),
    );
  });

  it('change nothing on a process that may only read', () => {
    const reads = readsOf(stepsOf(createWorld(lab)));
    expect(Object.keys(reads)).toContain('services.health');
    expect(Object.values(reads).filter(({ contract }) => contract.effect !== 'read')).toEqual([]);
  });
});
