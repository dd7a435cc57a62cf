/**
 * Failure modes pinned: a stranger who reaches Temporal has steps of his own permitted under the name of a policy; a
 * policy lets through more than was written and reviewed; a policy destroys (I2).
 */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createPlanActivities } from '../../../activities/plan/index.ts';
import type { Policy } from '../../../estate/runs/policies.ts';
import type { Estate } from '../../../estate/schema.ts';
import { checkPermit } from '../../../kernel/authority/permit.ts';
import { LifeboatError } from '../../../kernel/errors.ts';
import type { EvidenceMap } from '../../../kernel/plan/evidence.ts';
import { type PlanCore, stepsOf } from '../../../kernel/plan/plan.ts';
import type { Scope } from '../../../kernel/plan/scope.ts';
import { type PermitRequest, permitKey } from '../../../kernel/run/control.ts';
import type { RunRequest } from '../../../kernel/run/state.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import { gate, phase, stepItem } from '../../../runbooks/draft.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import { type Runbook, runbook } from '../../../runbooks/runbook.ts';
import { step } from '../../../runbooks/steps/contract.ts';
import { decisionOf, evidenceFor, keysOf, knownEstate, NOW, planOf, RUN, signedBy } from '../runbooks/plan-fixture.ts';

const INPUT = { from: 'us-central1' };
const POLICY: Policy = { runbook: 'failover', inputs: INPUT, maxEffect: 'change', onFailure: 'undo' };
const estate: Estate = { ...knownEstate(), policies: { evacuate: POLICY } };
const { publicKey, privateKey } = keysOf('signer');

const request: RunRequest = {
  v: 1,
  run: RUN,
  estate: 'lab',
  estateDigest: '',
  runbook: 'failover',
  input: INPUT,
  mode: 'live',
  requester: 'policy:evacuate',
  start: { policy: 'evacuate' },
};
const evidence = evidenceFor(estate, 'failover', INPUT);
const { core } = planOf('failover', INPUT, {}, estate);
const changes = core.entries.flatMap(stepsOf).filter(({ call }) => call.effect === 'change');
const [first] = changes;
if (!first) throw new Error('the plan changes nothing');
const scope = first.call.scope ?? '';

interface Way {
  readonly own?: Estate;
  readonly runbooks?: readonly Runbook[];
}

function activities({ own = estate, runbooks = RUNBOOKS }: Way = {}) {
  const grant = { run: RUN, requester: 'policy:evacuate', epoch: 7, at: NOW };
  const scopes = [...changes.flatMap(({ call }) => call.scope ?? []), 'gcp/test/thing'];
  return createPlanActivities({
    estate: own,
    estateDigest: hashOf(own),
    runbooks,
    // Much later than the evidence: a plan must not come out differently for it.
    clock: () => NOW + 3 * 3_600_000,
    lease: async () => ({ holders: Object.fromEntries(scopes.map((one) => [one, grant])), taken: [] }),
    signer: { publicKey, privateKey: () => privateKey },
  });
}

/** `permitted`, or the refusal's type and sentence. */
async function told(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return 'permitted';
  } catch (error) {
    return LifeboatError.is(error) ? `${error.type}: ${error.message}` : String(error);
  }
}

const asked: PermitRequest = {
  request,
  attempt: 1,
  planHash: '',
  core,
  decisions: [],
  epochs: { [scope]: 7 },
  evidence,
  steps: [{ id: first.id, direction: 'do' }],
};
const mint = (change: Partial<PermitRequest> = {}, way: Way = {}): Promise<string> =>
  told(() => activities(way)['run.permits']({ ...asked, ...change }));
const withPolicy = (change: Partial<Policy>): Estate => ({
  ...estate,
  policies: { evacuate: { ...POLICY, ...change } },
});

