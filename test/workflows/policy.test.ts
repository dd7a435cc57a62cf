/**
 * Failure modes pinned: a run without people does what nobody wrote down, waits for people who are asleep, or is passed
 * where a person would have been asked; one that fails leaves the estate half changed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Policy } from '../../estate/runs/policies.ts';
import type { Estate } from '../../estate/schema.ts';
import { policyRequester } from '../../kernel/decision/policy.ts';
import { SEARCH_ATTRIBUTES } from '../../kernel/run/search-attributes.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { failing, stepCallOf } from './harness/disturb.ts';
import type { StartOptions } from './harness/operator.ts';
import { type Harness, oneEntrance, type Running, type Stage, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const INPUT = { from: 'us-central1' };
const NAME = 'evacuate';

function withPolicy(change: Partial<Policy> = {}): (estate: Estate) => Estate {
  const policy: Policy = { runbook: 'failover', inputs: INPUT, maxEffect: 'change', onFailure: 'undo', ...change };
  return (estate) => oneEntrance({ ...estate, policies: { [NAME]: policy } });
}

const crowded = (estate: Estate): Estate => ({
  ...estate,
  services: Object.fromEntries(Object.entries(estate.services).map(([name, one]) => [name, { ...one, peak: 900 }])),
});

const start = (stage: Stage, options: StartOptions = {}): Promise<Running> =>
  harness.start(stage, { policy: NAME, input: INPUT, ...options });

/** A run that must have ended by itself without touching anything: why, and what to do. */
async function refusalOf(stage: Stage, options: StartOptions = {}) {
  const view = await harness.ends(await start(stage, options));
  expect(view).toMatchObject({ status: 'refused', touched: false });
  expect(stage.world.effects).toEqual([]);
  expect((view.endedAt ?? Number.POSITIVE_INFINITY) - view.startedAt).toBeLessThan(60_000);
  return view.ending;
}

describe('a run that a policy lets through', () => {
  it('goes from its start to its proofs with nobody there, under the id that Temporal gave it', async () => {
    const stage = harness.stage({ change: withPolicy() });
    const running = await start(stage);
    const view = await harness.ends(running);
    expect(view.status).toBe('done');
    expect(view.request).toMatchObject({ run: running.run, requester: policyRequester(NAME), mode: 'live' });
    expect(view.decisions).toEqual([]);
    expect(view.timeline).toContainEqual(
      expect.objectContaining({ kind: 'gate', by: 'policy:evacuate', say: expect.stringContaining('without people') }),
    );
    expect(stage.world.traffic.get('items')).toEqual({
      shares: { 'us-central1': 0, 'europe-west1': 100 },
      drained: ['us-central1'],
    });
    expect(new Set(stage.world.effects.map(({ run }) => run))).toEqual(new Set([running.run]));
    expect(stage.watch.broken).toEqual([]);
    const { memo, searchAttributes } = await running.handle.describe();
    expect(memo).toMatchObject({ input: INPUT });
    expect(searchAttributes[SEARCH_ATTRIBUTES.requester]).toEqual(['policy:evacuate']);
    expect(searchAttributes[SEARCH_ATTRIBUTES.estate]).toEqual([stage.estate.name]);
  }, 30_000);

  it('can be paused and aborted by operators as any run', async () => {
    const stage = harness.stage({ change: withPolicy() });
    const before = outcomeOf(stage.world);
    const running = await start(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-10', 250);
    expect((await running.decide('pause', 'dan')).refused).toBeUndefined();
    await harness.reaches(running, 'paused');
    await running.abort('ben', { reason: 'not tonight' });
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'aborted', ending: { message: 'ben aborted it: not tonight' } });
    expect(outcomeOf(stage.world)).toEqual(before);
  }, 30_000);
});

describe('a start by policy is refused, and nothing is read or touched, when', () => {
  const cases: [why: string, change: Partial<Policy>, options: StartOptions][] = [
    ['it has another input', {}, { input: { from: 'europe-west1' } }],
    ['it has more input', {}, { input: { ...INPUT, ungraceful: true } }],
    ['it is of another runbook', {}, { runbook: 'failback', input: {} }],
    ['there is no such policy', {}, { policy: 'other' }],
    ['it is a dry run', {}, { mode: 'plan' }],
    ['the policy was written for another runbook', { runbook: 'failback' }, {}],
  ];
  it.each(cases)('%s', async (_, change, options) => {
    const stage = harness.stage({ change: withPolicy(change) });
    const read: string[] = [];
    stage.around = async (call, next) => {
      if (stepCallOf(call) !== undefined) read.push(call.name);
      return next(call.input);
    };
    expect((await refusalOf(stage, options))?.type).toBe('bad-start');
    expect(read).toEqual([]);
  });
});

