/** Pins: the examples stay good, the editors' schema stays fresh, and the digest changes with what is read alone. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { estateJsonSchema, estateJsonSchemaText } from '../../../estate/file/json-schema.ts';
import { mustParseEstate, parseEstate } from '../../../estate/file/parse.ts';
import { exampleEstate, exampleText, problemLines, replaced } from './estate-fixture.ts';

const lab = exampleText('lab');

describe('the examples', () => {
  it.each(['lab', 'google-cloud'] as const)('%s.yaml is good', (name) => {
    expect(problemLines(exampleText(name))).toEqual([]);
  });

  it('lab.yaml holds the whole lab: six nodes, and both kinds of traffic', () => {
    const { cassandra, traffic } = exampleEstate('lab');
    const nodes = Object.values(cassandra.main?.datacentres ?? {}).flatMap((datacentre) =>
      Object.keys(datacentre.nodes),
    );
    expect(nodes).toEqual(['us-1', 'us-2', 'us-3', 'eu-1', 'eu-2', 'eu-3']);
    expect(Object.entries(traffic).map(([name, { rule }]) => [name, rule])).toEqual([
      ['items', 'lifeboat'],
      ['items-auto', 'automatic'],
    ]);
  });
});

describe('the parsed estate', () => {
  it('has durations in milliseconds, and defaults filled in', () => {
    const estate = exampleEstate('lab');
    expect(estate.holds.step).toEqual({ every: 1_000, for: 3_000 });
    expect(estate.objectives.failback).toEqual({ rto: 3_600_000, rpo: 0 });
    expect(exampleEstate('google-cloud').cassandra.orders?.datacentres['us-central1']?.nodes['us-1']?.port).toBe(9042);
  });
});

describe('the digest', () => {
  const digest = (text: string) => mustParseEstate(text, 'estate.yaml').digest;

  it('is SHA-256 in hex, and the same for comments, order, defaults and other spellings of a duration', () => {
    expect(digest(lab)).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(`# a comment\n${lab}`)).toBe(digest(lab));
    expect(digest(replaced(lab, 'rpo: 60s', 'rpo: 1m'))).toBe(digest(lab));
    expect(digest(replaced(lab, '        health: /health\n', ''))).toBe(digest(lab));
    expect(digest(replaced(lab, '{ every: 1s, for: 3s }', '{ for: 3s, every: 1s }'))).toBe(digest(lab));
  });

  it('changes with anything that is read', () => {
    expect(digest(replaced(lab, 'peak: 200', 'peak: 201'))).not.toBe(digest(lab));
    expect(digest(replaced(lab, 'name: Ada', 'name: Adah'))).not.toBe(digest(lab));
  });

  it('is not to be had of a bad file', () => {
    expect(() => mustParseEstate('version: 1', 'estate.yaml')).toThrow(
      expect.objectContaining({ type: 'bad-estate', retryable: false }),
    );
    expect(parseEstate('version: 1', 'estate.yaml')).not.toHaveProperty('digest');
  });
});

describe('the schema for editors', () => {
  it('is fresh: run `npm run docs` after a change of the schema', () => {
    expect(readFileSync(new URL('../../../docs/estate.schema.json', import.meta.url), 'utf8')).toBe(
      estateJsonSchemaText(),
    );
  });

  it('explains every key', () => {
    expect(undescribed(estateJsonSchema(), [])).toEqual([]);
  });

  it('has patterns that editors can read: they compile them as Unicode', () => {
    const patterns = [...estateJsonSchemaText().matchAll(/"pattern": (".*")/g)].map(([, text = '""']) =>
      JSON.parse(text),
    );
    expect(patterns.length).toBeGreaterThan(50);
    for (const pattern of patterns) expect(() => new RegExp(pattern, 'u')).not.toThrow();
  });

  it('takes durations as text and leaves out what has a default', () => {
    expect(estateJsonSchema()).toHaveProperty('properties.holds.properties.step.properties.every.type', 'string');
    expect(estateJsonSchema()).toHaveProperty('additionalProperties', false);
    expect(estateJsonSchema().required).not.toContain('canaries');
  });

  it('shows what stands where a key is left out, also of what holds a duration', () => {
    expect(estateJsonSchema()).toHaveProperty('properties.traffic.default', {});
    expect(estateJsonSchema()).toHaveProperty('properties.canaries.default', {});
    expect(estateJsonSchema()).toHaveProperty('properties.holds.properties.patience.default', '1m');
    expect(exampleEstate('lab').holds.patience).toBe(60_000);
  });
});

/** The paths of all properties that say nothing about themselves. */
function undescribed(schema: unknown, path: readonly string[]): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const here = [...path, key];
    const isProperty = path.at(-1) === 'properties';
    const silent = isProperty && typeof value.description !== 'string' ? [here.join('.')] : [];
    return [...silent, ...undescribed(value, here)];
  });
}
