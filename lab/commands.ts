/** Short commands run to their end: registry clients, `nft`, `haproxy -c`. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LifeboatError } from '../kernel/errors.ts';

export interface RunOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Called with every line of either output. */
  readonly onLine?: (line: string) => void;
  /** What the reader should do when it fails. */
  readonly mend: string;
}

const KEPT_LINES = 200;

/** Runs a command; gives its outputs together. Throws `lab-command` with the last lines when it fails. */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<string> {
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      options.onLine?.(line);
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const end = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit ${code}`)));
  });
  if (end === undefined) return lines.join('\n');
  throw new LifeboatError({
    type: 'lab-command',
    message: `${file} ${args[0] ?? ''} failed (${end}): ${lines.slice(-5).join(' | ')}`,
    where: file,
    mend: options.mend,
    retryable: true,
  });
}