describe('a gate without people', () => {
  it('is not passed over a rule, though a person might override it: it ends, and says how a person runs it', async () => {
    const stage = harness.stage({ change: (estate) => crowded(withPolicy()(estate)) });
    const ending = await refusalOf(stage);
    expect(ending?.type).toBe('permit-refused');
    expect(ending?.message).toContain('policy:evacuate does not let it pass. A rule stands in the way');
    expect(ending?.mend).toContain('`lifeboat run failover from=us-central1`');
    const next = await harness.atGate(stage);
    await next.abort('ada');
  }, 30_000);

  it('is not passed by a policy that only reads', async () => {
    const stage = harness.stage({ change: withPolicy({ maxEffect: 'read' }) });
    expect((await refusalOf(stage))?.message).toContain('the policy evacuate lets read through at most');
  });

  it('is not passed when the policy was taken out of the estate file meanwhile', async () => {
    const stage = harness.stage({ change: withPolicy() });
    stage.around = async ({ name, input }, next) => {
      if (name === 'lease.acquire') stage.control = { ...stage.estate, policies: {} };
      return next(input);
    };
    expect((await refusalOf(stage))?.type).toBe('bad-start');
  });

  it('reads again what is old, and passes with the plan that fits it', async () => {
    const stage = harness.stage({ change: withPolicy() });
    let open = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    stage.around = async ({ name, input }, next) => {
      if (name === 'run.plan') await held;
      return next(input);
    };
    const running = await start(stage);
    // Temporal's own Cancel is a pause, and comes before there is a plan that says who else may.
    await running.handle.cancel();
    open();
    await harness.reaches(running, 'paused');
    await harness.environment.sleep('11s');
    stage.world.traffic.set('items', { shares: { 'us-central1': 90, 'europe-west1': 10 }, drained: [] });
    await running.decide('resume', 'ada');
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'done', attempt: 2 });
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 0, 'europe-west1': 100 });
  }, 30_000);

  it('is not passed while each reading gives another plan', async () => {
    const stage = harness.stage({ change: withPolicy() });
    let plans = 0;
    stage.around = async ({ name, input }, next) => {
      const answer = await next(input);
      plans += 1;
      return name === 'run.plan' ? { ...(answer as object), planHash: `${plans}`.padStart(64, '0') } : answer;
    };
    expect((await refusalOf(stage))?.type).toBe('plan-unsettled');
  }, 30_000);
});

const withhold = ({ name }: { name: string }): boolean => name === 'services.withhold';

describe('a step that fails with nobody there', () => {
  it('has all taken back and ends, saying which step and why, where the policy says undo', async () => {
    const stage = harness.stage({ change: withPolicy() });
    const before = outcomeOf(stage.world);
    stage.around = failing(withhold);
    const view = await harness.ends(await start(stage));
    expect(view.status).toBe('aborted');
    expect(view.ending?.message).toMatch(
      /^policy:evacuate aborted it: .*report itself unhealthy.* failed\. services\.withhold was disturbed/,
    );
    expect(view.ending?.where).toMatch(/^withhold\/items: /);
    expect(view.undo.every(({ state }) => state === 'undone')).toBe(true);
    expect(outcomeOf(stage.world)).toEqual(before);
    expect(stage.watch.broken).toEqual([]);
    expect(stage.records[0]?.state.status).toBe('aborted');
  }, 30_000);

  it('asks people even so when it cannot be taken back', async () => {
    const stage = harness.stage({ change: withPolicy() });
    const before = outcomeOf(stage.world);
    stage.around = failing((call) => withhold(call) || (call.direction === 'undo' && call.name === 'traffic.set'), 6);
    const running = await start(stage);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.choices).toEqual(['retry', 'skip']);
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(outcomeOf(stage.world)).toEqual(before);
  }, 30_000);

  it('stops and asks people where the policy says ask', async () => {
    const stage = harness.stage({ change: withPolicy({ onFailure: 'ask' }) });
    stage.around = failing(withhold, 3);
    const running = await start(stage);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question).toMatchObject({
      entry: 'withhold/items',
      choices: ['retry', 'skip', 'replan', 'abort'],
    });
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);

  it('past the point of no return ends where it stands', async () => {
    const stage = harness.stage({ change: withPolicy() });
    stage.around = failing(({ name }) => name === 'canaries.readable');
    const view = await harness.ends(await start(stage));
    expect(view.status).toBe('stopped');
    expect(view.ending?.message).toContain('policy:evacuate aborted it');
    expect(stage.world.effects.some(({ direction }) => direction === 'undo')).toBe(false);
  }, 30_000);
});

describe('bad health in a hold with nobody there', () => {
  it('has every shift taken back, each once', async () => {
    const stage = harness.stage({ change: withPolicy() });
    const before = outcomeOf(stage.world);
    const running = await start(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 250);
    stage.world.errorRates.set('europe-west1', 0.2);
    const view = await harness.ends(running);
    expect(view.status).toBe('aborted');
    expect(view.ending?.message).toContain('health was bad');
    expect(outcomeOf(stage.world)).toEqual(before);
    const undone = stage.world.effects.filter(({ direction }) => direction === 'undo').map(({ stepId }) => stepId);
    expect(undone).toEqual([...new Set(undone)]);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});
