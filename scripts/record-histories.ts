/**
 * Records the histories that replay tests run against: `node scripts/record-histories.ts`, after a wanted change of
 * workflow code that older runs must survive by being drained first (docs/testing.md). Never to silence a failing test.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import { leaseId } from '../kernel/run/messages.ts';
import { killRegion } from '../test/memory-estate/faults.ts';
import { failing } from '../test/workflows/harness/disturb.ts';
import { type Harness, oneEntrance, type Running, startHarness } from '../test/workflows/harness.ts';

const FOLDER = fileURLToPath(new URL('../test/histories/', import.meta.url));

type Scene = (harness: Harness) => Promise<Running>;

/** One run of every way through the executor; see the replay test. */
const SCENES: { readonly [name: string]: Scene } = {
  'failover-graceful': async (harness) => {
    const running = await harness.approved(harness.stage());
    await harness.ends(running);
    return running;
  },
  'failover-ungraceful': async (harness) => {
    const stage = harness.stage();
    killRegion(stage.world, 'us-central1', await harness.now());
    const running = await harness.approved(stage);
    await harness.ends(running);
    return running;
  },
  'failover-asked-replanned-aborted': async (harness) => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(({ name }) => name === 'services.withhold');
    const running = await harness.approved(stage);
    await harness.reaches(running, 'question', 500);
    await running.decide('resolve', 'ada', { choice: 'replan' });
    await harness.reaches(running, 'gate', 500);
    await running.abort('ada', { reason: 'enough' });
    await harness.ends(running);
    return running;
  },
  'failover-paused-held-undone': async (harness) => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-10', 250);
    await running.decide('pause', 'ada');
    await harness.reaches(running, 'paused', 250);
    stage.world.errorRates.set('europe-west1', 0.5);
    await running.decide('resume', 'ada');
    await harness.reaches(running, 'question', 500);
    stage.world.errorRates.clear();
    await running.decide('resolve', 'ada', { choice: 'retry' });
    await harness.ends(running);
    return running;
  },
};

const harness = await startHarness();
try {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, scene] of Object.entries(SCENES)) {
    await write(name, (await scene(harness)).run);
  }
  await write('lease', leaseId('lab'));
} finally {
  await harness.close();
}

async function write(name: string, workflowId: string): Promise<void> {
  const history = await harness.client.workflow.getHandle(workflowId).fetchHistory();
  const { History } = proto.temporal.api.history.v1;
  // 64-bit numbers and bytes as text; `fromObject` takes them back.
  const plain = History.toObject(History.fromObject(history), { longs: String, bytes: String });
  const text = JSON.stringify({ workflowId, history: plain });
  await writeFile(`${FOLDER}${name}.json`, `${text}\n`);
  process.stdout.write(`${name}: ${history.events?.length ?? 0} events\n`);
}
