/** Pins: questions about an estate are answered from its own names alone, and an unknown name is refused (I12). */
import { describe, expect, it } from '@jest/globals';
import { agentQueues } from '../../../estate/agents.ts';
import { glassBreakers, isAsStrict, mayBreakGlass, minimumTier, tierOf } from '../../../estate/approvals/questions.ts';
import { canaryNamed } from '../../../estate/canaries/questions.ts';
import { canaryQueue } from '../../../estate/canaries/queues.ts';
import {
  clusterOf,
  datacentreOf,
  gcGraceMs,
  nodeNamed,
  nodesInRegion,
  replicaSets,
} from '../../../estate/cassandra/questions.ts';
import { cassandraQueue } from '../../../estate/cassandra/queues.ts';
import { parseEstate } from '../../../estate/file/parse.ts';
import {
  botByKey,
  botKeys,
  decidersOf,
  hasRole,
  peopleOf,
  personByKey,
  personBySlack,
  signerByKey,
  signerKeys,
} from '../../../estate/people/questions.ts';
import { controlQueue } from '../../../estate/queues.ts';
import { otherRegions, regionNames, regionOf } from '../../../estate/regions/questions.ts';
import { type Estate, sectionNames, sections } from '../../../estate/schema.ts';
import { serviceAt, serviceInRegion, servicesIn } from '../../../estate/services/questions.ts';
import { serviceQueue } from '../../../estate/services/queues.ts';
import { trafficOf } from '../../../estate/traffic/questions.ts';
import { trafficQueue } from '../../../estate/traffic/queues.ts';
import { exampleEstate } from './estate-fixture.ts';

const lab = exampleEstate('lab');
const gcp = exampleEstate('google-cloud');

/** What stands for every section that a file may leave out. */
function leftOut(): Partial<Estate> {
  return Object.fromEntries(
    sectionNames.flatMap((name) => {
      const { success, data } = sections[name].schema.safeParse(undefined);
      return success ? [[name, data]] : [];
    }),
  );
}

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

  it('and does not is refused with what does', () => {
    expect(serviceAt(lab, 'items', 'us-central1').url).toBe('http://127.20.1.50:8080');
    const refused = (ask: () => unknown, type: string, mend: string) =>
      expect(ask).toThrow(expect.objectContaining({ type, mend: expect.stringContaining(mend) }));
    refused(() => serviceAt(lab, 'items', 'us-central'), 'unknown-service-region', 'Did you mean `us-central1`?');
    refused(() => serviceAt(lab, 'items', 'constructor'), 'unknown-service-region', 'Known: `us-central1`');
    refused(() => serviceAt(lab, 'item', 'us-central1'), 'unknown-service', 'Only `items` is known here.');
    expect(nodeNamed(lab, 'main', 'us-1')).toMatchObject({ region: 'us-central1', port: 9042 });
    refused(() => nodeNamed(lab, 'main', 'us-11'), 'unknown-node', 'Did you mean `us-1`?');
    refused(() => nodeNamed(lab, 'mane', 'us-1'), 'unknown-cassandra-cluster', '`main`');
    expect(canaryNamed(lab, 'main').cluster).toBe('main');
    refused(() => canaryNamed(lab, 'toString'), 'unknown-canary', '`main`');
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

  it('decide with their own keys, beside those of the bots; permits have signers of their own', () => {
    expect(decidersOf(lab, 'approver')).toEqual(
      ['ada', 'ben', 'cho'].map((id) => ({ person: id, keys: lab.people[id]?.keys })),
    );
    expect(decidersOf(lab).map(({ person }) => person)).toEqual(Object.keys(lab.people));
    expect(botKeys(lab)).toEqual(lab.bots.slack?.keys);
    expect(signerKeys(lab)).toEqual(Object.values(lab.signers).flatMap(({ keys }) => keys));
  });

  it('may break the glass by their role alone', () => {
    const only = (role: 'operator' | 'approver') => ({
      ...lab,
      approvals: { ...lab.approvals, breakGlass: { roles: [role], personalKey: true } },
    });
    for (const role of ['operator', 'approver'] as const) {
      expect(glassBreakers(only(role))).toEqual(peopleOf(lab, role).map(({ id }) => id));
    }
    for (const nobody of ['constructor', '__proto__', 'nobody', '']) expect(mayBreakGlass(lab, nobody)).toBe(false);
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

  it('of agents are those of every entrance, service in a region, node and canary', () => {
    const queues = agentQueues(lab);
    expect(queues).toEqual(
      expect.arrayContaining([
        ...['us-1', 'us-2', 'us-3', 'eu-1', 'eu-2', 'eu-3'].map((node) => cassandraQueue(lab, 'main', node)),
        ...['us-central1', 'europe-west1'].map((region) => serviceQueue(lab, 'items', region)),
        ...['items', 'items-auto'].map((name) => trafficQueue(lab, name)),
        canaryQueue(lab, 'main'),
      ]),
    );
    expect(new Set(queues).size).toBe(queues.length);
    expect(agentQueues({ ...lab, ...leftOut() })).toEqual([]);
  });

  it('cannot be confused, for no name of a queue may hold a dot', () => {
    const dotted = parseEstate('version: 1\nname: lab.agent\n', 'estate.yaml');
    expect(
      dotted.ok ? [] : dotted.problems.filter(({ path }) => path === 'name').map(({ message }) => message),
    ).toEqual(['this is not a name']);
  });
});
