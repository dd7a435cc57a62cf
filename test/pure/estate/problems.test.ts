/** Pins: a mistake in an estate file is told at its place with the mend, and all mistakes are told at once (I12). */
import { describe, expect, it } from '@jest/globals';
import { sectionNames } from '../../../estate/schema.ts';
import { exampleText, marked, problemLines, replaced } from './estate-fixture.ts';

const lab = exampleText('lab');
const topLevel = `Known: ${['version', 'name', 'generation', ...sectionNames].map((name) => `\`${name}\``).join(', ')}.`;
const regions = 'Known: `us-central1`, `europe-west1`.';
const plainYaml =
  'anchors, aliases and tags are not allowed here. Write the value out, plainly, wherever it is needed.';

/** What stands in the example; what it is broken to, with a `«` before each place; what is said there, in order. */
const table: readonly [from: string, to: string, ...said: string[]][] = [
  // Keys
  ['signers:', '«signer: {}\nsigners:', `the key \`signer\` is not known here. Did you mean \`signers\`? ${topLevel}`],
  [
    'capacityPerWorker: 50',
    'capacityPerWorker: 50\n        «capacityPerWroker: 50',
    'the key `capacityPerWroker` is not known here. Did you mean `capacityPerWorker`? Known: `url`, `health`, ' +
      '`admin`, `capacityPerWorker`, `workers`, `maxWorkers`.',
  ],
  ['name: lab\n', 'name: lab\n«name: lab\n', 'the key `name` stands twice. Keep one of them.'],
  ['name: lab\n', 'name: lab\n«__proto__: { a: 1 }\n', 'this key is not allowed. Choose another name.'],
  ['name: lab\n', 'name: lab\n«constructor: 1\n', `the key \`constructor\` is not known here. ${topLevel}`],
  [
    'us-1: {',
    '«us_1: {',
    'this is not a name. Write 1 to 63 lower-case letters, digits and hyphens, with a letter or a digit at each end.',
  ],
  [
    'name: no acknowledged write is lost',
    'name: «item written before the fault - reads back',
    'the same name stands at `proofs[0].name`. Give every proof a name of its own; names that differ in punctuation alone are one.',
  ],
  [
    'url: http://127.20.0.40:8100/proofs/readable',
    'url: «"http://127.20.0.40:8100/proofs/\\ud800"',
    'here stands half a character (a lone surrogate). Write it again as plain text, in UTF-8.',
  ],
  // Missing and of a wrong kind
  [
    'services:\n  items:\n    cluster: main\n    peak: 200\n',
    'services:\n  «items:\n    cluster: main\n',
    '`peak` is missing. Add `peak`: requests per second over all regions at the last peak.',
  ],
  ['peak: 200', '«peak:', '`peak` is missing. Add `peak`: requests per second over all regions at the last peak.'],
  ['peak: 200', 'peak: «"200"', 'this must be a number. Write a number without quotes.'],
  ['workers: 4\n', 'workers: «4.5\n', 'this must be a whole number. Write a whole number without quotes.'],
  ['rack: r1', 'rack: «1', 'this must be text. Write text; put it in quotes if it looks like a number.'],
  ['version: 1', 'version: «{ toString: false }', 'this is not one of the known words. Only `1` is known here.'],
  ['version: 1', 'version: «2', 'this is not one of the known words. Only `1` is known here.'],
  [
    'continent: europe',
    'continent: «eurpe',
    'this is not one of the known words. Did you mean `europe`? Known: `africa`, `antarctica`, `asia`, `europe`, ' +
      '`north-america`, `oceania`, `south-america`.',
  ],
  ['kind: haproxy', 'kind: «haprox', 'this is not one of the known words. Only `haproxy` is known here.'],
  [
    '[operator, approver]',
    '[operator, «aprover]',
    'this is not one of the known words. Did you mean `approver`? Known: `operator`, `approver`.',
  ],
  [
    'gcGrace: 10d',
    'gcGrace: «10 days',
    'this is not a duration. Write a whole number and a unit without a space: 250ms, 30s, 5m, 1h or 10d.',
  ],
  [
    "address: '127.0.0.1:21000'",
    "address: «'127.0.0.1:210000'",
    'this is not a host with a port. Write host:port, for example temporal.internal:7233.',
  ],
  [
    'backend: items\n',
    'backend: «items;shutdown\n',
    'this is not the name of a backend or server of HAProxy. Write the name as in haproxy.cfg: letters, digits and ' +
      '`_`, `.`, `:`, `-`.',
  ],
  // Names that refer to nothing
  [
    'region: us-central1',
    'region: «us-cental1',
    `this names a region that is not in the file, under \`regions\`. Did you mean \`us-central1\`? ${regions}`,
  ],
  [
    'cluster: main\n',
    'cluster: «mian\n',
    'this names a Cassandra cluster that is not in the file, under `cassandra`. Only `main` is known here.',
  ],
  [
    'service: items\n',
    'service: «item\n',
    'this names a service that is not in the file, under `services`. Only `items` is known here.',
  ],
  [
    'keyspace: lifeboat',
    'keyspace: «lifebote',
    'this names a keyspace of this cluster that is not in the file, under `cassandra.main.keyspaces`. ' +
      'Did you mean `lifeboat`? Known: `shop`, `lifeboat`.',
  ],
  [
    'after: [failback]',
    'after: [«failbak]',
    'this names an objective that is not in the file, under `objectives`. Did you mean `failback`? ' +
      'Known: `failover`, `failback`.',
  ],
  [
    'destroy: two-people',
    'destroy: «two-peple',
    'this names a tier that is not in the file, under `approvals.tiers`. Did you mean `two-people`? ' +
      'Known: `one-other-person`, `two-people`.',
  ],
  [
    'shares: { us-central1: 50, europe-west1: 50 }',
    'shares: { us-central1: 50, europe-west1: 50, «asia-east1: 0 }',
    `this names a region that is not in the file, under \`regions\`. ${regions}`,
  ],
  // Copies
  [
    'shop: { replication: { us-central1: 3',
    'shop: { replication: { us-central1: «1',
    'a datacentre must keep at least 2 copies. Raise the replication in Cassandra, repair, then write the new number here.',
  ],
  [
    'shop: { replication: { us-central1: 3',
    'shop: { replication: { us-central1: «4',
    'more copies than the datacentre `us-central1` has nodes, which are 3. Write at most 3, or name the nodes that are missing.',
  ],
  [
    'shop: { replication: { us-central1: 3, europe-west1: 3 }',
    'shop: { «replication: { us-central1: 3 }',
    'this keyspace has no copies in the datacentre `europe-west1`. Add it with at least 2 copies, in Cassandra first.',
  ],
  // What must stand once
  [
    'address: 127.20.1.12',
    'address: «127.20.1.11',
    'the same address and port stands at `cassandra.main.datacentres.us-central1.nodes.us-1.address`. ' +
      'Give every node its own address.',
  ],
  [
    'eu-1: {',
    '«us-1: {',
    'the same node name stands at `cassandra.main.datacentres.us-central1.nodes.us-1`. ' +
      'Give every node of a cluster a name of its own.',
  ],
  [
    'slack: U01BEN',
    'slack: «U01ADA',
    'the same Slack id stands at `people.ada.slack`. Give each person their own member id.',
  ],
  [
    'backend: items-auto',
    'backend: «items',
    'the same backend of the same HAProxy stands at `traffic.items.backend`. Keep one entry for each backend.',
  ],
  // Traffic and capacity
  [
    'shares: { us-central1: 50,',
    '«shares: { us-central1: 51,',
    'the shares add up to 101 and not to 100. Write whole percents that add up to 100.',
  ],
  [
    'europe-west1: europe-west1 }\n    shares: { us-central1: 50, europe-west1: 50 }',
    '«europe-west1: europe-west1 }\n    shares: { us-central1: 100 }',
    'the region `europe-west1` stands under servers and not under shares. ' +
      'Add `europe-west1` under shares; its share may be 0, or remove it here.',
  ],
  [
    'maxWorkers: 16',
    'maxWorkers: «3',
    'maxWorkers is below workers. Raise maxWorkers to what the region can hold, at least to workers.',
  ],
  ['for: 3s', 'for: «500ms', 'the hold ends before its first sample. Make `for` at least as long as `every`.'],
  // Approvals
  ['approvals: 1,', 'approvals: «0,', 'this is too little: at least 1 is needed. Write at least 1.'],
  [
    'destroy: two-people',
    'destroy: «one-other-person',
    'what destroys needs a tier with at least one personal key. Name a tier whose personalKeys is 1 or more.',
  ],
  [
    'two-people: { approvals: 2,',
    '«two-people: { approvals: 4,',
    'too few people could approve this: the one who asks is never counted. Give more people the role approver ' +
      '(and keys, where personalKeys asks for them), or ask for fewer.',
  ],
  // Policies
  [
    'objectives:\n',
    'policies:\n  nightly: { runbook: failover, inputs: { from: us-central1 }, maxEffect: «destroy, onFailure: ask }\nobjectives:\n',
    'this is not one of the known words. Known: `read`, `change`.',
  ],
  [
    'objectives:\n',
    'policies:\n  nightly: { runbook: failover, inputs: { from: «us-cental1 }, maxEffect: change, onFailure: «abort }\nobjectives:\n',
    `this names a region that is not in the file, under \`regions\`. Did you mean \`us-central1\`? ${regions}`,
    'this is not one of the known words. Known: `undo`, `ask`.',
  ],
  [
    'objectives:\n',
    'policies:\n  nightly: { runbook: failover, inputs: { from: «[us-central1] }, maxEffect: change, onFailure: ask }\nobjectives:\n',
    'this is not a plain value. Write one line of 1 to 200 characters, a number, or true or false.',
  ],
  // YAML
  ['name: lab', 'name: &a «lab', plainYaml],
  [
    'holds:\n',
    'holds:\n  ««<<: {}\n',
    plainYaml,
    'the key `…` is not known here. Known: `step`, `commit`, `limits`, `patience`.',
  ],
  [
    'reports: { location: reports }',
    'reports: { location: reports }\n«---\nversion: 1',
    'a second document begins here. Keep one document in the file: remove the line `---`.',
  ],
];

