/**
 * The bot as a process: `node slackbot/main.ts --config FILE`. Says one line on stdout when Slack can reach it; ends
 * cleanly on SIGTERM, and never by itself because Slack or Temporal is down (I10).
 */
import { parseArgs } from 'node:util';
import { factsOf, refusal } from '../kernel/errors.ts';
import { runBot } from './process.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw refusal('bad-config', 'No configuration was named.', 'slackbot/main.ts', 'Give --config FILE.');
  }
  await runBot(values.config);
}

main().catch((error: unknown) => {
  const { type, message, where, mend } = factsOf(error, 'slackbot/main.ts');
  process.stderr.write(`${type}: ${message}\n  at ${where}\n  ${mend}\n`);
  process.exit(1);
});
