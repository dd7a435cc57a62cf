/**
 * Answers through a command's or press's `response_url`, seen by that person alone.
 *
 * Must never happen: an answer sent to an address that is not Slack's, whatever the payload says.
 */
import type { Message } from '../blocks/text.ts';
import type { Log } from '../log.ts';

export type Respond = (responseUrl: unknown, message: Message) => Promise<void>;

const TIMEOUT_MS = 5_000;
const TRIES = 2;
/** Where Slack's response URLs lead (docs.slack.dev, "Handling user interaction"). */
const SLACK_ORIGIN = 'https://hooks.slack.com';

/** @param slackApiUrl another Slack's, such as a stand-in's; its origin is then the only one answered to */
export function createRespond(slackApiUrl: string | undefined, log: Log): Respond {
  const origin = slackApiUrl === undefined ? SLACK_ORIGIN : new URL(slackApiUrl).origin;
  return async (responseUrl, message) => {
    const url = typeof responseUrl === 'string' && URL.canParse(responseUrl) ? new URL(responseUrl) : undefined;
    if (url?.origin !== origin) return log('warn', 'an answer had no address of Slack');
    const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message });
    for (let tried = 1; tried <= TRIES; tried += 1) {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await response.arrayBuffer();
        if (response.ok) return;
        log('warn', 'Slack did not take an answer', { status: response.status });
        if (response.status < 500) return;
      } catch (error) {
        log('warn', 'an answer could not be sent', { error: error instanceof Error ? error.name : 'unknown' });
      }
    }
  };
}
