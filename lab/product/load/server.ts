/**
 * Owns the load client's HTTP surface.
 *
 *   GET  /health  /stats  /compare?region=  /proofs/readable  /proofs/stranded?region=  /proofs/lost
 *   POST /rate {rps}  /pause  /resume  /mark {name}  /write-in {region, count}
 *
 * What must never happen: a question that could not be answered looks like an answer: 503 and `measured: false`. A
 * proof that was answered and does not hold is 503 too, with `measured: true`.
 */
import { type Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Failure, factsOf, isFailure, refusal } from '../failure.ts';
import { parseJson, readBody, sendJson } from '../service/http.ts';
import type { Unmeasured } from './api.ts';
import { compareLedger, type FullComparison } from './compare.ts';
import type { Counters } from './counters.ts';
import type { Datacentre } from './datacentre.ts';
import type { Ledger } from './ledger.ts';
import { harmlessPace } from './pace.ts';
import { proveLost, proveReadable, strandedProof } from './proofs.ts';
import { asked, MarkBody, RateBody, ReadableQuery, RegionQuery, WriteInBody } from './questions.ts';
import { insideAgent } from './request.ts';
import type { Runner } from './runner.ts';
import { writeIn } from './write-in.ts';

export interface LoadParts {
  readonly target: string;
  readonly services: Readonly<Record<string, string>>;
  /** Unix sockets of the services, by region; where one is known, `write-in` goes that way. */
  readonly inside: Readonly<Record<string, string>>;
  /** The regions whose datacentres are compared. */
  readonly regions: readonly string[];
  readonly agent: Agent;
  readonly ledger: Ledger;
  readonly counters: Counters;
  readonly runner: Runner;
  /** Time for a row on its way to arrive, before it is asked for again; shorter in tests. */
  readonly settleMs?: number;
  /** Connects to a region's datacentre. Throws `datacentre-unreachable`, or a refusal for an unknown region. */
  open(region: string): Promise<Datacentre>;
}

type Reply = { readonly status: number; readonly body: unknown };
type Ask = { readonly query: Record<string, string>; readonly body: unknown; readonly where: string };

const BODY_LIMIT_BYTES = 16 * 1024;
const good = (body: unknown): Reply => ({ status: 200, body });
const proof = (body: { ok: boolean }): Reply => ({ status: body.ok ? 200 : 503, body });

/** The server, not yet listening. */
export function createLoadServer(parts: LoadParts): Server {
  const routes = routesOf(parts);
  const server = createServer((request, response) => {
    void answer(routes, request, response).catch(() => response.destroy());
  });
  // A comparison of a long ledger takes minutes.
  server.requestTimeout = 0;
  return server;
}

async function answer(
  routes: ReadonlyMap<string, (ask: Ask) => Promise<Reply> | Reply>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://load');
  const where = `${request.method} ${url.pathname}`;
  const route = routes.get(where);
  if (route === undefined) return sendJson(response, 404, { error: 'no-such-path', where });
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (!body.ok) return sendJson(response, body.status, { error: 'body', where });
  try {
    const reply = await route({
      query: Object.fromEntries(url.searchParams),
      body: parseJson(body.text || '{}'),
      where,
    });
    sendJson(response, reply.status, reply.body);
  } catch (error) {
    const facts = factsOf(error, where);
    if (isFailure(error) && !error.retryable) return sendJson(response, 400, { error: facts.type, ...facts });
    const unmeasured: Unmeasured = { ok: false, measured: false, reason: `${facts.where}: ${facts.message}` };
    sendJson(response, 503, { error: facts.type, ...unmeasured });
  }
}

function routesOf(parts: LoadParts): ReadonlyMap<string, (ask: Ask) => Promise<Reply> | Reply> {
  const { counters, ledger, runner } = parts;
  const stats = () => counters.stats({ rps: runner.rps(), paused: runner.paused(), acked: ledger.entries().length });
  // One comparison at a time: two would take the machine from the load that they are about.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function compare(region: string): Promise<FullComparison> {
    const datacentre = await parts.open(region);
    try {
      return await compareLedger(region, datacentre, ledger.entries(), parts.settleMs);
    } finally {
      await datacentre.close().catch(() => undefined);
    }
  }

  return new Map<string, (ask: Ask) => Promise<Reply> | Reply>([
    [
      'GET /health',
      () => good({ ok: true, rps: runner.rps(), paused: runner.paused(), acked: ledger.entries().length }),
    ],
    ['GET /stats', () => good(stats())],
    [
      'GET /compare',
      async ({ query, where }) => {
        const { region } = asked(RegionQuery, query, where);
        const { missing: _, ...shown } = await inTurn(() => compare(region));
        return good(shown);
      },
    ],
    [
      'GET /proofs/stranded',
      async ({ query, where }) => {
        const { region } = asked(RegionQuery, query, where);
        return proof(strandedProof(await inTurn(() => compare(region))));
      },
    ],
    [
      'GET /proofs/lost',
      async () => proof(await inTurn(() => proveLost(parts.regions, ledger.entries(), parts.open, parts.settleMs))),
    ],
    ['GET /proofs/readable', (ask) => readable(parts, ask)],
    [
      'POST /rate',
      ({ body, where }) => {
        runner.setRps(asked(RateBody, body, where).rps);
        return good({ rps: runner.rps() });
      },
    ],
    ['POST /pause', () => setPaused(runner, true)],
    ['POST /resume', () => setPaused(runner, false)],
    [
      'POST /mark',
      ({ body, where }) => {
        const { name } = asked(MarkBody, body, where);
        return good({ name, at: counters.mark(name) });
      },
    ],
    [
      'POST /write-in',
      async ({ body, where }) => {
        const { region, count } = asked(WriteInBody, body, where);
        const url = parts.services[region];
        if (url === undefined) throw unknownRegion(region, Object.keys(parts.services));
        const socket = parts.inside[region];
        const agent = socket === undefined ? parts.agent : insideAgent(socket);
        return good(await writeIn({ agent, ledger, counters, url }, region, count));
      },
    ],
  ]);
}

function setPaused(runner: Runner, paused: boolean): Reply {
  runner.setPaused(paused);
  return good({ paused });
}

async function readable(parts: LoadParts, { query, where }: Ask): Promise<Reply> {
  const { region, before, mark, all, sample, budgetMs } = asked(ReadableQuery, query, where);
  if (region !== undefined && !parts.regions.includes(region)) throw unknownRegion(region, parts.regions);
  const marked = parts.counters.markAt(mark ?? 'fault');
  if (mark !== undefined && marked === undefined) {
    throw refusal('load-question', `nothing was marked ${mark}`, where, 'Mark it first, or give before=TIME.');
  }
  const answer = await proveReadable(
    {
      agent: parts.agent,
      target: parts.target,
      ledger: parts.ledger.entries(),
      settleMs: parts.settleMs,
      open: parts.open,
    },
    {
      ...(region === undefined ? {} : { region }),
      // Without a mark the fault is taken to be where the newest outage began; without one everything is asked for.
      before: normalised(before) ?? marked ?? parts.counters.faultAt() ?? new Date().toISOString(),
      sample: all === '1' ? undefined : sample,
      budgetMs,
      pace: await harmlessPace(Object.values(parts.services)),
    },
  );
  return proof(answer);
}

/** Ledger times are compared as text, so all have milliseconds. */
function normalised(time: string | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}

/** The refusal of a region that this load client was not told of. */
export function unknownRegion(region: string, known: readonly string[]): Failure {
  return refusal('unknown-region', `there is no region ${region}`, 'region', `Give one of: ${known.join(', ')}.`);
}
