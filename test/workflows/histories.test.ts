/**
 * Failure modes pinned: a change of workflow code that a run of the version before does not survive. The histories were
 * recorded by `scripts/record-histories.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from './harness/server.ts';

const FOLDER = new URL('../histories/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

function recorded(name: string): { workflowId: string; history: proto.temporal.api.history.v1.IHistory } {
  const { workflowId, history } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
  return { workflowId, history: proto.temporal.api.history.v1.History.fromObject(history) };
}

async function replayErrors(histories: ReturnType<typeof recorded>[]): Promise<(string | undefined)[]> {
  const codePath = await workflowBundle();
  const errors: (string | undefined)[] = [];
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories)) {
    errors.push(error?.message);
  }
  return errors;
}

describe('recorded histories', () => {
  it('replay on the workflow code as it is', async () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(5);
    expect(await replayErrors(NAMES.map(recorded))).toEqual(NAMES.map(() => undefined));
  }, 60_000);

  it('would not replay on code that does something else', async () => {
    const one = recorded('failover-ungraceful.json');
    const scheduled = one.history.events?.find(
      ({ activityTaskScheduledEventAttributes: what }) => what?.activityType?.name === 'traffic.set',
    );
    const what = scheduled?.activityTaskScheduledEventAttributes;
    if (!what) throw new Error('the history sets no traffic');
    what.activityType = { name: 'traffic.other' };
    const [error] = await replayErrors([one]);
    expect(error).toContain('Nondeterminism');
  }, 60_000);
});
