/**
 * Opaque ids for buttons: what Slack holds and sends back names nothing. The same subject always has the same id (keyed
 * hash), so that a button posted before a restart still works after it.
 *
 * Must never happen: an id that lets somebody choose a run or a gate; an unknown id means nothing.
 */
import { createHmac } from 'node:crypto';
import type { Lifeboat } from '../../client/api.ts';

export type Subject =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'gate'; readonly run: string; readonly gate: string; readonly attempt: number }
  | { readonly kind: 'question'; readonly run: string; readonly question: string };

export interface Keyring {
  keyOf(subject: Subject): string;
  /** What the id stands for; runs that are not known yet are looked through. Undefined when it stands for nothing. */
  find(key: string): Promise<Subject | undefined>;
}

const MAX_KEYS = 5_000;
const LOOK_THROUGH_RUNS = 50;

/** @param secret never leaves this process; ids of two bots agree when they have the same one */
export function createKeyring(secret: string, lifeboat: Pick<Lifeboat, 'list' | 'state'>): Keyring {
  const known = new Map<string, Subject>();

  function keyOf(subject: Subject): string {
    const parts =
      subject.kind === 'run'
        ? [subject.kind, subject.run]
        : subject.kind === 'gate'
          ? [subject.kind, subject.run, subject.gate, subject.attempt]
          : [subject.kind, subject.run, subject.question];
    const key = createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
    known.delete(key);
    known.set(key, subject);
    const oldest = known.keys().next().value;
    if (known.size > MAX_KEYS && oldest !== undefined) known.delete(oldest);
    return key;
  }

  async function lookThrough(): Promise<void> {
    for (const { run } of await lifeboat.list({ limit: LOOK_THROUGH_RUNS })) {
      keyOf({ kind: 'run', run });
      const state = await lifeboat.state(run).catch(() => undefined);
      if (state?.gate) keyOf({ kind: 'gate', run, gate: state.gate.id, attempt: state.attempt });
      if (state?.question) keyOf({ kind: 'question', run, question: state.question.id });
    }
  }

  return {
    keyOf,
    find: async (key) => {
      if (!known.has(key)) await lookThrough();
      return known.get(key);
    },
  };
}
