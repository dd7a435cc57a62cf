/**
 * The worker processes, one role each and each with its own credentials:
 *
 *   node worker/main.ts control|agent|canary --config FILE
 */
import { parseArgs } from 'node:util';
import { factsOf } from '../kernel/errors.ts';

const ROLES = {
  control: async (file: string) => (await import('./roles/control.ts')).runControl(file),
  agent: async (file: string) => (await import('./roles/agent.ts')).runAgent(file),
  canary: async (file: string) => (await import('./roles/canary.ts')).runCanary(file),
};

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { config: { type: 'string' } } });
  const role = ROLES[positionals[0] as keyof typeof ROLES];
  if (!role || values.config === undefined) {
    process.stderr.write(`usage: node worker/main.ts ${Object.keys(ROLES).join('|')} --config FILE\n`);
    process.exitCode = 2;
    return;
  }
  await role(values.config);
}

try {
  await main();
  process.exit();
} catch (error) {
  const { message, where, mend } = factsOf(error, 'worker');
  process.stderr.write(`${message} (${where}) ${mend}\n`);
  // A foreign error has told only its class above; its stack stays on this machine's log.
  if (error instanceof Error && error.name !== 'LifeboatError') process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(1);
}
