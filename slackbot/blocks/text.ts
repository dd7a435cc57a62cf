/**
 * Text for Slack: everything that a person or a machine said passes through here before it becomes markup.
 *
 * Must never happen: a reason or an error that mentions the channel, fakes a link, carries a secret (I8), or is longer
 * than Slack takes and so loses the whole message. Slack is untrusted output.
 */
import type { ContextBlock, HeaderBlock, KnownBlock, PlainTextElement, SectionBlock } from '@slack/types';
import { redact } from '../../estate/file/secrets.ts';

/** Slack's documented limits, in characters (docs.slack.dev, "Blocks", "Composition objects", "Views"). */
const SECTION_CHARACTERS = 3000;
const FIELD_CHARACTERS = 2000;
const HEADER_CHARACTERS = 150;
export const BUTTON_CHARACTERS = 75;
export const TITLE_CHARACTERS = 24;
/** Slack takes 40,000 in `text`; notifications show a line of it. */
const FALLBACK_CHARACTERS = 2000;
const MESSAGE_BLOCKS = 50;
export const VIEW_BLOCKS = 100;

/** A message as it is posted; `text` is a full sentence for notifications and screen readers. */
export interface Message {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Cuts to `max` characters, never within a character; a cut text ends with `…`. */
export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${[...text.slice(0, max - 1)].filter(isWhole).join('')}…`;
}

function isWhole(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 0xd800 || code > 0xdfff;
}

/** Foreign text as mrkdwn that means nothing but itself; at most `max` characters after escaping. */
export function safe(text: string, max = 500): string {
  let out = '';
  for (const character of redact(text)) {
    const piece = ESCAPES[character] ?? character;
    if (out.length + piece.length > max - 1) return `${out}…`;
    out += piece;
  }
  return out;
}

/** Foreign text between backticks. */
export function code(text: string, max = 200): string {
  return `\`${safe(text.replaceAll('`', "'"), max)}\``;
}

/** A whole hash between backticks; anything but lower-case hex is treated as foreign text. */
export function hashCode(hash: string): string {
  return /^[0-9a-f]{1,64}$/.test(hash) ? `\`${hash}\`` : code(hash);
}

/** Foreign text for plain_text objects and `text` fallbacks of which Slack makes no markup. */
export function plain(text: string, max: number): PlainTextElement {
  return { type: 'plain_text', text: clip(redact(text), max) || ' ', emoji: false };
}

/** A time as each reader's own clock shows it; `ms` since 1970. */
export function when(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time_secs}|${iso.slice(0, 19).replace('T', ' ')} UTC>`;
}

/** The time of a day, as each reader's own clock shows it: for lines of a message that has its own date. */
export function clock(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<!date^${Math.floor(ms / 1000)}^{time_secs}|${iso.slice(11, 19)} UTC>`;
}

/** A section of mrkdwn that was made by the functions above. `verbatim` keeps Slack from linking names by itself. */
export function section(mrkdwn: string, blockId?: string): SectionBlock {
  const text = { type: 'mrkdwn' as const, text: clipMarkup(mrkdwn, SECTION_CHARACTERS), verbatim: true };
  return { type: 'section', text, ...(blockId !== undefined && { block_id: blockId }) };
}

/** Up to ten short label-value pairs in two columns. */
export function fields(pairs: readonly (readonly [label: string, mrkdwn: string])[]): SectionBlock {
  return {
    type: 'section',
    fields: pairs.slice(0, 10).map(([label, value]) => ({
      type: 'mrkdwn' as const,
      text: clipMarkup(`*${label}*\n${value}`, FIELD_CHARACTERS),
      verbatim: true,
    })),
  };
}

export function header(text: string): HeaderBlock {
  return { type: 'header', text: plain(text, HEADER_CHARACTERS) };
}

export function context(mrkdwn: string): ContextBlock {
  return {
    type: 'context',
    elements: [{ type: 'mrkdwn', text: clipMarkup(mrkdwn, SECTION_CHARACTERS), verbatim: true }],
  };
}

/**
 * A titled list as one section: as many lines as fit, then how many are left and where they can be read.
 * @param more mrkdwn that says where the rest is, a link if there is one
 */
export function list(title: string, lines: readonly string[], more: string, maxLines = 25): SectionBlock {
  const shown: string[] = [`*${title}*`];
  let used = title.length + 2;
  for (const [index, line] of lines.entries()) {
    const rest = `… and ${lines.length - index} more: ${more}`;
    if (index >= maxLines || used + line.length + 4 + rest.length > SECTION_CHARACTERS) {
      shown.push(rest);
      break;
    }
    shown.push(`• ${line}`);
    used += line.length + 3;
  }
  return section(shown.join('\n'));
}

/** The last resort: our own markup is short by construction, but a message must never be refused for its length. */
function clipMarkup(mrkdwn: string, max: number): string {
  if (mrkdwn.length <= max) return mrkdwn || ' ';
  const cut = mrkdwn.slice(0, max - 1);
  // A cut inside `<…>` or `&…;` would show half a link or half an entity.
  const open = Math.max(cut.lastIndexOf('<') > cut.lastIndexOf('>') ? cut.lastIndexOf('<') : -1, -1);
  const entity = /&[a-z]{0,4}$/.exec(cut);
  const end = open >= 0 ? open : entity ? entity.index : cut.length;
  return `${clip(cut.slice(0, end), max - 1)}…`;
}

/** Keeps a message within Slack's number of blocks: the last of them says that something is missing. */
export function bounded(blocks: readonly KnownBlock[], max = MESSAGE_BLOCKS): KnownBlock[] {
  if (blocks.length <= max) return [...blocks];
  return [
    ...blocks.slice(0, max - 1),
    context('More than Slack shows: read it with `lifeboat status` in the terminal.'),
  ];
}

/** A fallback that reads as a sentence. */
export function fallback(text: string): string {
  return clip(safe(text, FALLBACK_CHARACTERS), FALLBACK_CHARACTERS);
}
