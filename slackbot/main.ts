/**
 * The bot as a process: `node slackbot/main.ts --config FILE`. Says one line on stdout when Slack can reach it; ends
 * cleanly on SIGTERM, and never by itself because Slack or Temporal is down (I10).
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLifeboat } from '../client/connect.ts';
import { keySigner } from '../client/keys.ts';
import { factsOf, refusal } from '../kernel/errors.ts';
import { buttonSecretOf, createBot } from './bot.ts';
import { readSetup } from './config.ts';
import { lazyLifeboat } from './lazy-lifeboat.ts';
import { errorData, stderrLog } from './log.ts';
import { fileLease } from './projection/lease.ts';

const STOP_WITHIN_MS = 5_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw refusal('bot-config', 'No configuration was named.', 'slackbot/main.ts', 'Give --config FILE.');
  }
  const { config, tokens, estate, digest, botKey, allowed } = await readSetup(values.config);
  await mkdir(config.folder, { recursive: true });
  const signer = keySigner(botKey);
  const folder = dirname(config.estate);
  const lifeboat = lazyLifeboat(() => openLifeboat({ estate, digest, signer, folder }));
  const bot = createBot({
    estate,
    allowed,
    lifeboat,
    tokens,
    lease: fileLease(join(config.folder, `posting-${estate.name}.lease`)),
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

main().catch((error: unknown) => {
  const { type, message, where, mend } = factsOf(error, 'slackbot/main.ts');
  process.stderr.write(`${type}: ${message}\n  at ${where}\n  ${mend}\n`);
  process.exit(1);
});
