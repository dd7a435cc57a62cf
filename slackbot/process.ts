/** The bot with a real Lifeboat and a real Slack, until it is told to end: never by itself because one of them is down. */
import { openLifeboat } from '../client/connect.ts';
import { keySigner } from '../client/keys.ts';
import { buttonSecretOf, createBot } from './bot.ts';
import { readSetup } from './config.ts';
import { errorData, stderrLog } from './log.ts';
import { GRANT_MS, temporalLease } from './projection/lease.ts';

const STOP_WITHIN_MS = 5_000;

export interface ProcessOptions {
  /** How long this bot is granted to post at a time; shorter for tests. */
  readonly grantMs?: number;
}

/** Resolves when Slack can reach the bot, after one line on stdout. @throws LifeboatError of a wrong configuration. */
export async function runBot(configFile: string, { grantMs = GRANT_MS }: ProcessOptions = {}): Promise<void> {
  const { config, tokens, estate, digest, folder, botKey, allowed } = await readSetup(configFile);
  const signer = keySigner(botKey);
  const lifeboat = await openLifeboat({ estate, digest, signer, folder, lazy: true });
  const bot = createBot({
    estate,
    allowed,
    lifeboat,
    tokens,
    lease: temporalLease({ lifeboat, log: stderrLog, grantMs }),
    buttonSecret: buttonSecretOf(botKey),
    log: stderrLog,
    mode: config.mode,
    slackApiUrl: config.slackApiUrl,
    http: config.http,
  });

  const stop = () => {
    // Whatever hangs must not keep the process: what it holds ends with it.
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    bot
      .stop()
      .then(() => lifeboat.close())
      .catch((error: unknown) => stderrLog('warn', 'stopping failed', errorData(error)))
      .finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A rejected promise of a library must not end the bot in the night when it is needed.
  process.on('unhandledRejection', (error) => stderrLog('error', 'an error nobody waited for', errorData(error)));

  await bot.start();
  await bot.ready;
  const url = bot.url();
  process.stdout.write(
    `slackbot of the estate ${estate.name} is ready (${config.mode}${url === undefined ? '' : `, ${url}/health`})\n`,
  );
}
