/** What the lab writes for its servers, as text: a change of any of it should be seen in review. */
import { describe, expect, it } from '@jest/globals';
import { mustParseEstate } from '../../../estate/file/parse.ts';
import type { Estate } from '../../../estate/schema.ts';
import { renderEstate } from '../../../lab/estate.ts';
import { renderCut, renderMarks } from '../../../lab/faults/cut-rules.ts';
import { renderPom } from '../../../lab/obtain/maven.ts';
import { sayTransfer } from '../../../lab/progress.ts';
import { publicHalf } from '../../../lab/secrets.ts';
import { nodesOf } from '../../../lab/systems/cassandra/addresses.ts';
import { javaArgs, renderCassandraYaml, renderJolokia, renderRackDc } from '../../../lab/systems/cassandra/config.ts';
import { JARS } from '../../../lab/systems/cassandra/obtain.ts';
import { KEYS } from '../../../lab/systems/lifeboat/keys.ts';
import type { PublicKeyOf } from '../../../lab/systems/system.ts';
import { temporalArgs } from '../../../lab/systems/temporal/temporal.ts';
import { renderFirstState, renderHaproxy } from '../../../lab/systems/traffic/config.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

const SLOT = 3;
const nodes = nodesOf(SLOT);
const node = nodes[3];
if (node === undefined) throw new Error('the ring has nodes');

/** Six public keys, each of its own. */
const publicKeyOf: PublicKeyOf = (key) => {
  const byte = KEYS.findIndex(({ file }) => file === key.file) + 1;
  return publicHalf(`ed25519-private:${Buffer.alloc(32, byte).toString('base64url')}`, 'test');
};

/** Public keys of everybody whom an estate knows. */
function keysIn({ people, bots, signers }: Estate): readonly string[] {
  return [people, bots, signers].flatMap((owners) => Object.values(owners)).flatMap(({ keys }) => keys);
}

describe('configurations', () => {
  it('Cassandra', () => {
    expect(renderCassandraYaml(nodes, node, 'lifeboat-3-test')).toMatchSnapshot();
    expect(renderRackDc(node)).toBe('dc=europe-west1\nrack=r1\n');
    expect(renderJolokia(node, 'lifeboat', 'p')).toMatchSnapshot();
  });

  it("Maven's project", () => {
    expect(renderPom(JARS)).toMatchSnapshot();
  });

  it('HAProxy', () => {
    const paths = { socket: '/lab/run/haproxy.sock', stateFile: '/lab/haproxy/state' };
    expect(renderHaproxy(SLOT, paths)).toMatchSnapshot();
    expect(renderFirstState(SLOT)).toMatchSnapshot();
  });

  it('Temporal', () => {
    expect(temporalArgs(SLOT, '/lab/temporal.db').join(' ')).toMatchSnapshot();
  });

  it('the rules of a cut', () => {
    expect(renderMarks(3)).toMatchSnapshot();
    expect(renderCut(3, ['us-central1'])).toMatchSnapshot();
    expect(renderCut(3, [])).not.toContain('drop');
    const path = { from: '127.23.0.20', to: { address: '127.23.1.50', port: 8080 } };
    expect(renderCut(3, [], [path]).match(/^add rule .*$/gm)).toEqual([
      'add rule ip lifeboat_lab_3 cuts ip saddr 127.23.0.20 ip daddr 127.23.1.50 tcp dport 8080 counter drop',
      'add rule ip lifeboat_lab_3 cuts ip saddr 127.23.1.50 ip daddr 127.23.0.20 tcp sport 8080 counter drop',
    ]);
  });

  it('the estate file', () => {
    expect(renderEstate(SLOT, publicKeyOf)).toMatchSnapshot();
  });

  it('an estate file that the schema accepts, and that the example shows but for its keys', () => {
    const rendered = mustParseEstate(renderEstate(0, publicKeyOf), 'estate.yaml').estate;
    const shown = exampleEstate('lab');
    const keys = new Set([rendered, shown].flatMap(keysIn));
    const without = (estate: Estate): unknown =>
      JSON.parse(JSON.stringify(estate, (_, value) => (keys.has(value) ? 'a key' : value)));
    expect(without(shown)).toEqual(without(rendered));
  });
});

describe('Java', () => {
  const input = {
    classPath: ['/a.jar', '/b.jar'],
    jamm: '/jamm.jar',
    jolokia: '/jolokia.jar',
    jolokiaConfig: '/jolokia.properties',
    cassandraYaml: '/c.yaml',
    rackDc: '/r',
    logback: '/l.xml',
    dataFolder: '/data',
    seed: false,
    nodeCount: 6,
  };

  it('has the same classes and agents at dump and at run, else the archive is ignored silently', () => {
    const used = javaArgs({ ...input, archive: { use: '/x.jsa' } });
    const dumped = javaArgs({ ...input, archive: { dump: '/x.jsa' } });
    expect(used.slice(2)).toEqual(dumped.slice(1));
    expect(used).toContain('-XX:+AllowArchivingWithJavaAgent');
  });

  it('gives a non-seed half a minute to hear somebody', () => {
    expect(javaArgs({ ...input, archive: { use: '/x' } })).toContain('-Dcassandra.ring_delay_ms=30000');
    expect(javaArgs({ ...input, seed: true, archive: { use: '/x' } })).toContain('-Dcassandra.ring_delay_ms=5000');
  });
});

describe('keys', () => {
  // RFC 8032, section 7.1, test 1.
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
  const publicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');

  it('are Ed25519, as base64url of the raw bytes', () => {
    const line = `ed25519-private:${seed.toString('base64url')}\n`;
    expect(publicHalf(line, 'keys/bot')).toBe(`ed25519:${publicKey.toString('base64url')}`);
  });

  it('are refused when cut short', () => {
    expect(() => publicHalf('ed25519-private:AAAA', 'keys/bot')).toThrow('not a private key');
  });
});

describe('progress', () => {
  it('tells rate and time left only when they are known', () => {
    expect(sayTransfer(0, 44_508_240, 10)).toBe('0 % · 0 kB of 44.5 MB');
    expect(sayTransfer(20_000_000, 40_000_000, 4000)).toBe('50 % · 20.0 MB of 40.0 MB · 5.0 MB/s · 4 s left');
    expect(sayTransfer(40_000_000, 40_000_000, 4000)).toBe('100 % · 40.0 MB of 40.0 MB · 10.0 MB/s');
  });
});
