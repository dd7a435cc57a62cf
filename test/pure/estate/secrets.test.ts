/** Pins: a secret pasted into an estate file is refused wherever it stands, and never repeated in a problem (I8). */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatProblem, parseEstate } from '../../../estate/file/parse.ts';
import { looksSecret } from '../../../estate/file/secrets.ts';
import { exampleText, problemLines, replaced } from './estate-fixture.ts';

const lab = exampleText('lab');

/** Put together at run time: no scanner of repositories should find a token in this file. */
const glued = (...parts: string[]): string => parts.join('');
const body = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6';

const literals: readonly [kind: string, literal: string][] = [
  ['a private key', glued('-----BEGIN OPENSSH PRI', 'VATE KEY-----')],
  ['a URL with a user in it', glued('https://ada:', 'swordfish@proofs.internal/x')],
  ['a token in a URL', glued('https://proofs.internal/x?to', 'ken=swordfish')],
  ['a GitHub token', glued('gh', 'p_', body)],
  ['a GitLab token', glued('glp', 'at-', body.slice(0, 20))],
  ['a Slack token', glued('xo', 'xb-1234567890-', body)],
  ['a Slack token', glued('xa', 'pp-1-A01LAB-', body)],
  ['a Slack webhook', glued('https://hooks.slack', '.com/services/T01/B01/xyz')],
  ['an AWS access key', glued('AK', 'IAABCDEFGHIJKLMNOP')],
  ['a Google key', glued('AI', 'za', body)],
  ['an API key', glued('sk_', 'live_', body)],
  ['a JSON web token', glued('ey', 'JhbGciOiJIUzI1NiJ9.', body)],
  ['a password hash', glued('$2', 'b$12$', body)],
  ['random text', body],
  ['random text', '9f86d081884c7d659a2feaa0c55ad015'],
  ['random text', 'q7xk2m9zr4t8w1v6p3n5c0b7j2h4'],
];

describe('a literal that looks like a secret', () => {
  it.each(literals)('%s as a value is refused at its place and not repeated', (kind, literal) => {
    const text = replaced(lab, "'file:secrets/cassandra'", `'${literal}'`);
    const line = text.split('\n').findIndex((words) => words.includes(literal)) + 1;
    const problems = problemLines(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      new RegExp(`^estate\\.yaml:${line}:50: this looks like ${kind}, and no secret may stand`),
    );
    expectNoTrace(problems.join('\n'), literal);
  });

  it.each(literals)('%s in a comment or as a key is refused', (_kind, literal) => {
    expectRefused(`# ${literal}\n${lab}`, literal);
    expectRefused(replaced(lab, 'us-1: {', `'${literal}': {`), literal);
    expectRefused(`${lab}\n'${literal}': 1\n`, literal);
  });

  it('is found behind the escapes of a double-quoted text', () => {
    const escaped = [...body].map((letter) => `\\x${letter.charCodeAt(0).toString(16)}`).join('');
    expectRefused(replaced(lab, "'file:secrets/cassandra'", `"${escaped}"`), body);
  });

  it('is refused in a file that is not YAML', () => {
    expectRefused(`: : {[\n${body}`, body);
  });

  it('passes as a public key under keys alone', () => {
    const key = /ed25519:[A-Za-z0-9_-]{43}/.exec(lab)?.[0] ?? '';
    expect(key).toHaveLength(51);
    expectRefused(replaced(lab, 'name: Ada', `name: '${key}'`), key.slice(8));
  });

  it('that has no known form is refused as a password all the same, and not repeated', () => {
    const problems = problemLines(replaced(lab, "'file:secrets/jolokia'", 'swordfish'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('here must stand a reference to a secret, never the secret itself');
    expect(problems[0]).not.toContain('swordfish');
  });
});

describe('what people write', () => {
  it.each([
    'us-central1',
    'cassandra-us-1.us-central1-a.c.shop-prod.internal',
    'https://cassandra-us-1.us-central1-a.c.shop-prod.internal:8778/jolokia',
    'projects/lifeboat-production-1234/locations/europe-west1/backups',
    'op://x6a2hzzcgqmjbd5wi3qz7dvh4e/t5y7u9i1o3p5a7s9d1f3g5h7j9/password',
    'file:/etc/lifeboat/temporal.key',
    'env:LIFEBOAT_CASSANDRA_PASSWORD',
    'LifeboatProductionEurope1West2',
    'no acknowledged write is lost, as the ledger of the last 24 hours tells',
    '123e4567-e89b-12d3-a456-426614174000',
    'https://proofs.internal/stranded?region=us-central1',
    'basic authentication',
  ])('%s is no secret', (words) => {
    expect(looksSecret(words)).toBe(false);
  });
});

describe('parseEstate', () => {
  it('never throws and never repeats a secret, however a file is mangled', () => {
    const lines = lab.split('\n');
    const junk = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ': ',
        '- ',
        '&a ',
        '*a',
        '!!map ',
        '"',
        "'",
        '\n',
        '\t',
        '---\n',
        '|',
        '<<: ',
        '\u0000',
        '\ud800',
        '__proto__: {}\n',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        fc.nat(lines.length - 1),
        fc.nat(60),
        fc.nat(20),
        junk,
        fc.constantFrom(...literals),
        fc.boolean(),
        (row, column, cut, insert, [, literal], withSecret) => {
          const line = lines[row] ?? '';
          const put = withSecret ? ` ${literal} ${insert}` : insert;
          const mangled = line.slice(0, column) + put + line.slice(column + cut);
          const result = parseEstate(
            [...lines.slice(0, row), mangled, ...lines.slice(row + 1)].join('\n'),
            'estate.yaml',
          );
          if (withSecret) expect(result.ok).toBe(false);
          if (result.ok) return;
          expect(result.problems.length).toBeGreaterThan(0);
          for (const problem of result.problems) {
            expect(problem.line).toBeGreaterThan(0);
            expect(problem.column).toBeGreaterThan(0);
          }
          if (withSecret) expectNoTrace(JSON.stringify(result.problems), literal);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never throws on text of any kind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(parseEstate(text, 'estate.yaml').ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('never throws on values of any kind in the place of any section', () => {
    const sections = [...lab.matchAll(/^([a-z]+):/gm)].map(([, name = '']) => name);
    fc.assert(
      fc.property(fc.constantFrom(...sections), fc.jsonValue({ maxDepth: 5 }), (section, value) => {
        const text = `${lab.replace(new RegExp(`^${section}:`, 'm'), `x-${section}:`)}\n${section}: ${JSON.stringify(value)}\n`;
        expect(parseEstate(text, 'estate.yaml').ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

function expectRefused(text: string, literal: string): void {
  const result = parseEstate(text, 'estate.yaml');
  if (result.ok) throw new Error('accepted a secret');
  const said = result.problems.map(formatProblem).join('\n');
  expect(said).toContain('no secret may stand here');
  expectNoTrace(JSON.stringify(result.problems), literal);
}

/** No eight characters in a row of the literal are told; the beginning of an address is no secret. */
function expectNoTrace(said: string, literal: string): void {
  const secret = literal.replace(/^https:\/\/(hooks\.slack\.com\/services\/)?/, '');
  const pieces = Array.from({ length: Math.max(secret.length - 7, 1) }, (_, from) => secret.slice(from, from + 8));
  expect(pieces.filter((piece) => said.includes(piece))).toEqual([]);
}