describe('a policy that stands in the estate file', () => {
  it('has each step of its own plan permitted, and its undo, without any decision', async () => {
    const { permits } = await activities()['run.permits']({
      ...asked,
      steps: [
        { id: first.id, direction: 'do' },
        { id: first.id, direction: 'undo' },
      ],
    });
    const made = permits[permitKey('do', first.id)];
    checkPermit(
      made,
      {
        estateDigest: hashOf(estate),
        run: RUN,
        stepId: first.id,
        direction: 'do',
        call: first.call,
        scope,
        epoch: 7,
        now: NOW,
      },
      [publicKey],
    );
    expect(Object.keys(permits)).toHaveLength(2);
  });

  it('answers whether the whole plan passes, and permits nothing by that', async () => {
    expect(await activities()['run.permits']({ ...asked, steps: [] })).toEqual({ permits: {} });
  });
});

describe('a policy’s name on something else', () => {
  const altered = (change: (one: PlanCore['entries'][number]) => PlanCore['entries'][number]): PlanCore => ({
    ...core,
    entries: core.entries.map(change),
  });
  const otherArguments = altered((entry) =>
    entry.kind === 'step' && entry.call.effect === 'change'
      ? { ...entry, call: { ...entry.call, args: { ...entry.call.args, workers: 1 } } }
      : entry,
  );
  const toTheDead = evidenceFor(estate, 'failover', INPUT, { 'there/items': null });
  const crowded = { healthy: true, why: 'serving', admitted: true, workers: 4, capacityPerWorker: 1 };

  const cases: [why: string, change: Partial<PermitRequest>, says: string][] = [
    ['another input', { request: { ...request, input: { from: 'europe-west1' } } }, 'is for another input'],
    ['its input and more', { request: { ...request, input: { ...INPUT, ungraceful: true } } }, 'is for another input'],
    ['another runbook', { request: { ...request, runbook: 'failback' } }, 'is for another runbook'],
    ['a policy that is not there', { request: { ...request, start: { policy: 'other' } } }, 'no policy of that name'],
    [
      'a name that every object has',
      { request: { ...request, start: { policy: 'constructor' } } },
      'no policy of that name',
    ],
    ['a dry run', { request: { ...request, mode: 'plan' } }, 'A plan changes nothing'],
    ['a person as requester', { request: { ...request, requester: 'ada' } }, 'has no other requester'],
    ['a run of another name', { request: { ...request, run: 'anything' } }, 'does not begin with failover/lab/'],
    ['no evidence', { evidence: undefined as unknown as EvidenceMap }, 'only with the evidence'],
    ['a step with other arguments', { core: otherArguments }, 'gives another plan'],
    [
      'a plan of another input',
      { core: planOf('failover', { from: 'europe-west1' }, {}, estate).core },
      'gives another plan',
    ],
    ['evidence that the planner refuses', { evidence: toTheDead }, 'gives no plan'],
    ['evidence of no known shape', { evidence: { 'shares/items': { ok: true, value: 7, at: 0, by: '' } } }, 'no plan'],
    ['a step that the plan has not', { steps: [{ id: '9.9', direction: 'do' }] }, 'has no step 9.9'],
    ['a scope that it does not hold', { epochs: {} }, 'does not hold'],
    ['an epoch of its own', { epochs: { [scope]: 9e15 } }, 'does not hold'],
  ];
  it.each(cases)('gets no permit: %s', async (_, change, says) => {
    const answer = await mint(change);
    expect(answer).toContain('permit-refused: ');
    expect(answer).toContain(says);
  });

  it('gets no permit where a rule stands in the way, overridable or not, and whoever signed it away', async () => {
    const plan = planOf('failover', INPUT, { 'there/items': crowded }, estate);
    expect(plan.core.blockers).toMatchObject([{ overridable: true }]);
    const override = decisionOf(plan.core, { override: plan.core.blockers[0]?.rule, reason: 'fire' });
    const answer = await mint({
      core: plan.core,
      evidence: evidenceFor(estate, 'failover', INPUT, { 'there/items': crowded }),
      decisions: [signedBy('ben', override)],
    });
    expect(answer).toContain('permit-refused: A rule stands in the way');
  });

  it('gets no permit from a worker whose estate file has another policy', async () => {
    const changed = (change: Partial<Policy>): Promise<string> => {
      const own = withPolicy(change);
      return mint({ core: planOf('failover', INPUT, {}, own).core }, { own });
    };
    expect(await changed({ inputs: { from: 'europe-west1' } })).toContain('is for another input');
    expect(await changed({ runbook: 'failback' })).toContain('is for another runbook');
    expect(await changed({ maxEffect: 'read' })).toContain('lets read through at most');
    expect(await changed({ onFailure: 'ask' })).toBe('permitted');
  });

  it('starts nothing', async () => {
    const open = (change: Partial<RunRequest>): Promise<string> =>
      told(() => activities()['run.open']({ request: { ...request, ...change }, again: false }));
    expect(await open({})).toBe('permitted');
    expect(await open({ input: { from: 'europe-west1' } })).toContain('bad-start: ');
    expect(await open({ runbook: 'failback', run: 'failback/lab/1', input: {} })).toContain('bad-start: ');
    expect(await open({ start: { policy: 'toString' } })).toContain('bad-start: ');
    expect(await open({ mode: 'plan' })).toContain('bad-start: ');
    expect(await open({ requester: 'ada' })).toContain('bad-start: ');
    expect(await open({ estateDigest: 'f'.repeat(64) })).toContain('estate-differs: ');
  });
});

