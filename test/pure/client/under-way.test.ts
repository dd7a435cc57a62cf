/**
 * What runs now: failure modes pinned are a long step of which nobody hears its name, its time or how far it is; time of
 * another step; and a heartbeat of foreign shape that hides everything.
 */
import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { renderState } from '../../../cli/render/state.ts';
import { PLAIN } from '../../../cli/render/text.ts';
import { pendingCalls, pendingIfAny } from '../../../client/runs/under-way.ts';
import type { ClientContext } from '../../../client/temporal/context.ts';
import { passing } from '../../../kernel/errors.ts';
import { type PendingCall, underWayIn } from '../../../kernel/run/under-way.ts';
import { statusAnswer } from '../../../slackbot/blocks/answers.ts';
import { cardMessage } from '../../../slackbot/blocks/card.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

const MINUTE_MS = 60_000;
const scene = sampleScene({ status: 'running', gate: null, cursor: 1 });
const SENTENCE = 'Set the shares of items to europe-west1 100 %, us-central1 0 %';
const CALL: PendingCall = {
  step: 'traffic.set',
  queue: 'lab.agent.traffic.items',
  since: STARTED_AT,
  tries: 1,
  fraction: 0.25,
  say: 'repairing shop on us-1 (3 of 12 jobs)',
};

function state(pending: readonly PendingCall[]): string {
  const { plan, run } = scene;
  const answer = { plan, planHash: '', evidence: {}, evidenceHash: '', attempt: 1, difference: [] };
  const sheet = { width: 400, paint: PLAIN, now: STARTED_AT + 5 * MINUTE_MS, nameOf: (one: string) => one };
  return renderState(run, answer, sheet, pending);
}

describe('what runs now', () => {
  it('is told in the terminal by name, with its time, how far it is and what is left', () => {
    expect(state([CALL])).toContain(
      `Now: ${SENTENCE}, for 5 min: 25 %, repairing shop on us-1 (3 of 12 jobs), about 15 min left`,
    );
    const again = state([{ ...CALL, tries: 3 }]);
    expect(again).toContain('for 5 min: try 3, 25 %');
    expect(again).not.toContain('left');
    expect(state([{ ...CALL, fraction: null, say: '' }])).toContain(`Now: ${SENTENCE}, for 5 min\n`);
    expect(state([{ ...CALL, since: null, fraction: null, say: '' }])).toContain('waits for a worker');
  });

  it('is told in the card and the answer, with when it began: they are not edited because time passes', () => {
    for (const message of [
      cardMessage({ ...scene, pending: [CALL] }, 'key'),
      statusAnswer({ ...scene, pending: [CALL] }),
    ]) {
      const text = JSON.stringify(message.blocks);
      expect(text).toContain(`Running. Now: ${SENTENCE}, since <!date^${STARTED_AT / 1_000}`);
      expect(text).toContain(', 25 %.');
    }
  });

  it('is no other step: a call of another step or queue is not taken for it', () => {
    for (const other of [{ step: 'run.permits' }, { queue: 'lab.agent.traffic.shop' }])
      expect(underWayIn(scene.plan, scene.run, [{ ...CALL, ...other }])).toEqual([]);
    expect(underWayIn(scene.plan, { ...scene.run, done: ['shift/100/items'] }, [CALL])).toEqual([]);
    expect(underWayIn(scene.plan, { ...scene.run, status: 'gate' }, [CALL])).toEqual([]);
    expect(underWayIn(scene.plan, scene.run, [{ ...CALL, queue: undefined }])).toHaveLength(1);
  });

  it('while it takes back is what it takes back', () => {
    const entry = scene.plan.core.entries[1];
    const call = entry?.kind === 'step' ? entry.call : undefined;
    if (call === undefined) throw new TypeError('the sample plan has a step there');
    const item = { stepId: 'shift/100/items', attempt: 1, entry: 'shift/100/items', call, say: 'Take back: the shift' };
    const undoing = { ...scene.run, status: 'undoing' as const, undo: [{ ...item, state: 'pending' as const }] };
    expect(underWayIn(scene.plan, undoing, [CALL])).toMatchObject([{ sentence: 'Take back: the shift', percent: 25 }]);
  });
});

describe('the calls that Temporal has handed out', () => {
  const beat = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] });
  function context(pendingActivities: readonly object[]): ClientContext {
    const client = {
      options: { loadedDataConverter: { payloadConverter: defaultPayloadConverter } },
      withDeadline: (_: number, call: () => Promise<unknown>) => call(),
      workflow: { getHandle: () => ({ describe: async () => ({ raw: { pendingActivities } }) }) },
    };
    return { client } as unknown as ClientContext;
  }

  it('are read with their heartbeats, in the order in which they were begun', async () => {
    const started = { seconds: STARTED_AT / 1_000, nanos: 5e8 };
    const one = { activityType: { name: 'cassandra.repair' }, attempt: 2 };
    const calls = await pendingCalls(
      context([
        { ...one, activityId: '10', heartbeatDetails: beat({ fraction: 2, say: 7 }) },
        {
          ...one,
          activityId: '9',
          lastStartedTime: started,
          activityOptions: { taskQueue: { name: 'lab.q' } },
          heartbeatDetails: beat({ fraction: 0.5, say: 'half', resume: null }),
        },
        { ...one, activityId: '11', state: 1, lastStartedTime: started, heartbeatDetails: beat(null) },
      ]),
      'failback/lab/1',
    );
    const nothing = { step: 'cassandra.repair', queue: undefined, since: null, tries: 2, fraction: null, say: '' };
    expect(calls).toEqual([
      { ...nothing, queue: 'lab.q', since: STARTED_AT + 500, fraction: 0.5, say: 'half' },
      nothing,
      nothing,
    ]);
  });

  it('are not asked for where nothing runs, and hold up nothing where Temporal is silent', async () => {
    const pending = async () => {
      throw passing('temporal-unreachable', 'Temporal does not answer.', 'x', 'Start it.');
    };
    expect(await pendingIfAny({ pending }, scene.run)).toEqual([]);
    const never = async () => {
      throw new TypeError('asked');
    };
    expect(await pendingIfAny({ pending: never }, { ...scene.run, status: 'gate' })).toEqual([]);
  });
});
