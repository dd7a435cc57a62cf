/**
 * Which of an estate's bots posts to Slack: one workflow grants it for a short time, to one bot at a time.
 *
 * What this guards is duplicates in Slack, not the estate: nothing changes twice when two bots post. Nothing is signed
 * here, so whoever reaches Temporal could take the lease and thereby silence the bot; against that stands the
 * namespace's authorization, and the terminal still steers (I10).
 *
 * Must never happen: a history that grows while a bot waits (what is refused is refused by the validator, which writes
 * nothing), or a grant without an end: a bot that was killed is followed by another.
 */
import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, condition, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  POSTING_HELD,
  type PostingGrant,
  type PostingHeld,
  type PostingRequest,
  postingQuery,
  postUpdate,
  stopPostingUpdate,
} from '../kernel/run/messages.ts';

export interface PostingState {
  /** The last grant; it counts until its time has run out. */
  grant: PostingGrant | null;
}

/** A renewal is five events: some 17 minutes of renewals every 5 s, and far below Temporal's 2,000 updates a run. */
const MAX_HISTORY_EVENTS = 1_000;
/** A bot that asks for longer is mistaken, and would keep the others silent after its end. */
const MAX_FOR_MS = 60_000;

export async function posting(estate: string, carried?: PostingState): Promise<never> {
  const state: PostingState = carried ?? { grant: null };
  // Validator and handler run in one turn, so that nobody comes between them.
  setHandler(postUpdate, (request) => grant(state, request), { validator: (request) => refuse(state, request) });
  setHandler(
    stopPostingUpdate,
    () => {
      state.grant = null;
    },
    {
      validator: ({ bot }) => {
        if (state.grant?.bot !== bot) throw ApplicationFailure.nonRetryable('This bot does not post.', 'not-posting');
      },
    },
  );
  setHandler(postingQuery, () => state.grant);
  await condition(() => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > MAX_HISTORY_EVENTS);
  await condition(allHandlersFinished);
  return continueAsNew<typeof posting>(estate, state);
}

function refuse({ grant: held }: PostingState, { bot, forMs }: PostingRequest): void {
  if (!(forMs > 0 && forMs <= MAX_FOR_MS)) {
    throw ApplicationFailure.nonRetryable(`A bot may post for at most ${MAX_FOR_MS} ms at a time.`, 'posting-too-long');
  }
  const leftMs = (held?.until ?? 0) - Date.now();
  if (held === null || held.bot === bot || leftMs <= 0) return;
  const told: PostingHeld = { bot: held.bot, until: held.until, leftMs };
  const until = new Date(held.until).toISOString();
  throw ApplicationFailure.nonRetryable(`The bot ${held.bot} posts until ${until}.`, POSTING_HELD, told);
}

function grant(state: PostingState, { bot, forMs }: PostingRequest): PostingGrant {
  const now = Date.now();
  // A bot that comes back late, and finds that nobody posted meanwhile, still knows what stands in Slack.
  const since = state.grant?.bot === bot ? state.grant.since : now;
  state.grant = { bot, since, until: now + forMs };
  return state.grant;
}
