/** The bot as a process that is granted to post for a short time: `node test/slackbot/bot-process.ts FILE GRANT_MS`. */
import { runBot } from '../../slackbot/process.ts';

const [config = '', grantMs = ''] = process.argv.slice(2);
await runBot(config, { grantMs: Number(grantMs) });
