/** What the bot's messages in the stand-in are about, by the metadata that Slack keeps beside them. */
import type { SeenMessage } from '../../lab/standins/slack/client.ts';

export interface SeenTag {
  readonly run?: unknown;
  readonly kind?: unknown;
  readonly item?: unknown;
  readonly final?: unknown;
}

export function tagOf(message: SeenMessage): SeenTag {
  const payload: unknown = message.metadata?.['event_payload'];
  return typeof payload === 'object' && payload !== null ? payload : {};
}

export const isKind = (kind: string) => (message: SeenMessage) => tagOf(message).kind === kind;

/** How many messages there are about each thing, each number once: [1] when nothing was posted twice. */
export function copiesIn(messages: readonly SeenMessage[]): number[] {
  const counts = new Map<string, number>();
  for (const message of messages) {
    const { run, kind, item } = tagOf(message);
    const key = `${run} ${kind} ${item}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...new Set(counts.values())];
}
