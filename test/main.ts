/**
 * `npm test`: everything, on a fresh clone too. The checks of `scripts/checks.ts`, then the four layers of tests, cheapest
 * first, each by jest; the servers that the later layers need are obtained first, once. Ends with one line, `N passed, N
 * failed`.
 *
 *   node test/main.ts              all layers
 *   node test/main.ts pure lab     some of them
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS } from '../scripts/checks.ts';
import { run, runAll } from '../scripts/steps.ts';

const LAYERS = ['pure', 'workflows', 'systems', 'lab'] as const;

/** The one lab instance with a whole cluster, shared by the layers that need real servers. */
const TEST_LAB = 'whole';
const LAB_LAYERS = new Set(['systems', 'lab']);

interface Counts {
  passed: number;
  failed: number;
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const layers = asked.length > 0 ? asked : LAYERS;
  const counts: Counts = { passed: 0, failed: 0 };
  if (asked.length === 0) count(counts, await runAll(CHECKS));
  if (layers.some((layer) => layer !== 'pure')) {
    count(
      counts,
      await runAll([
        { title: 'Servers that the tests need', command: process.execPath, args: ['lab/main.ts', 'obtain'] },
      ]),
    );
  }
  process.env['LIFEBOAT_TEST_LAB'] = TEST_LAB;
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-'));
  for (const layer of layers) {
    await runLayer(layer, join(folder, `${layer}.json`), counts);
    // A layer leaves its lab killed and shifted about; the next one begins with a lab of its own.
    if (LAB_LAYERS.has(layer)) {
      await run({ command: process.execPath, args: ['lab/main.ts', 'down', '--remove', '--name', TEST_LAB] });
    }
  }
  await rm(folder, { recursive: true, force: true });
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

function count(counts: Counts, code: number): void {
  if (code === 0) counts.passed += 1;
  else counts.failed += 1;
}

async function runLayer(layer: string, output: string, counts: Counts): Promise<void> {
  const startedAt = Date.now();
  process.stdout.write(`── Tests: ${layer}\n`);
  // One lab serves the later layers, and two cores serve everything: only the pure tests run side by side.
  const inBand = layer === 'pure' ? [] : ['--runInBand'];
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      '--selectProjects',
      layer,
      ...inBand,
      '--json',
      `--outputFile=${output}`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const code = await exitOf(jest, output);
  const result = await readResult(output);
  process.stdout.write(
    `   ${layer}: ${result.passed} passed, ${result.failed} failed in ${Math.round((Date.now() - startedAt) / 1000)} s\n`,
  );
  counts.passed += result.passed;
  counts.failed += result.failed + (code !== 0 && result.failed === 0 ? 1 : 0);
}

/** How long a test runner may go on once its results are written. */
const END_WITHIN_MS = 30_000;

/** Its exit code; one that tests left something open in is ended, and counts as failed. */
async function exitOf(jest: ChildProcess, output: string): Promise<number> {
  const exited = once(jest, 'exit').then(([code]: (number | null)[]) => code ?? 128);
  let writtenAt: number | undefined;
  const look = setInterval(() => {
    if (!existsSync(output)) return;
    writtenAt ??= Date.now();
    if (Date.now() - writtenAt < END_WITHIN_MS) return;
    process.stdout.write('   A test left something open: jest did not end. Run it with --detectOpenHandles.\n');
    jest.kill('SIGKILL');
  }, 1_000);
  try {
    return await exited;
  } finally {
    clearInterval(look);
  }
}

/** A skipped test counts as failed: none may be skipped quietly. */
async function readResult(file: string): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = JSON.parse(
    text,
  ) as {
    [key: string]: number | undefined;
  };
  const failed =
    (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0) + (numPendingTests ?? 0) + (numTodoTests ?? 0);
  return { passed: numPassedTests ?? 0, failed };
}

await main();
