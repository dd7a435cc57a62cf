/** What a method of the Web API is: who may call it, how often, and what it does. */

import type { JsonObject } from '../json.ts';
import type { Limit } from '../rate-limits.ts';
import type { World } from '../world.ts';

export interface Method {
  readonly token: 'bot' | 'app';
  /** Any one of these suffices. */
  readonly scopes: readonly string[];
  readonly limit: Limit;
  /** The argument that the limit is counted by, besides the method. */
  readonly limitPer?: string;
  readonly required: readonly string[];
  run(world: World, args: JsonObject): JsonObject | Promise<JsonObject>;
}

/** A refusal in Slack's manner: HTTP 200 with `{ok: false, error}`. */
export class SlackRefusal extends Error {
  readonly error: string;
  readonly more: JsonObject;

  constructor(error: string, more: JsonObject = {}) {
    super(error);
    this.name = 'SlackRefusal';
    this.error = error;
    this.more = more;
  }
}

/** A refusal with lines for people in `response_metadata.messages`. */
export function refuseWith(error: string, messages: readonly string[]): SlackRefusal {
  const errors = messages.map((each) => each.replace(/^\[ERROR\] /, ''));
  return new SlackRefusal(error, { errors, response_metadata: { messages } });
}
