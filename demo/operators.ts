/**
 * The operators' part, through the local Slack: played by the demo, or left to a person, who may use the browser page
 * or press Enter in the terminal to let the demo do that one thing for them.
 */
import { createInterface } from 'node:readline';
import type { Lifeboat } from '../client/api.ts';
import { LifeboatError, refusal } from '../kernel/errors.ts';
import type { RunView } from '../kernel/run/state.ts';
import { slackPerson } from '../lab/standins/slack/client.ts';
import { until } from './until.ts';

export interface Operators {
  /** Starts a runbook in Slack as Ada; resolves with the new run's id. */
  start(command: string): Promise<string>;
  /** Reviews and approves the open gate as Ben. */
  approve(run: string): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const REVIEWS = 3;
/** A person reads before they approve. */
const PERSON_TIMEOUT_MS = 60 * 60_000;

export function operators(
  lifeboat: Lifeboat,
  options: { slackUrl: string; played: boolean; say: (line: string) => void },
): Operators {
  const { slackUrl, played, say } = options;
  return {
    async start(command) {
      const before = new Set((await lifeboat.list({ limit: 50 })).map(({ run }) => run));
      const act = async (): Promise<void> => {
        const outcome = await slackPerson(slackUrl, 'ada').slash(command);
        if (!outcome.ok) throw refused(`/lifeboat ${command}`, outcome.error);
      };
      say(`Ada types:  /lifeboat ${command}`);
      return done(
        act,
        async () => (await lifeboat.list({ limit: 20 })).find(({ run }) => !before.has(run))?.run,
        command,
      );
    },
    async approve(run) {
      say('Ben reviews the plan and approves it.');
      await done(
        () => reviewUntilTaken(slackUrl, run),
        async () => (isPastGate(await lifeboat.state(run)) ? run : undefined),
        'approve',
      );
    },
  };

  async function done<T>(act: () => Promise<void>, look: () => Promise<T | undefined>, what: string): Promise<T> {
    if (played) {
      await act();
      return until(what, look, START_TIMEOUT_MS);
    }
    say(`  Do it in the browser at ${slackUrl}, or press Enter to let the demo do it.`);
    const lines = createInterface({ input: process.stdin });
    lines.once(
      'line',
      () => void act().catch((error: unknown) => say(`  ${error instanceof Error ? error.message : 'failed'}`)),
    );
    try {
      return await until(what, look, PERSON_TIMEOUT_MS);
    } finally {
      lines.close();
    }
  }
}

function isPastGate(state: RunView): boolean {
  return state.approvedAt !== null || state.endedAt !== null;
}

/** A plan that changed while it was read is refused to whoever approves it, and read again, as a person would. */
async function reviewUntilTaken(slackUrl: string, run: string): Promise<void> {
  for (let left = REVIEWS; ; left -= 1) {
    try {
      return await approveInSlack(slackUrl, run);
    } catch (error) {
      // A wait that ended is no refusal: looking again would only wait as long once more.
      const isRefused = LifeboatError.is(error) && error.type === 'demo-slack';
      if (left === 1 || !isRefused) throw error;
    }
  }
}

/** As a person would: the gate's message, its button, the modal, submit. */
async function approveInSlack(slackUrl: string, run: string): Promise<void> {
  const ben = slackPerson(slackUrl, 'ben');
  const { ts, action } = await until(
    'the gate in Slack',
    async () => gateMessage(await ben.messages(), run),
    START_TIMEOUT_MS,
  );
  const clicked = await ben.click(ts, action);
  if (!clicked.ok) throw refused('Review', clicked.error);
  const view = await ben.waitForView((one) => JSON.stringify(one).includes('verdict'), START_TIMEOUT_MS);
  const submitted = await ben.submit(view.id, {
    verdict: 'approve',
    reason: 'I have read the plan; it is right.',
  });
  if (!submitted.ok) throw refused('Approve', Object.values(submitted.errors ?? {}).join(' ') || submitted.error);
}

interface Found {
  readonly ts: string;
  readonly action: string;
}

function gateMessage(messages: readonly { readonly ts: string }[], run: string): Found | undefined {
  for (const message of messages.toReversed()) {
    const text = JSON.stringify(message);
    const action = /"action_id":"([^"]*review[^"]*)"/.exec(text)?.[1];
    if (action !== undefined && text.includes(run)) return { ts: message.ts, action };
  }
  return undefined;
}

function refused(what: string, why: string): Error {
  return refusal(
    'demo-slack',
    `Slack's stand-in answered ${why} to "${what}".`,
    'the local Slack',
    'Read the log: npm run lab -- logs bot.',
  );
}
