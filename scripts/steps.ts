/** Runs commands one after the other, tells how long each took, and goes on after a failure so that all are seen. */
import { spawn } from 'node:child_process';

export interface CommandStep {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** The exit code for the whole: 0 only when every command ended with 0. */
export async function runAll(steps: readonly CommandStep[]): Promise<number> {
  let failed = 0;
  for (const step of steps) {
    const startedAt = Date.now();
    process.stdout.write(`── ${step.title}\n`);
    const code = await run(step);
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
    process.stdout.write(`   ${code === 0 ? 'ok' : `FAILED (exit ${code})`} in ${seconds} s\n`);
    if (code !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

/** Runs one command with this terminal; resolves with its exit code, 128 when a signal ended it. */
export function run({ command, args }: Pick<CommandStep, 'command' | 'args'>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 128));
  });
}
