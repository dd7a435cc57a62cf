/**
 * Owns the typed client of the load client, for whoever steers it or asks it.
 *
 * What must never happen: "not measured" is taken for an answer: only proofs return it, as `{measured: false}`; every
 * other refusal throws.
 */
import { type Fail, passing } from '../failure.ts';
import type { Comparison, LostProof, ReadableProof, Stats, StrandedProof, Unmeasured, WriteInResult } from './api.ts';

export type * from './api.ts';

export interface ReadableOptions {
  readonly region?: string;
  /** ISO time; default: the mark `fault`, else the newest outage's beginning, else now. */
  readonly before?: string;
  readonly mark?: string;
  readonly all?: boolean;
  readonly sample?: number;
  readonly budgetMs?: number;
}

export interface LoadClient {
  health(): Promise<{ ok: true; rps: number; paused: boolean; acked: number }>;
  stats(): Promise<Stats>;
  /** Throws when the datacentre cannot be asked. */
  compare(region: string): Promise<Comparison>;
  readable(options?: ReadableOptions): Promise<ReadableProof | Unmeasured>;
  stranded(region: string): Promise<StrandedProof | Unmeasured>;
  lost(): Promise<LostProof | Unmeasured>;
  rate(rps: number): Promise<{ rps: number }>;
  pause(): Promise<{ paused: boolean }>;
  resume(): Promise<{ paused: boolean }>;
  mark(name: string): Promise<{ name: string; at: string }>;
  writeIn(region: string, count: number): Promise<WriteInResult>;
}

/** Comparisons of long ledgers take minutes (fetch itself waits 300 s at most); everything else answers at once. */
const COMPARE_TIMEOUT_MS = 290_000;
const SHORT_TIMEOUT_MS = 5_000;

/**
 * A client of the load client at `base`, e.g. `http://127.20.0.40:8100`. Its methods throw `load-refused`, `load-away`, as
 * the errors that `fail` makes.
 */
export function loadClient(base: string, fail: Fail = passing): LoadClient {
  async function call<T>(
    method: 'GET' | 'POST',
    path: string,
    options: { body?: unknown; timeoutMs?: number; proof?: boolean } = {},
  ): Promise<T> {
    const where = `${method} ${base}${path}`;
    const init: RequestInit = { method, signal: AbortSignal.timeout(options.timeoutMs ?? SHORT_TIMEOUT_MS) };
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(`${base}${path}`, init);
      answer = await response.json();
    } catch {
      throw fail('load-away', 'the load client does not answer', where, 'Start it, or read its log.');
    }
    if (response.ok || (options.proof === true && response.status === 503)) return answer as T;
    throw fail(
      'load-refused',
      `it answered ${response.status}: ${saidIn(answer)}`,
      where,
      'Correct the request, or wait.',
    );
  }
  const long = { timeoutMs: COMPARE_TIMEOUT_MS };
  const inRegion = (region: string) => `?region=${encodeURIComponent(region)}`;

  return {
    health: () => call('GET', '/health'),
    stats: () => call('GET', '/stats'),
    compare: (region) => call('GET', `/compare${inRegion(region)}`, long),
    readable: (options = {}) => call('GET', `/proofs/readable${queryOf(options)}`, { ...long, proof: true }),
    stranded: (region) => call('GET', `/proofs/stranded${inRegion(region)}`, { ...long, proof: true }),
    lost: () => call('GET', '/proofs/lost', { ...long, proof: true }),
    rate: (rps) => call('POST', '/rate', { body: { rps } }),
    pause: () => call('POST', '/pause'),
    resume: () => call('POST', '/resume'),
    mark: (name) => call('POST', '/mark', { body: { name } }),
    writeIn: (region, count) => call('POST', '/write-in', { ...long, body: { region, count } }),
  };
}

function queryOf(options: ReadableOptions): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && value !== false) query.set(key, value === true ? '1' : String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

function saidIn(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null) return 'nothing readable';
  const said = 'message' in answer ? answer.message : 'reason' in answer ? answer.reason : undefined;
  return typeof said === 'string' ? said : 'no reason given';
}
