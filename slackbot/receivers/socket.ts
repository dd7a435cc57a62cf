/**
 * Socket Mode, supervised: the library's own reconnecting gives up on an HTTP error and throws it where nobody can catch
 * it, which would end the process when Slack is down. So it is switched off, and the line is kept up here.
 *
 * Must never happen: an envelope that reaches Bolt without having passed the door, or a bot that gives up on Slack.
 */
import { type App, type Logger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { pause } from '../../host/pause.ts';
import { backoffMs } from '../../kernel/backoff.ts';
import { errorData, type Log } from '../log.ts';
import type { Door } from '../security/admit.ts';
import { isFields } from '../security/origin.ts';
import { clientOptions } from '../slack-api.ts';

const START_TIMEOUT_MS = 15_000;
const RETRY = { firstMs: 250, mostMs: 5_000 };

export interface SocketReceiver extends Receiver {
  connected(): boolean;
  /** Resolves when the line is up for the first time. */
  readonly firstConnected: Promise<void>;
}

export interface SocketOptions {
  readonly appToken: string;
  readonly slackApiUrl?: string | undefined;
  readonly door: Door;
  readonly log: Log;
  readonly logger: Logger;
}

type Event = Parameters<App['processEvent']>[0];

export function createSocketReceiver({ appToken, slackApiUrl, door, log, logger }: SocketOptions): SocketReceiver {
  const inner = new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    logger,
    installerOptions: { clientOptions: clientOptions(slackApiUrl, logger) },
    customPropertiesExtractor: (args: unknown) => ({
      lifeboatEnvelope: isFields(args) ? args['envelope_id'] : undefined,
    }),
  });
  const { client } = inner;
  let up = false;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let tellFirst: () => void = () => undefined;
  const firstConnected = new Promise<void>((resolve) => {
    tellFirst = resolve;
  });

  async function checked(app: App, event: Event): Promise<void> {
    const id: unknown = event.customProperties?.['lifeboatEnvelope'];
    const admission = door.socket({ id: typeof id === 'string' ? id : undefined, payload: event.body });
    if (admission.kind === 'admitted') return app.processEvent({ ...event, body: admission.payload });
    if (admission.kind === 'refused') log('warn', 'an envelope was refused', { rule: admission.rule });
    // Acknowledged all the same: Slack would send it again.
    await event.ack();
  }

  async function connect(): Promise<void> {
    let gone: () => void = () => undefined;
    const lost = new Promise<void>((resolve) => {
      gone = resolve;
      client.once('disconnected', gone);
    });
    try {
      await withTimeout(client.start(), START_TIMEOUT_MS);
      up = true;
      tellFirst();
      log('info', 'connected to Slack');
      await lost;
      log('info', 'the line to Slack ended');
    } finally {
      up = false;
      client.off('disconnected', gone);
    }
  }

  async function keepUp(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        await connect();
        // A line that held was recycled by Slack; one that broke at once is a failure.
        failures = performance.now() - startedAt > RETRY.mostMs ? 0 : failures + 1;
      } catch (error) {
        failures += 1;
        if (failures === 1) log('warn', 'cannot connect to Slack', errorData(error));
      }
      await pause(backoffMs(failures + 1, RETRY, Math.random), stopping.signal);
    }
  }

  return {
    firstConnected,
    connected: () => up,
    init: (app) => {
      // The library calls `processEvent` of what it was given; this one has the door before it.
      inner.init(Object.create(app, { processEvent: { value: (event: Event) => checked(app, event) } }) as App);
    },
    start: async () => {
      running = keepUp();
    },
    stop: async () => {
      stopping.abort();
      void client.disconnect().catch(() => undefined);
      // A peer that does not answer the closing handshake must not keep the process: 1 s, then it ends anyway.
      await Promise.race([running, new Promise<void>((resolve) => setTimeout(resolve, 1_000).unref())]);
    },
  };
}

function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timeout')), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
