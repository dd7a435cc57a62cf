/**
 * A report as blocks, before it has a format. Sections make blocks; `html.ts` and `markdown.ts` alone know how a block
 * looks, so that escaping stands in one place for each format and no section can forget it.
 */

export type Tone = 'good' | 'bad' | 'warn' | 'quiet';

/** A piece of text; `code` is for names and hashes, `mark` for one loud word. Never markup: it is escaped when written. */
export type Inline =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly mark: string; readonly tone: Tone };
export type Text = string | readonly Inline[];

/** One measured figure beside what was promised. */
export interface Figure {
  readonly label: string;
  /** `not measured` where it was not (I11). */
  readonly value: string;
  /** What it is held against, and whether it held. */
  readonly verdict: string;
  readonly tone: Tone;
}

export interface Row {
  readonly cells: readonly Text[];
  /** A row that names what the rows below it have in common spans all columns. */
  readonly group?: boolean;
  readonly tone?: Tone;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'callout'; readonly tone: Tone; readonly title: string; readonly text: Text }
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [label: string, value: Text])[] }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'table'; readonly columns: readonly Column[]; readonly rows: readonly Row[] }
  /** `svg` is trusted: `timeline-svg.ts` makes it. Formats without pictures write `moments` instead. */
  | { readonly kind: 'picture'; readonly svg: string; readonly moments: readonly Text[] };

/** `short` columns hold times and figures: they are not broken over lines. */
export interface Column {
  readonly title: string;
  readonly short?: boolean;
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Document {
  readonly title: string;
  /** Short facts under the title. */
  readonly subtitle: readonly Text[];
  readonly status: { readonly word: string; readonly tone: Tone };
  readonly sections: readonly Section[];
}

/** The pieces of a text. */
export function piecesOf(text: Text): readonly Inline[] {
  return typeof text === 'string' ? [text] : text;
}