const SCOPE = 'gcp/test/thing' as Scope;
const doIt = (effect: 'change' | 'destroy') =>
  step({
    name: `test.${effect}`,
    effect,
    args: z.strictObject({}),
    result: z.strictObject({}),
    scope: () => SCOPE,
    queue: () => 'lab.agent.test',
    limits: { startToClose: 1_000, heartbeat: 1_000, tries: 1 },
    undo: () => ({ irreversible: 'what is gone is gone' }),
    say: () => `${effect} it`,
  });

/** A runbook of one step, whose plan differs with the planner's clock. */
function oneStep(effect: 'change' | 'destroy'): Runbook {
  return runbook({
    name: 'failover',
    version: 1,
    summary: 'One step',
    input: z.strictObject({ from: z.string() }),
    resolve: ({ input }) => input,
    probes: () => ({}),
    plan: ({ now }) => ({
      headline: 'One step',
      facts: [],
      leftOut: [],
      warnings: [],
      measures: {},
      measuredBy: { fault: [], loss: [], expectedLoss: null, recovery: 'do' },
      blockers: [],
      phases: [
        gate('approve', `Planned at ${now}`, { tier: 'two-people', scopes: [SCOPE] }),
        phase('do', 'Do', stepItem('', doIt(effect)({}))),
      ],
    }),
  });
}

async function mintOneStep(effect: 'change' | 'destroy', own: Estate): Promise<string> {
  const one = oneStep(effect);
  const seen: EvidenceMap = { anything: { ok: false, reason: 'does not answer', at: NOW } };
  const plan = one.plan({ estate: own, estateDigest: hashOf(own), input: INPUT, evidence: seen, now: NOW });
  const use = { core: plan.core, evidence: seen, epochs: { [SCOPE]: 7 } };
  return mint({ ...use, steps: [{ id: 'do', direction: 'do' }] }, { own, runbooks: [one] });
}

describe('a plan that differs with the time at which it is made', () => {
  it('is made again as it was, hours later: its clock is the evidence’s', async () => {
    expect(await mintOneStep('change', estate)).toBe('permitted');
  });
});

describe('a runbook that destroys', () => {
  it('is permitted by no policy, whatever a policy is made to say', async () => {
    const greedy = { maxEffect: 'destroy' } as unknown as Partial<Policy>;
    for (const own of [estate, withPolicy(greedy)]) {
      expect(await mintOneStep('destroy', own)).toContain('permit-refused: "destroy it" is of the effect destroy');
    }
  });
});
