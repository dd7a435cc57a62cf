/**
 * Owns what one write and one read are, and when they count as done.
 *
 * What must never happen: a write counts as acknowledged before the ledger holds it; or anything but the service's 201
 * enters the ledger.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Agent } from 'node:http';
import type { Outcome } from './counters.ts';
import { bodyHash, type Ledger, type LedgerEntry } from './ledger.ts';
import { send, statusKind } from './request.ts';

/** Writes one new item at `base`. Rejects only when the ledger's disk refuses. */
export async function writeOne(agent: Agent, base: string, ledger: Ledger): Promise<Outcome & { id: string }> {
  const id = randomUUID();
  const body = JSON.stringify({ written: new Date().toISOString(), noise: randomBytes(24).toString('base64url') });
  const startedMs = performance.now();
  const answer = await send(agent, `${base}/items/${id}`, body);
  const latencyMs = performance.now() - startedMs;
  if (answer.is === 'failure') return { id, is: 'failed', write: true, kind: `write:${answer.kind}` };
  const { region } = answer;
  if (answer.status !== 201) {
    return { id, is: 'failed', write: true, kind: `write:${statusKind(answer.status, answer.body)}`, region };
  }
  await ledger.append({ id, at: new Date().toISOString(), region, hash: bodyHash(body) });
  return { id, is: 'acked', region, latencyMs };
}

/** Reads one acknowledged item back. Never rejects. */
export async function readOne(agent: Agent, base: string, entry: LedgerEntry): Promise<Outcome> {
  const startedMs = performance.now();
  const answer = await send(agent, `${base}/items/${entry.id}`);
  const latencyMs = performance.now() - startedMs;
  if (answer.is === 'failure') return { is: 'failed', write: false, kind: `read:${answer.kind}` };
  const { region } = answer;
  if (answer.status === 404) return { is: 'not-found', region, latencyMs };
  if (answer.status !== 200) {
    return { is: 'failed', write: false, kind: `read:${statusKind(answer.status, answer.body)}`, region };
  }
  if (bodyHash(answer.body) === entry.hash) return { is: 'read', region, latencyMs };
  return { is: 'failed', write: false, corrupt: true, kind: 'read:corrupt', region };
}
