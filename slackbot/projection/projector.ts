/**
 * Slack as a projection of the runs: two loops, one that looks at Temporal and one that brings Slack up to it. Neither
 * waits for the other, and no run waits for either (I10).
 *
 * Map of this folder:
 *   watcher.ts   looks at runs                 items.ts    what should stand in Slack (pure)
 *   board.ts     what stands there             jobs.ts     what there is to do, most urgent first (pure)
 *   sender.ts    does it                       pace.ts     how fast
 *   keyring.ts   opaque ids of buttons         lease.ts    which of several bots posts
 *   reach.ts     whether Slack can be reached from here
 */
import type { Lifeboat } from '../../client/api.ts';
import { pause } from '../../host/pause.ts';
import { hasEnded, type RunView } from '../../kernel/run/state.ts';
import type { People } from '../blocks/people.ts';
import type { Scene } from '../blocks/scene.ts';
import { errorData, type Log } from '../log.ts';
import type { SlackApi } from '../slack-api.ts';
import { type Board, createBoard } from './board.ts';
import { isUntold } from './items.ts';
import type { Keyring } from './keyring.ts';
import type { PostingLease } from './lease.ts';
import { createReach } from './reach.ts';
import { createSender, type Sender } from './sender.ts';
import { createWatcher, LOOK_BACK_MS } from './watcher.ts';

const TICK_MS = 125;
/**
 * A run that was silent for so long is told to be silent. Shorter than the posting lease lasts without Temporal, else a bot
 * that may still edit would not know yet.
 */
const STALE_AFTER_MS = 4_000;
/** A card may be a week old when its run is; older runs' cards are looked for from their start. */
const RECONCILE_BACK_MS = 7 * 24 * 3_600_000;

export interface Projector {
  start(): void;
  /** Ends both loops and gives the lease back. */
  stop(): Promise<void>;
  /** Shows a run at once, or again after something was decided about it. */
  notice(run: string): void;
  cardLink(run: string): string | undefined;
  health(): { readonly temporal: boolean; readonly slack: boolean; readonly posts: boolean };
}

export interface ProjectorOptions {
  readonly lifeboat: Lifeboat;
  readonly slack: SlackApi;
  readonly people: People;
  readonly keyring: Keyring;
  readonly lease: PostingLease;
  readonly now: () => number;
  readonly log: Log;
}

export function createProjector({ lifeboat, slack, people, keyring, lease, now, log }: ProjectorOptions): Projector {
  const watcher = createWatcher({ lifeboat, now, log });
  const reach = createReach({ slack, now, log });
  let board = createBoard(slack);
  let sender = senderOn(board, undefined);
  /** In which the board was read. */
  let boardTerm: number | undefined;
  let posts = false;
  const stopping = new AbortController();
  let loops: Promise<unknown> = Promise.resolve();

  async function loop(name: string, turn: () => Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      await turn().catch((error: unknown) => log('error', `the loop ${name} failed`, errorData(error)));
      await pause(TICK_MS, stopping.signal);
    }
  }

  function senderOn(one: Board, inTerm: number | undefined): Sender {
    const mayPost = () => inTerm !== undefined && lease.term() === inTerm;
    return createSender({ slack, board: one, keyring, mayPost, reach, now, log });
  }

  async function project(): Promise<void> {
    await reach.look();
    const term = lease.term();
    if (posts !== (term !== undefined)) log('info', posts ? 'this bot does not post any more' : 'this bot posts now');
    posts = term !== undefined;
    if (term === undefined) return;
    if (term !== boardTerm) {
      // Another bot may have posted since we last looked.
      board = createBoard(slack);
      sender = senderOn(board, term);
      sender.distrust(oldestMs());
      boardTerm = term;
    }
    const scenes = watcher
      .watched()
      .flatMap(({ view, plan, pending, readAtMs }): Scene[] =>
        view === undefined || board.isFinal(view.request.run)
          ? []
          : [{ run: view, plan, people, pending, staleSince: staleSince(view, readAtMs) }],
      );
    await sender.send(scenes);
    for (const { run, view, plan } of watcher.watched()) {
      const isNothing = view !== undefined && hasEnded(view) && isUntold({ run: view, plan });
      if (board.isFinal(run) || (isNothing && board.standing(run).tags.length === 0)) watcher.forget(run);
    }
  }

  /** A run that has ended has nothing more to say. */
  function staleSince(view: RunView, readAtMs: number): number | undefined {
    return hasEnded(view) || now() - readAtMs < STALE_AFTER_MS ? undefined : readAtMs;
  }

  function oldestMs(): number {
    const starts = watcher.watched().flatMap(({ view }) => view?.startedAt ?? []);
    return Math.min(now() - RECONCILE_BACK_MS, ...starts.map((at) => at - LOOK_BACK_MS));
  }

  return {
    start: () => {
      lease.keep(() => !reach.isAway());
      loops = Promise.all([loop('looking', async () => watcher.look()), loop('posting', project)]);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([loops, watcher.settled()]);
      await lease.release();
    },
    notice: (run) => watcher.notice(run),
    cardLink: (run) => board.of(run).link,
    health: () => ({ temporal: watcher.answers(), slack: reach.answers(), posts: lease.term() !== undefined }),
  };
}
