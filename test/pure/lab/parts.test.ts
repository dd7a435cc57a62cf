/** What names mean: which servers a part of the lab has, with its needs; what is obtained for it; what is refused. */
import { describe, expect, it } from '@jest/globals';
import { toObtain } from '../../../lab/obtain/everything.ts';
import { knownNames, partOf, SERVERS, serversNamed } from '../../../lab/registry.ts';
import { SYSTEMS } from '../../../lab/systems/index.ts';

const NODES = ['us-central1', 'europe-west1'].flatMap((region) => [1, 2, 3].map((n) => `${region}/cassandra-${n}`));
const SERVICES = ['us-central1/service', 'europe-west1/service'];

function targetsOf(...names: string[]): string[] {
  return partOf(names).map((server) => server.target);
}

function obtained(...names: string[]): string[] {
  const { systems, tools } = toObtain(names);
  return [...systems, ...tools].map(({ name }) => name);
}

/** The error that a call throws. */
function refused(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was refused');
}

describe('a part of the lab', () => {
  it.each([
    ['a system that needs nothing', ['traffic'], ['haproxy']],
    ['a kind or target', ['haproxy'], ['haproxy']],
    ['two systems with a comma', ['traffic,cassandra'], [...NODES, 'haproxy']],
    ['two systems with a space', ['traffic', ' cassandra '], [...NODES, 'haproxy']],
    ['a system and what it needs', ['services'], [...NODES, ...SERVICES]],
    ['a server and what that needs, and no other of its system', ['us-central1/service'], [...NODES, SERVICES[0]]],
    ['needs of needs', ['load'], [...NODES, ...SERVICES, 'haproxy', 'load']],
    ['two kinds of one system', ['agent,bot'], ['us-central1/agent', 'europe-west1/agent', 'bot', 'slack', 'temporal']],
    ['one server twice', ['temporal,temporal'], ['temporal']],
  ])('%s', (_, names, targets) => {
    expect(targetsOf(...names)).toEqual(targets);
  });

  it('a region brings what its servers need of the other', () => {
    const part = partOf(['us-central1']);
    const here = SERVERS.filter(({ place }) => place === 'us-central1');
    const others = part.filter((server) => !here.includes(server));
    const needed = new Set(part.flatMap(({ needs }) => needs));
    expect(part.filter((server) => here.includes(server))).toEqual(here);
    expect(others.map(({ target }) => target)).toEqual(expect.arrayContaining([...NODES.slice(3), 'temporal']));
    expect(others.filter(({ system }) => !needed.has(system))).toEqual([]);
    expect(SERVERS.filter((server) => needed.has(server.system) && !part.includes(server))).toEqual([]);
  });

  it('all systems together are the whole lab', () => {
    expect(targetsOf(SYSTEMS.map(({ name }) => name).join(','))).toEqual(SERVERS.map(({ target }) => target));
  });
});

describe('one name', () => {
  it('means nothing beside it: a start after a fault must not mend another', () => {
    expect(serversNamed('europe-west1/service').map(({ target }) => target)).toEqual(['europe-west1/service']);
  });

  it('that people may use means something', () => {
    for (const name of Object.values(knownNames()).flat()) expect(serversNamed(name)).not.toEqual([]);
  });

  it('never means two things that hold different servers', () => {
    const names = Object.values(knownNames()).flat();
    expect(new Set(names).size).toBe(names.length);
    const targets = SERVERS.map(({ target }) => target);
    expect(new Set(targets).size).toBe(targets.length);
  });

  it.each([
    ['trafic', 'Did you mean traffic? Use one of: '],
    ['CASSANDRA', 'Did you mean cassandra? Use one of: '],
    ['us-central', 'Did you mean us-central1? Use one of: '],
    ['kubernetes', 'Use one of: cassandra, '],
  ])('%s is refused with the nearest, and all that there are', (name, mend) => {
    const error = refused(() => partOf(['temporal', name]));
    expect(error).toMatchObject({ type: 'lab-target', where: name, mend: expect.stringContaining(mend) });
    expect(error).toMatchObject({ mend: expect.stringContaining('temporal') });
  });

  it('must be there', () => {
    expect(refused(() => partOf([' , ']))).toMatchObject({ type: 'lab-target' });
  });
});

describe('what is obtained', () => {
  it('for a part is what that part needs, and nothing else', () => {
    expect(obtained('haproxy')).toEqual(['traffic']);
    expect(obtained('load')).toEqual(['cassandra', 'services', 'traffic', 'load']);
  });

  it('may be a tool of the tests alone', () => {
    expect(obtained('browser')).toEqual(['browser']);
    expect(obtained('temporal,test-server')).toEqual(['temporal', 'test-server']);
  });

  it('is everything where no part is named', () => {
    expect(toObtain().systems).toEqual(SYSTEMS);
  });

  it('is refused for a name that means nothing, tools offered too', () => {
    const error = refused(() => toObtain(['traffic', 'brauser']));
    expect(error).toMatchObject({ type: 'lab-target', mend: expect.stringMatching(/^Did you mean browser\?/) });
  });
});
