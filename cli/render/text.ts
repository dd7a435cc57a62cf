/** Laying out plain text for a terminal: wrapping, columns, times, and color that is never the only bearer of meaning. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { formatDuration } from '../../kernel/duration.ts';

/** How a word is set off; every use reads the same without it. */
export interface Paint {
  strong(text: string): string;
  quiet(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

const same = (text: string): string => text;
export const PLAIN: Paint = { strong: same, quiet: same, good: same, warn: same, bad: same };

/** For a stream that takes color; NO_COLOR (https://no-color.org) and a stream that is no terminal give plain text. */
export function paintFor(
  stream: NodeJS.WriteStream,
  environment: { readonly [name: string]: string | undefined },
): Paint {
  if (!stream.isTTY || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb') return PLAIN;
  const style =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      styleText(format, text, { validateStream: false });
  return { strong: style('bold'), quiet: style('dim'), good: style('green'), warn: style('yellow'), bad: style('red') };
}

/** What every renderer needs beside its data. */
export interface Sheet {
  /** Columns; text is wrapped to fit, and never cut where a decision hangs on it. */
  readonly width: number;
  readonly paint: Paint;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The name to show for a person's short name. */
  readonly nameOf: (person: string) => string;
}

/**
 * The same data with every control, color and direction character taken out of its texts: what others wrote (reasons,
 * names) must not repaint the screen that a person decides from.
 */
export function harmless<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'string' ? one.replace(/[\p{Cc}\p{Cf}]+/gu, ' ') : one,
  ) as T;
}

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** Wraps at blanks; later lines are indented by `indent` columns, the first only if it is given as text. */
export function wrap(text: string, width: number, indent = 0): string[] {
  const room = Math.max(20, width - indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines.map((one, index) => (index === 0 ? one : `${' '.repeat(indent)}${one}`));
}

/** `label  value` lines, the labels in a column of their own; long values are wrapped beside it. */
export function pairs(rows: readonly (readonly [label: string, value: string])[], sheet: Sheet, indent = 2): string[] {
  const column = Math.min(30, Math.max(0, ...rows.map(([label]) => label.length)));
  return rows.flatMap(([label, value]) => {
    const start = indent + column + 2;
    const shown = label.padEnd(column);
    const [first = '', ...rest] = wrap(value, sheet.width, label.length > column ? indent + 4 : start);
    if (label.length > column) return [`${' '.repeat(indent)}${label}`, `${' '.repeat(indent + 4)}${first}`, ...rest];
    return [`${' '.repeat(indent)}${sheet.paint.quiet(shown)}  ${first}`, ...rest];
  });
}

/** A bullet and its wrapped text. */
export function bullet(text: string, { width }: Sheet, indent = 2, mark = '- '): string[] {
  const [first = '', ...rest] = wrap(text, width, indent + widthOf(mark));
  return [`${' '.repeat(indent)}${mark}${first}`, ...rest];
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(rows: readonly (readonly string[])[], { paint }: Sheet): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row, index) => {
    const line = row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ');
    return index === 0 ? paint.quiet(line.trimEnd()) : line.trimEnd();
  });
}

/** `03:12:11 UTC`: one clock for people in several places. */
export function clockText(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}

/** `2 min 5 s ago`. */
export function agoText(at: number, now: number): string {
  return now - at < 1_000 ? 'just now' : `${formatDuration(now - at)} ago`;
}

/** `in 58 min 0 s, at 03:12:11 UTC`, or `passed …`. */
export function untilText(at: number, now: number): string {
  return at > now ? `in ${formatDuration(at - now)}, at ${clockText(at)}` : `passed at ${clockText(at)}`;
}

/** `1 step`, `2 steps`. */
export function countText(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}
