/** Pins: questions about an estate are answered from its own names alone, and an unknown name is refused (I12). */
import { describe, expect, it } from '@jest/globals';
import { parseEstate } from '../../../estate/file/parse.ts';
import {
  botByKey,
  canaryQueue,
  cassandraQueue,
  clusterOf,
  controlQueue,
  datacentreOf,
  gcGraceMs,
  hasRole,
  isAsStrict,
  minimumTier,
  nodesInRegion,
  otherRegions,
  peopleOf,
  personByKey,
  personBySlack,
  regionNames,
  regionOf,
  replicaSets,
  serviceInRegion,
  serviceQueue,
  servicesIn,
  signerByKey,
  tierOf,
  trafficOf,
  trafficQueue,
} from '../../../estate/questions.ts';
import { exampleEstate } from './estate-fixture.ts';

const lab = exampleEstate('lab');
const gcp = exampleEstate('google-cloud');

describe('regions', () => {
  it('are named in the order of the file', () => {
    expect(regionNames(lab)).toEqual(['us-central1', 'europe-west1']);
    expect(otherRegions(lab, 'us-central1')).toEqual(['europe-west1']);
  });

  it('that are unknown are refused with the nearest', () => {
    expect(() => otherRegions(lab, 'us-centrl1')).toThrow(
      expect.objectContaining({
        type: 'unknown-region',
        message: 'the estate has no region `us-centrl1`',
        mend: 'Did you mean `us-central1`? Known: `us-central1`, `europe-west1`.',
      }),
    );
  });

  it('are never what every object inherits', () => {
    for (const name of ['constructor', 'toString', '__proto__', '']) {
      expect(() => regionOf(lab, name)).toThrow(expect.objectContaining({ type: 'unknown-region' }));
      expect(serviceInRegion(lab, 'items', name)).toBeUndefined();
      expect(trafficOf(lab, name)).toEqual([]);
    }
  });
});

describe('what stands in a region', () => {
  it('is its nodes, its services and its traffic', () => {
    expect(nodesInRegion(lab, 'main', 'europe-west1').map(({ name, address }) => [name, address])).toEqual([
      ['eu-1', '127.20.2.11'],
      ['eu-2', '127.20.2.12'],
      ['eu-3', '127.20.2.13'],
    ]);
    expect(datacentreOf(clusterOf(lab, 'main'), 'europe-west1')?.name).toBe('europe-west1');
    expect(servicesIn(lab, 'us-central1')).toEqual(['items']);
    expect(serviceInRegion(lab, 'items', 'us-central1')?.url).toBe('http://127.20.1.50:8080');
    expect(trafficOf(lab, 'us-central1').map(({ name }) => name)).toEqual(['items', 'items-auto']);
  });

  it('is kept in sets of replicas', () => {
    expect(replicaSets(lab, 'main')).toHaveLength(4);
    expect(replicaSets(lab, 'main')[0]).toMatchObject({
      keyspace: 'shop',
      datacentre: 'us-central1',
      region: 'us-central1',
      copies: 3,
      quorum: 2,
    });
  });

  it('may be away for the shortest gc_grace', () => {
    expect(gcGraceMs(lab, 'main')).toBe(10 * 86_400_000);
    expect(gcGraceMs(gcp, 'orders')).toBe(7 * 86_400_000);
    expect(() => gcGraceMs(lab, 'mane')).toThrow(expect.objectContaining({ type: 'unknown-cassandra-cluster' }));
  });
});

describe('people', () => {
  it('are found by Slack id and by key, and by nothing else', () => {
    const key = lab.people.ben?.keys[0] ?? '';
    expect(personBySlack(lab, 'U01BEN')?.id).toBe('ben');
    expect(personBySlack(lab, 'U01NOBODY')).toBeUndefined();
    expect(personByKey(lab, key)?.id).toBe('ben');
    expect(botByKey(lab, key)).toBeUndefined();
    expect(botByKey(lab, lab.bots.slack?.keys[0] ?? '')?.id).toBe('slack');
    expect(signerByKey(lab, lab.signers.control?.keys[0] ?? '')?.id).toBe('control');
    expect(personByKey(lab, '')).toBeUndefined();
  });

  it('have roles', () => {
    expect(peopleOf(lab, 'approver').map(({ id }) => id)).toEqual(['ada', 'ben', 'cho']);
    expect(hasRole({ roles: ['operator'] }, 'approver')).toBe(false);
  });
});

describe('tiers', () => {
  it('have a least one for each effect', () => {
    expect(minimumTier(lab, 'change').name).toBe('one-other-person');
    expect(minimumTier(lab, 'destroy').tier).toEqual({
      approvals: 2,
      personalKeys: 1,
      botSuffices: false,
      expires: 3_600_000,
    });
    expect(() => tierOf(lab, 'nobody')).toThrow(expect.objectContaining({ type: 'unknown-tier' }));
  });

  it('are compared in every respect', () => {
    const one = tierOf(lab, 'one-other-person');
    const two = tierOf(lab, 'two-people');
    expect([isAsStrict(two, one), isAsStrict(one, one), isAsStrict(one, two)]).toEqual([true, true, false]);
    expect(isAsStrict({ ...one, approvals: 9 }, two)).toBe(false);
  });
});

describe('task queues', () => {
  it('are named as workers and plans agreed', () => {
    expect([
      controlQueue(lab),
      trafficQueue(lab, 'items-auto'),
      serviceQueue(lab, 'items', 'us-central1'),
      cassandraQueue(lab, 'main', 'us-1'),
      canaryQueue(lab, 'main'),
    ]).toEqual([
      'lab.control',
      'lab.agent.traffic.items-auto',
      'lab.agent.service.items.us-central1',
      'lab.agent.cassandra.main.us-1',
      'lab.agent.canary.main',
    ]);
  });

  it('cannot be confused, for no name of a queue may hold a dot', () => {
    const dotted = parseEstate('version: 1\nname: lab.agent\n', 'estate.yaml');
    expect(
      dotted.ok ? [] : dotted.problems.filter(({ path }) => path === 'name').map(({ message }) => message),
    ).toEqual(['this is not a name']);
  });
});
