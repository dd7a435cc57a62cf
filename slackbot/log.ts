/** The bot's own log: lines on stderr, static text with data beside it, nothing that looks like a secret (I8). */
import { type Logger, LogLevel } from '@slack/bolt';
import { redact } from '../estate/file/secrets.ts';
import { factsOf } from '../kernel/errors.ts';

export type Log = (level: 'info' | 'warn' | 'error', text: string, data?: Readonly<Record<string, unknown>>) => void;

/** One line of JSON for each entry. */
export const stderrLog: Log = (level, text, data = {}) => {
  process.stderr.write(`${redact(JSON.stringify({ at: new Date().toISOString(), level, text, ...data }))}\n`);
};

export const silentLog: Log = () => undefined;

/** What may be said of an error: type and sentence of ours, class name and code of others. */
export function errorData(error: unknown): { readonly error: string; readonly message: string } {
  const { type, message } = factsOf(error, 'slackbot');
  return { error: type, message };
}

/** Bolt's and the socket's own warnings in our log. Their debug lines hold tickets and payloads, so they are dropped. */
export function boltLogger(log: Log): Logger {
  const say =
    (level: 'warn' | 'error') =>
    (...words: unknown[]) =>
      log(level, 'Slack library', {
        said: words
          .map((one) => (one instanceof Error ? one.name : String(one)))
          .join(' ')
          .slice(0, 300),
      });
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: say('warn'),
    error: say('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
