/**
 * The stand-in for Slack as a process. It starts by itself: `node lab/standins/slack/main.ts --config FILE`, ready when
 * `GET /health` answers 200. FILE is JSON as `SlackConfig` in config.ts says, and names a file of tokens:
 *
 *   {"address": "127.0.0.1", "port": 8090, "folder": "/tmp/slack", "team": "T1", "app": "A1", "channel": "C1",
 *    "people": {"ada": {"slack": "U1", "name": "Ada"}}, "tokensFile": "/tmp/slack-tokens.json"}
 *   {"botToken": "xoxb-1", "appToken": "xapp-1", "signingSecret": "12345678"}
 *
 * A bot is pointed at `http://127.0.0.1:8090/api/`; people use the page at `/`.
 *
 * Map of this folder:
 *   config.ts         what it is told; tokens
 *   stand-in.ts       puts it together, one HTTP server
 *   world.ts, types.ts, store.ts   what it holds; messages survive kill -9
 *   blocks.ts, blocks/             Block Kit against Slack's limits (pure)
 *   modals.ts         open modals, triggers
 *   rate-limits.ts    Slack's tiers
 *   wire.ts           things as Slack's API shows them
 *   web/              the Web API, a file per family of methods, and response_urls
 *   delivery/         envelopes to the app: Socket Mode, signed HTTP, repeats
 *   acting/           doing as a person: payloads, inputs
 *   steering/         `/test/`: acting, looking, breaking; not part of Slack
 *   client.ts         the steering as a typed API, for demo and tests
 *   page.ts, page/    the page in the browser; json.ts: reading what nobody promised
 *
 * It is a stand-in, not an emulator of all of Slack: one workspace, one channel, one app.
 */

import { parseArgs } from 'node:util';
import { factsOf, refusal } from '../../../kernel/errors.ts';
import { readSetup } from './config.ts';
import { startSlackStandIn } from './stand-in.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw refusal('bad-config', 'no configuration was named', 'lab/standins/slack/main.ts', 'Give --config FILE.');
  }
  const { config, tokens } = await readSetup(values.config);
  const standIn = await startSlackStandIn(config, tokens);
  console.log(`stand-in for Slack listens at ${standIn.url}`);
  const stop = () => {
    standIn.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  const { type, message, where, mend } = factsOf(error, 'lab/standins/slack/main.ts');
  console.error(`${type}: ${message}\n  at ${where}\n  ${mend}`);
  process.exit(1);
});
