/** Failure mode pinned: the list leaves open where a run stands that asks, just where that is most wanted. */
import { expect, it } from '@jest/globals';
import { renderList } from '../../../cli/render/list.ts';
import { PLAIN } from '../../../cli/render/text.ts';
import { listRuns } from '../../../client/runs/query.ts';
import type { ClientContext } from '../../../client/temporal/context.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

/** A Temporal that knows one run, whose index names its status as every asking run's does. */
function contextOf(status: 'question' | 'running', indexed: string): ClientContext {
  const { run, plan } = sampleScene({ status, gate: null, cursor: 1 });
  const attributes: { readonly [name: string]: string } = {
    LifeboatEstate: 'lab',
    LifeboatRunbook: 'failover',
    LifeboatMode: 'live',
    LifeboatPhase: indexed,
    LifeboatRequester: 'ada',
  };
  const info = {
    workflowId: run.request.run,
    status: { name: 'RUNNING' },
    startTime: new Date(STARTED_AT),
    typedSearchAttributes: { get: ({ name }: { name: string }) => attributes[name] },
  };
  const client = {
    withDeadline: (_: number, call: () => unknown) => call(),
    workflow: {
      async *list() {
        yield info;
      },
      getHandle: () => ({ query: async ({ name }: { name: string }) => (name === 'plan' ? { plan } : run) }),
    },
  };
  return { client, estate: { name: 'lab' } } as unknown as ClientContext;
}

it.each([
  ['question', 'question'],
  ['running', 'Shift to europe-west1'],
] as const)('a run in %s is listed with its phase', async (status, indexed) => {
  const runs = await listRuns(contextOf(status, indexed), new Map());
  expect(runs).toMatchObject([{ status, phase: 'Shift to europe-west1' }]);
  const sheet = { width: 120, paint: PLAIN, now: STARTED_AT, nameOf: (one: string) => one };
  expect(renderList(runs, sheet)).toContain('Shift to europe-west1');
});
