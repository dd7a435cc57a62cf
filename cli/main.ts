#!/usr/bin/env node
/** The process of the command `lifeboat`: streams, Ctrl-C, exit code. Everything else is in program.ts. */
import process from 'node:process';
import { lifeboat } from './program.ts';

const controller = new AbortController();
// The first Ctrl-C leaves the run and the screen in order; the run itself goes on without us. A second one ends at once.
process.once('SIGINT', () => controller.abort());
// A reader that went away (`lifeboat list | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await lifeboat(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  input: process.stdin,
  environment: process.env,
  folder: process.cwd(),
  now: Date.now,
  signal: controller.signal,
});