describe('a broken estate file', () => {
  it.each(table)('%j broken to %j', (from, to, ...said) => {
    const { text, places } = marked(replaced(lab, from, to));
    expect(problemLines(text)).toEqual(said.map((words, index) => `estate.yaml:${places[index]}: ${words}`));
  });

  it('is told of with literal line and column', () => {
    expect(problemLines('version: 1\nnam: lab\n').slice(-1)).toEqual([
      `estate.yaml:2:1: the key \`nam\` is not known here. Did you mean \`name\`? ${topLevel}`,
    ]);
  });

  it('is refused as a whole when it is no mapping', () => {
    for (const text of ['', '- 1', 'lab', '# only words']) {
      expect(problemLines(text)).toEqual([
        'estate.yaml:1:1: an estate file is a mapping. Begin with `version: 1` and the keys that the schema shows.',
      ]);
    }
  });

  it('that leaves out a whole section still has its names missed', () => {
    const without = lab.replace(/^canaries:\n.*\n/m, '').replace(/^cassandra:\n([ ].*\n)+/m, '');
    const line = without.split('\n').findIndex((words) => words.includes('cluster: main')) + 1;
    expect(problemLines(without)).toEqual([
      `estate.yaml:${line}:14: this names a Cassandra cluster that is not in the file, under \`cassandra\`. None is known here.`,
    ]);
  });

  it('with aliases that multiply is refused quickly and without expanding them', () => {
    const bomb = Array.from({ length: 30 }, (_, level) =>
      level === 0 ? 'a0: &a0 [x, x]' : `a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`,
    ).join('\n');
    expect(problemLines(bomb).filter((line) => line.includes('anchors, aliases and tags')).length).toBeGreaterThan(29);
  });

  it('that is nested without end is refused', () => {
    expect(problemLines('['.repeat(50_000))[0]).toContain('the file is nested too deeply');
    expect(problemLines('x: '.repeat(2_000))[0]).toContain('this is not a key');
  });

  it('after a slip of the hand in YAML tells where, and does not drown it', () => {
    const lines = problemLines(replaced(lab, 'slack: { channel: C01OPS }', 'slack: { channel: C01OPS'));
    expect(lines).toHaveLength(1);
  });

  it('tells of every problem at once, in the order of the file', () => {
    const broken = [
      ['continent: europe', 'continent: «eurpe'],
      ['region: us-central1', 'region: «nowhere'],
      ['peak: 200', '«peak:'],
      ['slack: { channel: C01OPS }', 'slack: { channel: «ops }'],
    ].reduce((text, [from = '', to = '']) => replaced(text, from, to), lab);
    const { text, places } = marked(broken);
    expect(problemLines(text).map((line) => line.split(': ')[0])).toEqual(
      places.map((place) => `estate.yaml:${place}`),
    );
  });
});
