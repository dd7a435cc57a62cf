/**
 * The steering as a typed API: act as a person of the estate, look, break Slack. For the demo and the tests.
 *
 * Nothing here sleeps: waiting is a request that the stand-in answers when something changed.
 */

import { passing } from '../../../kernel/errors.ts';
import type { Delivery } from './delivery/deliver.ts';
import type { Envelope } from './delivery/envelope.ts';
import type { SeenMessage, SlackState } from './steering/state.ts';
import type { Outcome } from './types.ts';

export type { Envelope } from './delivery/envelope.ts';
export type { SeenMessage, SlackState } from './steering/state.ts';
export type { Outcome } from './types.ts';

/** A modal as Slack keeps it. */
export type SeenView = Readonly<Record<string, unknown>> & { readonly id: string };
/** Entered values by action id or block id: a text, an option's value, or a list of them. */
export type Values = Readonly<Record<string, unknown>>;

export interface PressOptions {
  readonly blockId?: string;
  /** The option's value of a select, radio button or overflow menu. */
  readonly value?: unknown;
}

export interface SlackPerson {
  readonly name: string;
  /** `/lifeboat <text>`, or another registered command. */
  slash(text: string, command?: string): Promise<Outcome>;
  /** Presses a button, or chooses, in the message with this ts. */
  click(ts: string, actionId: string, options?: PressOptions): Promise<Outcome>;
  /** Presses or chooses in an open modal, with what was entered so far. */
  clickInView(viewId: string, actionId: string, options?: PressOptions & { values?: Values }): Promise<Outcome>;
  /** The person's open modals, the top one last. */
  openViews(): Promise<SeenView[]>;
  submit(viewId: string, values?: Values): Promise<Outcome>;
  close(viewId: string): Promise<Outcome>;
  /** An ordinary message in the channel or a thread. */
  say(text: string, threadTs?: string): Promise<string>;
  /** What the person sees, oldest first, ephemeral messages included. */
  messages(): Promise<SeenMessage[]>;
  state(): Promise<SlackState>;
  /** The newest message that fits; fails with `slack-wait` after `timeoutMs`. */
  waitForMessage(fits: (message: SeenMessage) => boolean, timeoutMs?: number): Promise<SeenMessage>;
  /** The top modal once it fits; fails with `slack-wait` after `timeoutMs`. */
  waitForView(fits: (view: SeenView) => boolean, timeoutMs?: number): Promise<SeenView>;
}

/** Breaking and looking, as nobody in particular. */
export interface SlackSteering {
  down(how: 'on' | 'off' | { seconds: number }): Promise<void>;
  /** Cuts the sockets, or announces it first as Slack does; the number of those dropped. */
  dropSockets(how?: 'cut' | 'announced'): Promise<number>;
  deliverBy(mode: { mode: 'socket' } | { mode: 'http'; url: string }): Promise<void>;
  /** The latest 500 envelopes with their attempts, oldest first. */
  envelopes(): Promise<Envelope[]>;
  replay(envelopeId: string): Promise<Delivery & { ok: boolean }>;
  inject(envelope: { type: string; payload: unknown; envelope_id?: string }): Promise<Delivery & { ok: boolean }>;
  state(): Promise<SlackState>;
  /** Waits until the state fits, for example until a socket is open. */
  waitForState(fits: (state: SlackState) => boolean, timeoutMs?: number): Promise<SlackState>;
}

const DEFAULT_WAIT_MS = 10_000;

