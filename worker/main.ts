/**
 * The worker processes, one role each and each with its own credentials:
 *
 *   node worker/main.ts control|agent|canary --config FILE
 */
import { parseArgs } from 'node:util';
import { own } from '../estate/lookup.ts';
import { factsOf } from '../kernel/errors.ts';
import type { Role } from './role.ts';

/** Imported only when it is asked for: no process loads what another role may do. */
const ROLES: { readonly [name: string]: () => Promise<{ readonly role: Role }> } = {
  control: () => import('./roles/control.ts'),
  agent: () => import('./roles/agent.ts'),
  canary: () => import('./roles/canary.ts'),
};

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { config: { type: 'string' } } });
  const load = own(ROLES, positionals[0] ?? '');
  if (!load || values.config === undefined) {
    process.stderr.write(`usage: node worker/main.ts ${Object.keys(ROLES).join('|')} --config FILE\n`);
    process.exitCode = 2;
    return;
  }
  const { role } = await load();
  await role.start(values.config);
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
