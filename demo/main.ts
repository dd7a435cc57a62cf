/**
 * `npm run demo`: a region dies under load, and a slash command saves the service. Real servers, one machine.
 *
 *   main.ts       arguments, and the closing words
 *   story.ts      what happens, in order
 *   operators.ts  who acts: a person at the page or the terminal, or the demo itself
 *   runs.ts       following a run to its end
 *   outcome.ts    what was measured, and whether every proof held
 *   ready.ts      a lab in its normal state, or a new one
 *   until.ts      waiting for a condition
 *
 * Without a terminal, or with `--yes`, the demo plays its own operators and exits 0 only when every proof held.
 */
import { parseArgs } from 'node:util';
import { factsOf } from '../kernel/errors.ts';
import { openLab } from '../lab/lab.ts';
import { renderOutcome } from './outcome.ts';
import { tellStory } from './story.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      name: { type: 'string', default: 'default' },
    },
  });
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const played = values.yes || values.json || !terminal;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const lab = await openLab({ name: values.name });
  let interrupted = false;
  process.once('SIGINT', () => {
    interrupted = true;
    say('\nInterrupted. The lab is left as it is: `npm run demo` begins anew, `npm run lab -- down` ends it.');
    process.exit(130);
  });
  const outcome = await tellStory(lab, { played, fresh: true, say });
  process.stdout.write(values.json ? `${JSON.stringify(outcome)}\n` : renderOutcome(outcome));
  const keep = values.keep || (!played && !interrupted);
  if (keep) say('The lab stays up: look around, then end it with `npm run lab -- down`.');
  else await lab.down({ onProgress: () => undefined });
  return outcome.ok ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  const { message, where, mend } = factsOf(error, 'demo');
  process.stderr.write(`\nThe demo cannot go on: ${message} (${where})\n${mend}\n`);
  if (error instanceof Error && error.name !== 'LifeboatError') process.stderr.write(`${error.stack ?? ''}\n`);
  process.stderr.write('See what runs with `npm run lab -- status`, and logs with `npm run lab -- logs TARGET`.\n');
  process.exit(1);
}
