/**
 * Pins: the page of errors misses none and invents none. Its scan reads sources as text, so what such text may hold
 * (strings with brackets, templates in templates, comments, conditions) is tried here.
 */
import { describe, expect, it } from '@jest/globals';
import { callsOf, objectsWith, partsAt, resolved, textsOf } from '../../../scripts/docs/scan.ts';

/** Source text; `<<…>>` stands for a template's placeholder. */
function source(text: string): string {
  return text.replaceAll('<<', '$' + '{').replaceAll('>>', '}');
}

describe('the scan of sources', () => {
  it('cuts arguments at their own commas only', () => {
    const text = source("(`a, <<b(`c, <<d>>`, 1)>>`, 'e), f', /* g, */ {h: [1, 2]}, // i, j\n k)");
    expect(partsAt(text, 0)).toEqual([
      source('`a, <<b(`c, <<d>>`, 1)>>`'),
      "'e), f'",
      '/* g, */ {h: [1, 2]}',
      '// i, j\n k',
    ]);
  });

  it('finds calls, and neither declarations nor longer names', () => {
    const text = "function refusal(a: string) {}\nthrow refusal('one', 'it');\nmyrefusal('two'); x.refusal('three')";
    expect(callsOf(text, 'refusal').map(({ args }) => args)).toEqual([["'one'", "'it'"]]);
  });

  it('fills in what a template fills in', () => {
    expect(textsOf(source('`<<a.b.why>> of <<list.map((x) => `<<x>>`).join()>>: <<name>>.`'))).toEqual([
      '‹why› of ‹…›: ‹name›.',
    ]);
    expect(textsOf("'it\\'s'")).toEqual(["it's"]);
    expect(textsOf(source('`no: <<asClause(a.why)>>.`'))).toEqual(['no: ‹why›.']);
  });

  it('gives both arms of a condition, and one text for a sum', () => {
    expect(textsOf(source("none ? 'first' : `second <<x>>`"))).toEqual(['first', 'second ‹x›']);
    expect(textsOf("'a ' + b + ' c'")).toEqual(['a ‹…› c']);
    expect(textsOf('facts.message')).toEqual([]);
  });

  it('follows a name to what it was last set to', () => {
    const text = "const mend = 'old';\nuse(mend);\nconst mend = 'new; and more';\nuse(mend);\nconst mend = 'later';\n";
    expect(resolved('mend', text, text.lastIndexOf('use'))).toBe("'new; and more'");
    expect(resolved('unknown', text, text.length)).toBe('unknown');
  });

  it('reads the properties of an object, also short ones', () => {
    expect(objectsWith("return { type: 'a', message, mend: 'b, c' };", 'type')).toEqual([
      { type: "'a'", message: 'message', mend: "'b, c'" },
    ]);
  });
});
