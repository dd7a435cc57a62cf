/** Follows a run by asking it: a restart of a worker or of Temporal is waited out, never an end. */
import { isDeepStrictEqual } from 'node:util';
import { pause } from '../../host/pause.ts';
import { LifeboatError, refusal } from '../../kernel/errors.ts';
import { hasEnded, type RunView } from '../../kernel/run/state.ts';
import type { WatchOptions } from '../api.ts';
import type { ClientContext } from '../temporal/context.ts';
import { describe, endedOutside, queryState, stateOf } from './query.ts';

const EVERY_MS = 500;
const QUERY_TIMEOUT_MS = 3_000;
/** How often Temporal is asked whether it ended the run from outside, which the run itself cannot say. */
const OUTSIDE_EVERY_MS = 2_000;
/** These pass; everything else ends the watch. */
const PASSING = ['no-worker', 'worker-slow', 'temporal-unreachable', 'temporal-failed', 'temporal-refused'];

/** @throws LifeboatError `unknown-run`, `ended-from-outside`. */
export async function* watchRun(
  context: ClientContext,
  run: string,
  { everyMs = EVERY_MS, signal, onTrouble }: WatchOptions = {},
): AsyncGenerator<RunView, void> {
  let last: RunView | undefined;
  let troubled = false;
  let lookedOutsideAt = 0;
  while (!signal?.aborted) {
    try {
      const view = await queryState(context, run, QUERY_TIMEOUT_MS);
      if (troubled) onTrouble?.(undefined);
      troubled = false;
      if (!isDeepStrictEqual(view, last)) yield view;
      last = view;
      if (hasEnded(view)) return;
      if (Date.now() - lookedOutsideAt > OUTSIDE_EVERY_MS) {
        lookedOutsideAt = Date.now();
        await refuseEndedOutside(context, run);
      }
    } catch (error) {
      if (!LifeboatError.is(error) || !PASSING.includes(error.type)) throw error;
      // It may have ended meanwhile: then its result says so, whether or not a worker lives.
      const ended = await endedView(context, run);
      if (ended) {
        yield ended;
        return;
      }
      troubled = true;
      onTrouble?.(error);
    }
    await pause(everyMs, signal);
  }
}

async function endedView(context: ClientContext, run: string): Promise<RunView | undefined> {
  try {
    return (await describe(context, run)).closed ? await stateOf(context, run) : undefined;
  } catch {
    return undefined;
  }
}

async function refuseEndedOutside(context: ClientContext, run: string): Promise<void> {
  const { info } = await describe(context, run);
  if (!endedOutside(info)) return;
  const mend = 'What it had changed stands as it is, and its scopes may still be held: see `lifeboat lease`.';
  throw refusal('ended-from-outside', `Temporal ended the run (${info.status.name}).`, run, mend);
}
