/**
 * Temporal for tests: its time-skipping server, or its development server where many runs go on at once (time is
 * skipped for all of an environment, so time-skipping tests must not run side by side; facts/temporal.md).
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { writeWhole } from '../../../host/whole-files.ts';
import { SEARCH_ATTRIBUTES } from '../../../kernel/run/search-attributes.ts';
import { cacheFolder } from '../../../lab/instance.ts';
import { obtainTestServer } from '../../../lab/obtain/tools.ts';
import { obtainTemporal } from '../../../lab/systems/temporal/obtain.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD of temporal.api.enums.v1. */
const KEYWORD = 2;

/**
 * Temporal's worker keeps a stack trace of every promise that a workflow makes, for a query that no test asks; without
 * them a workflow task costs a third of the processor's time.
 */
const NO_STACKS = 'Error.stackTraceLimit = 0;\n';

let quiet = false;

/** Workers warn about every answer that a fault threw away; that is what the tests are about. */
function quieten(): void {
  if (quiet) return;
  quiet = true;
  const level = process.env['LIFEBOAT_TEST_LOG'] === undefined ? 'ERROR' : 'DEBUG';
  const shown = new DefaultLogger(level, (entry) => {
    if (level === 'DEBUG') process.stderr.write(`${entry.level} ${entry.message} ${JSON.stringify(entry.meta)}\n`);
  });
  Runtime.install({ logger: shown, telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
}

export async function timeSkippingServer(): Promise<TestWorkflowEnvironment> {
  quieten();
  const path = await obtainTestServer();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  // An undefined search attribute makes a workflow task fail for ever (facts/temporal.md).
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD])),
  });
  return environment;
}

export async function devServer(): Promise<TestWorkflowEnvironment> {
  quieten();
  const path = await obtainTemporal();
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'json', level: 'error' },
      extraArgs: [
        '--headless',
        ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
        ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="10ms"'],
        ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      ],
    },
  });
}

/** Path of the workflows' bundle; made once for the sources as they are, because it takes seconds. */
export async function workflowBundle(): Promise<string> {
  quieten();
  const folder = join(cacheFolder(), 'test-bundles');
  const path = join(folder, `${await sourcesHash()}.js`);
  try {
    await readFile(path, { encoding: 'utf8' });
    return path;
  } catch {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(ROOT, 'workflows/index.ts'),
      logger: new DefaultLogger('ERROR'),
    });
    await writeWhole(path, NO_STACKS + code);
    return path;
  }
}

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256').update(NO_STACKS);
  hash.update(createRequire(import.meta.url).resolve('@temporalio/worker/package.json'));
  for (const folder of ['workflows', 'kernel']) {
    const names = (await readdir(join(ROOT, folder), { recursive: true }))
      .filter((name) => name.endsWith('.ts'))
      .sort();
    for (const name of names) hash.update(`${folder}/${name}\n`).update(await readFile(join(ROOT, folder, name)));
  }
  hash.update(await readFile(join(ROOT, 'package-lock.json')));
  return hash.digest('hex').slice(0, 24);
}
