/** The parser's complaints in our words; its own repeat pieces of the file, which may be secret (I8). */
import type { ErrorCode } from 'yaml';
import type { Complaint } from './section.ts';

type Words = readonly [message: string, mend: string];

const plain: Words = [
  'anchors, aliases and tags are not allowed here',
  'Write the value out, plainly, wherever it is needed.',
];
const indentation: Words = [
  'the indentation does not fit',
  'Indent with two spaces for each level, and never with tabs.',
];
const scalar: Words = ['this text cannot stand here as it is', 'Put it in single quotes.'];
const brackets: Words = [
  'something is missing or too much here',
  'Check the colons, commas, quotes and brackets up to here.',
];
const key: Words = ['this is not a key', 'Write a short plain name on one line, a colon and a space.'];

const words: Record<ErrorCode, Words> = {
  ALIAS_PROPS: plain,
  BAD_ALIAS: plain,
  BAD_COLLECTION_TYPE: plain,
  BAD_DIRECTIVE: ['this directive is not allowed here', 'Remove the line that begins with `%`.'],
  BAD_DQ_ESCAPE: ['this is not an escape', 'Write `\\\\` for a backslash, or use single quotes.'],
  BAD_INDENT: indentation,
  BAD_PROP_ORDER: plain,
  BAD_SCALAR_START: scalar,
  BLOCK_AS_IMPLICIT_KEY: key,
  BLOCK_IN_FLOW: indentation,
  DUPLICATE_KEY: ['this key stands twice', 'Keep one of them.'],
  IMPOSSIBLE: brackets,
  KEY_OVER_1024_CHARS: key,
  MISSING_CHAR: brackets,
  MULTILINE_IMPLICIT_KEY: key,
  MULTIPLE_ANCHORS: plain,
  MULTIPLE_DOCS: ['a second document begins here', 'Keep one document in the file: remove the line `---`.'],
  MULTIPLE_TAGS: plain,
  NON_STRING_KEY: key,
  RESOURCE_EXHAUSTION: ['the file is nested too deeply', 'Write it as the schema shows.'],
  TAB_AS_INDENT: indentation,
  TAG_RESOLVE_FAILED: plain,
  UNEXPECTED_TOKEN: brackets,
};

export function syntaxComplaint(code: ErrorCode): Complaint {
  const [message, mend] = words[code];
  return { path: [], on: 'value', message, mend };
}
