/** The estate's own proofs: an address that answers 200 only when what its name says is so (I11). */
import { z } from 'zod';
import { asClause, passing } from '../../kernel/errors.ts';
import type { HealthReading } from '../../runbooks/steps/health.ts';
import { check } from '../../runbooks/steps/proofs.ts';
import {
  asSeen,
  type Implementations,
  implement,
  provenHealthy,
  type SystemDependencies,
} from '../step-implementation.ts';

export interface ProofsDependencies extends Partial<SystemDependencies> {
  readonly fetch?: typeof fetch;
  /** A proof that compares many rows takes its time; its contract's limit stands above this. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const WHY_LIMIT = 300;
const BODY_LIMIT = 64 * 1024;

/** What a proof may say about itself in JSON; whatever else stands there is left alone. */
const Answer = z.object({ ok: z.boolean().optional(), say: z.string().optional(), why: z.string().optional() });

export function createProofsSteps({
  fetch: ask = fetch,
  timeoutMs = TIMEOUT_MS,
}: ProofsDependencies = {}): Implementations {
  return implement(check, {
    async read({ proof, url }, { signal }) {
      let status: number;
      let text: string;
      try {
        const response = await ask(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
        status = response.status;
        text = await response.text();
      } catch {
        signal.throwIfAborted();
        throw passing(
          'proof-unreachable',
          `The proof "${proof}" did not answer.`,
          url,
          'Start what serves it, then try again.',
        );
      }
      return readingOf(status, text);
    },
    proven: provenHealthy,
    result: asSeen,
  });
}

/** Healthy is 200 and, where the body is JSON with `ok`, `ok: true`. Pure. */
export function readingOf(status: number, text: string): HealthReading {
  const answer = answerIn(text);
  const said = asClause(oneLine(answer?.say ?? answer?.why ?? ''));
  if (status !== 200) return { healthy: false, why: said || `it answered ${status}` };
  if (answer?.ok === false) return { healthy: false, why: said || 'it says that it does not hold' };
  return { healthy: true, why: said || 'it answered 200' };
}

function answerIn(text: string): z.infer<typeof Answer> | undefined {
  if (text.length > BODY_LIMIT) return undefined;
  try {
    return Answer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, WHY_LIMIT);
}