async function call<T>(baseUrl: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${baseUrl}/test/${path}`, {
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  if (response.ok) return (await response.json()) as T;
  const mend = 'Read the message; the paths and fields are in lab/standins/slack/steering/routes.ts.';
  throw passing('slack-steering', `${response.status} ${await response.text()}`, `/test/${path}`, mend);
}

/** Asks until `pick` yields something, anew after each change; fails with `slack-wait` when the time is up. */
async function waitFor<T>(
  baseUrl: string,
  user: string | undefined,
  pick: (state: SlackState) => T | undefined,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  const query = user === undefined ? '' : `?user=${user}`;
  for (;;) {
    const state = await call<SlackState>(baseUrl, `state${query}`);
    const found = pick(state);
    if (found !== undefined) return found;
    const leftMs = Math.ceil(deadline - performance.now());
    if (leftMs <= 0) break;
    // At most a second at a time, so that a limit set by the clock alone (Slack is up again) is noticed too.
    await call(baseUrl, `wait?version=${state.version}&timeoutMs=${Math.min(leftMs, 1000)}`);
  }
  throw passing(
    'slack-wait',
    `not seen within ${timeoutMs} ms`,
    `${baseUrl}${user === undefined ? '' : ` as ${user}`}`,
    'Look at the page of the stand-in and at the log of the bot.',
  );
}

/** Acts as one of the estate's people (its name there, or the Slack user id). */
export function slackPerson(baseUrl: string, user: string): SlackPerson {
  const post = <T>(path: string, body: object) => call<T>(baseUrl, path, { user, ...body });
  const state = () => call<SlackState>(baseUrl, `state?user=${user}`);
  const press = ({ blockId, value }: PressOptions) => ({
    ...(blockId !== undefined && { block_id: blockId }),
    ...(value !== undefined && { value }),
  });
  return {
    name: user,
    slash: (text, command = '/lifeboat') => post('slash', { command, text }),
    click: (ts, actionId, options = {}) => post('action', { ts, action_id: actionId, ...press(options) }),
    clickInView: (viewId, actionId, options = {}) =>
      post('action', { view_id: viewId, action_id: actionId, values: options.values ?? {}, ...press(options) }),
    openViews: async () => [...(await state()).views] as SeenView[],
    submit: (viewId, values = {}) => post('view/submit', { view_id: viewId, values }),
    close: (viewId) => post('view/close', { view_id: viewId }),
    say: async (text, threadTs) => {
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
      return (await post<{ ts: string }>('say', { text, ...thread })).ts;
    },
    messages: async () => [...(await state()).messages],
    state,
    waitForMessage: (fits, timeoutMs = DEFAULT_WAIT_MS) =>
      waitFor(baseUrl, user, ({ messages }) => messages.findLast(fits), timeoutMs),
    waitForView: (fits, timeoutMs = DEFAULT_WAIT_MS) =>
      waitFor(
        baseUrl,
        user,
        ({ views }) => {
          const top = views.at(-1) as SeenView | undefined;
          return top && fits(top) ? top : undefined;
        },
        timeoutMs,
      ),
  };
}

/** Breaks and looks. */
export function slackSteering(baseUrl: string): SlackSteering {
  return {
    down: async (how) => {
      await call(baseUrl, 'down', typeof how === 'string' ? { state: how } : how);
    },
    dropSockets: async (how = 'cut') => (await call<{ dropped: number }>(baseUrl, 'drop-sockets', { how })).dropped,
    deliverBy: async (mode) => {
      await call(baseUrl, 'delivery', mode);
    },
    envelopes: async () => (await call<{ envelopes: Envelope[] }>(baseUrl, 'envelopes')).envelopes,
    replay: (envelope) => call(baseUrl, 'replay', { envelope }),
    inject: (envelope) => call(baseUrl, 'inject', envelope),
    state: () => call(baseUrl, 'state'),
    waitForState: (fits, timeoutMs = DEFAULT_WAIT_MS) =>
      waitFor(baseUrl, undefined, (state) => (fits(state) ? state : undefined), timeoutMs),
  };
}

/** All texts of a message or a view, so that a test can ask whether something is said anywhere in it. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, inner]) => (name === 'text' && typeof inner === 'string' ? inner : textOf(inner)))
    .filter(Boolean)
    .join('\n');
}
