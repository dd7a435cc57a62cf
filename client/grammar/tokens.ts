/** Cuts a line into words as a shell would, forgiving what chat programs and phones do to quotes and dashes. */

/** Words; a quoted part may hold blanks: `reason="zone is dark"`. An open quote ends with the line. */
export function tokensOf(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let begun = false;
  const finish = (): void => {
    if (begun) words.push(word);
    word = '';
    begun = false;
  };
  for (const character of straightened(text)) {
    if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === '`' || (character === "'" && atBoundary(word))) {
      quote = character;
      begun = true;
    } else if (/\s/.test(character)) {
      finish();
    } else {
      word += character;
      begun = true;
    }
  }
  finish();
  return words;
}

/** An apostrophe inside a word (`it's`) is no quote. */
function atBoundary(word: string): boolean {
  return word === '' || word.endsWith('=');
}

/** Curly quotes become straight, and a dash that a phone made of `--` becomes two again. */
function straightened(text: string): string {
  return text
    .replace(/[“”„«»]/g, '"')
    .replace(/[‘’‚]/g, "'")
    .replace(/(^|\s)[—–](?=[A-Za-z])/g, '$1--');
}

/** A word as it must be typed to be read back the same. */
export function quoted(word: string): string {
  const [same, ...more] = tokensOf(word);
  return same === word && more.length === 0 ? word : `"${word.replaceAll('"', "'")}"`;
}
