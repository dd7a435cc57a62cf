/** What the stand-in keeps: messages, views, triggers. Names of fields are Slack's own where they cross its API. */

import type { JsonObject } from './json.ts';

export interface Message {
  readonly ts: string;
  readonly channel: string;
  /** User id of the author, a person or the bot. */
  readonly user: string;
  readonly fromBot: boolean;
  text: string;
  blocks: JsonObject[];
  /** The root's ts when this is a reply; equal to `ts` never. */
  readonly threadTs?: string;
  /** Who alone sees it (an ephemeral message); absent for everybody. */
  readonly onlyFor?: string;
  editedTs?: string;
  metadata?: JsonObject;
  /** Files that it shares, as Slack shows them. */
  readonly files?: readonly JsonObject[];
}

/** A file between the question for its address and the end of its upload; gone with the process, as an unfinished one is. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  /** Bytes, as announced. */
  readonly length: number;
  content?: Buffer;
}

/** A modal that a person has open. `view` is as Slack returns it, ids and hash included. */
export interface OpenView {
  readonly id: string;
  readonly user: string;
  readonly openedAt: number;
  view: JsonObject;
}

export interface Trigger {
  readonly user: string;
  readonly expiresAtMs: number;
  exchanged: boolean;
}

/** A failure that the person would see in Slack's own window, not in a message of the app. */
export interface Notice {
  readonly at: number;
  readonly user: string;
  readonly error: string;
  readonly text: string;
}

/** An outcome of something that a person did. */
export type Outcome =
  | { readonly ok: true; readonly envelope: string; readonly trigger: string }
  | {
      readonly ok: false;
      readonly error: string;
      readonly errors?: Record<string, string>;
      readonly envelope?: string;
    };
