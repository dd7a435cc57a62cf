/** Failure modes pinned: an activity does its work without a permit, with another's, or with one that was signed for less. */
import { describe, expect, it } from '@jest/globals';
import { createPlanActivities } from '../../../activities/plan/index.ts';
import type { Estate } from '../../../estate/schema.ts';
import type { LeaseView } from '../../../kernel/authority/lease.ts';
import {
  argsHashOf,
  checkPermit,
  type PermitBody,
  type PermitUse,
  signPermit,
} from '../../../kernel/authority/permit.ts';
import { LifeboatError } from '../../../kernel/errors.ts';
import { type PlanCore, planHash, stepsOf } from '../../../kernel/plan/plan.ts';
import type { PermitRequest } from '../../../kernel/run/control.ts';
import { permitKey } from '../../../kernel/run/control.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import { createAgents } from '../../memory-estate/agents.ts';
import { createWorld } from '../../memory-estate/world.ts';
import { decisionOf, failoverCore, gateIn, keysOf, knownEstate, NOW, RUN, signedBy } from '../runbooks/plan-fixture.ts';

const estate = knownEstate();
const digest = hashOf(estate);
const core = failoverCore();
const first = core.entries.flatMap(stepsOf).find(({ call }) => call.effect === 'change');
if (!first) throw new Error('the plan changes nothing');
const { id: stepId, call } = first;
const scope = call.scope ?? '';

const use: PermitUse = { estateDigest: digest, run: RUN, stepId, direction: 'do', call, scope, epoch: 7, now: NOW };
const body: PermitBody = {
  v: 1,
  estateDigest: digest,
  run: RUN,
  mode: 'live',
  stepId,
  direction: 'do',
  argsHash: argsHashOf(call),
  scope,
  epoch: 7,
  exp: NOW + 1_000,
};
if (first.undo.kind !== 'call') throw new Error('the step has no undo');
const undone = { direction: 'undo', call: first.undo.call } as const;
const { publicKey, privateKey } = keysOf('signer');
const permit = signPermit(body, publicKey, privateKey);
const grant = { run: RUN, requester: 'ada', epoch: 7, at: NOW };
const held: Pick<LeaseView, 'holders' | 'taken'> = { holders: { [scope]: grant }, taken: [] };

function refusedAs(act: () => unknown): string {
  try {
    act();
    return 'let through';
  } catch (error) {
    return LifeboatError.is(error) ? error.type : String(error);
  }
}

describe('a permit', () => {
  it('lets exactly its use through', () => {
    expect(refusedAs(() => checkPermit(permit, use, [publicKey]))).toBe('let through');
  });

  it.each<[string, PermitUse]>([
    ['another estate file', { ...use, estateDigest: 'other' }],
    ['another run', { ...use, run: 'failover/lab/2' }],
    ['another step', { ...use, stepId: '9.9' }],
    ['its undo', { ...use, direction: 'undo' }],
    ['other arguments', { ...use, call: { ...call, args: { ...call.args, workers: 1 } } }],
    ['another kind of step', { ...use, call: { ...call, step: 'traffic.set' } }],
    ['another scope', { ...use, scope: 'gcp/traffic/items' }],
    ['another epoch', { ...use, epoch: 8 }],
  ])('is refused for %s', (_, other) => {
    expect(refusedAs(() => checkPermit(permit, other, [publicKey]))).toBe('bad-permit');
  });

  it('is refused when it is missing, forged, changed, or has run out', () => {
    expect(refusedAs(() => checkPermit(null, use, [publicKey]))).toBe('no-permit');
    expect(refusedAs(() => checkPermit('permit', use, [publicKey]))).toBe('bad-permit');
    expect(refusedAs(() => checkPermit(permit, use, []))).toBe('bad-permit');
    const stranger = keysOf('stranger');
    const forged = signPermit(body, stranger.publicKey, stranger.privateKey);
    expect(refusedAs(() => checkPermit(forged, use, [publicKey]))).toBe('bad-permit');
    expect(refusedAs(() => checkPermit({ ...forged, key: publicKey }, use, [publicKey]))).toBe('bad-permit');
    const longer = { ...permit, body: { ...body, exp: NOW + 1e9 } };
    expect(refusedAs(() => checkPermit(longer, { ...use, now: NOW + 2_000 }, [publicKey]))).toBe('bad-permit');
    expect(refusedAs(() => checkPermit(permit, { ...use, now: NOW + 2_000 }, [publicKey]))).toBe('permit-expired');
  });
});

describe('an agent whose activity is called directly', () => {
  const world = createWorld(estate);
  const { activities } = createAgents({
    world,
    estateDigest: digest,
    clock: () => NOW,
    attempt: () => ({
      attempt: 1,
      taskQueue: call.queue,
      signal: new AbortController().signal,
      heartbeat: () => undefined,
    }),
    others: {},
  });
  const dispatch = {
    run: RUN,
    runStartedAt: NOW,
    stepId,
    direction: 'do',
    args: call.args,
    estateDigest: digest,
    fence: { scope, epoch: 7, seq: 1 },
    permit: null as unknown,
  };
  const callIt = async (input: unknown): Promise<string> => {
    const activity = activities.get(call.queue)?.[call.step];
    if (!activity) throw new Error('nobody serves it');
    return activity(input).then(
      () => 'let through',
      (error: unknown) => (LifeboatError.is(error) ? error.type : String(error)),
    );
  };

  it('refuses, and changes nothing', async () => {
    expect(await callIt(undefined)).toBe('bad-dispatch');
    expect(await callIt({ ...dispatch, more: 1 })).toBe('bad-dispatch');
    expect(await callIt(dispatch)).toBe('no-permit');
    expect(await callIt({ ...dispatch, fence: null, permit })).toBe('no-fence');
    expect(await callIt({ ...dispatch, permit, args: { ...call.args, workers: 9 } })).toBe('bad-permit');
    expect(await callIt({ ...dispatch, permit, args: { anything: true } })).toBe('bad-arguments');
    expect(await callIt({ ...dispatch, permit, fence: { scope, epoch: 8, seq: 1 } })).toBe('bad-permit');
    expect(await callIt({ ...dispatch, permit, estateDigest: 'other' })).toBe('estate-differs');
    expect(world.effects).toEqual([]);
  });

  it('lets the permitted call through, once and again, and nothing older after it', async () => {
    expect(await callIt({ ...dispatch, permit, fence: { scope, epoch: 7, seq: 5 } })).toBe('let through');
    expect(await callIt({ ...dispatch, permit, fence: { scope, epoch: 7, seq: 5 } })).toBe('let through');
    expect(await callIt({ ...dispatch, permit, fence: { scope, epoch: 7, seq: 4 } })).toBe('fenced-off');
    expect(world.effects).toHaveLength(1);
  });
});

describe('the permit signer', () => {
  const worker = (own: Estate = estate, lease = held) =>
    createPlanActivities({
      estate: own,
      estateDigest: hashOf(own),
      runbooks: RUNBOOKS,
      clock: () => NOW,
      lease: async () => lease,
      signer: { publicKey, privateKey: () => privateKey },
    });
  const mint = async (
    change: Partial<PermitRequest> = {},
    own: Estate = estate,
    lease = held,
    { 'run.permits': permits }: Pick<ReturnType<typeof worker>, 'run.permits'> = worker(own, lease),
  ): Promise<string> => {
    const start = signedBy('ada', decisionOf(core, { kind: 'start', by: 'ada' }));
    const request = {
      v: 1,
      run: RUN,
      estate: 'lab',
      estateDigest: digest,
      runbook: 'failover',
      input: {},
      mode: 'live',
      requester: 'ada',
      start,
    } as const;
    const input: PermitRequest = {
      request,
      attempt: 1,
      planHash: '',
      core,
      decisions: [signedBy('ben', decisionOf(core))],
      epochs: { [scope]: 7 },
      steps: [{ id: stepId, direction: 'do' }],
      ...change,
    };
    return permits(input).then(
      ({ permits: made }) => {
        const wanted = input.steps[0]?.direction === 'undo' ? { ...use, ...undone } : use;
        const key = permitKey(wanted.direction, stepId);
        return refusedAs(() => checkPermit(made[key], { ...wanted, estateDigest: hashOf(own) }, [publicKey]));
      },
      (error: unknown) => (LifeboatError.is(error) ? error.type : String(error)),
    );
  };
  const changedGate = (change: object): PlanCore => ({
    ...core,
    entries: core.entries.map((entry) => (entry.kind === 'gate' ? { ...entry, ...change } : entry)),
  });
  const approvalOf = (other: PlanCore, who = 'ben') => [signedBy(who, decisionOf(other, { by: who }))];

  it('signs what was approved', async () => {
    expect(await mint()).toBe('let through');
  });

  it('believes nothing that the request says about approvals', async () => {
    const gate = gateIn(core);
    const weak = changedGate({ tier: { ...gate.tier, approvals: 0 } });
    const own = changedGate({
      approvers: [{ person: 'eve', keys: [keysOf('stranger').publicKey] }, ...gate.approvers],
    });
    const other = { ...core, input: { from: 'europe-west1' } };
    const blocked = {
      ...core,
      blockers: [{ rule: 'one-copy', say: 'Only one copy of main is left.', overridable: false }],
    };
    const over = (plan: PlanCore, override: string) =>
      signedBy('ada', decisionOf(plan, { by: 'ada', override, reason: 'fire', id: 'glass-001' }));
    const unmet = { ...core, blockers: [{ rule: 'tested-capacity', say: 'It is too small.', overridable: true }] };
    const cases: [string, Partial<PermitRequest>][] = [
      ['no decision', { decisions: [] }],
      ['the requester’s own', { decisions: approvalOf(core, 'ada') }],
      ['an operator’s who may not approve', { decisions: approvalOf(core, 'dan') }],
      ['a forged one', { decisions: [{ ...signedBy('stranger', decisionOf(core)), key: keysOf('ben').publicKey }] }],
      ['one of another run', { decisions: [signedBy('ben', decisionOf(core, { run: 'failover/lab/2' }))] }],
      ['one of another attempt', { decisions: [signedBy('ben', decisionOf(core, { attempt: 2 }))] }],
      ['one of another plan', { core: other }],
      ['a rule in the way', { core: unmet, decisions: approvalOf(unmet) }],
      ['a rule that nobody may override', { core: blocked, decisions: approvalOf(blocked) }],
      ['the same, signed away', { core: blocked, decisions: [...approvalOf(blocked), over(blocked, 'one-copy')] }],
      ['a weaker gate', { core: weak, decisions: approvalOf(weak) }],
      ['a foreign approver', { core: own, decisions: approvalOf(own) }],
      ['no gate', { core: { ...core, entries: core.entries.filter(({ kind }) => kind !== 'gate') } }],
      ['a step that is not there', { steps: [{ id: '9.9', direction: 'do' }] }],
      ['a scope that is not held', { epochs: {} }],
    ];
    const answers: [string, string][] = [];
    for (const [why, change] of cases) answers.push([why, await mint(change)]);
    expect(answers).toEqual(cases.map(([why]) => [why, 'permit-refused']));
    const glass = { core: unmet, decisions: [...approvalOf(unmet), over(unmet, 'tested-capacity')] };
    expect(await mint(glass)).toBe('let through');
  });

  it('knows a plan by the hash that it computed itself, and by no other', async () => {
    const one = worker();
    const { core: _, ...byHash } = { core, planHash: planHash(core) };
    const ask = (change: Partial<PermitRequest>): Promise<string> => mint(change, estate, held, one);
    const nothing = { core: undefined } as unknown as Partial<PermitRequest>;
    expect(await ask({ ...byHash, ...nothing })).toBe('need-core');
    const other = { ...core, input: { from: 'europe-west1' } };
    expect(await ask({ ...byHash, core: other })).toBe('permit-refused');
    expect(await ask({ ...byHash, ...nothing })).toBe('need-core');
    expect(await ask({})).toBe('let through');
    expect(await ask({ ...byHash, ...nothing })).toBe('let through');
    expect(await ask({ planHash: planHash(other), ...nothing })).toBe('permit-refused');
    expect(await mint({ ...byHash, ...nothing })).toBe('need-core');
  });

  it('signs nothing for a scope that the lease does not say the run holds, whatever the request says', async () => {
    const others: (typeof held)[] = [
      { ...held, holders: {} },
      { ...held, holders: { [scope]: { ...grant, run: 'failover/lab/2' } } },
      { ...held, holders: { [scope]: { ...grant, epoch: 8 } } },
    ];
    for (const lease of others) expect(await mint({}, estate, lease)).toBe('permit-refused');
    const taken = [{ run: RUN, by: 'ben', at: NOW, reason: 'it hangs', scopes: [scope] }];
    expect(await mint({}, estate, { ...held, taken })).toBe('taken-over');
  });

  const mended: Estate = { ...estate, reports: { location: 'elsewhere' } };

  it('signs nothing on another estate file than its own', async () => {
    expect(await mint({}, mended)).toBe('permit-refused');
  });

  it('signs the undo of what was approved before the file was mended, if the people still may', async () => {
    const steps: PermitRequest['steps'] = [{ id: stepId, direction: 'undo' }];
    expect(await mint({ steps }, mended)).toBe('let through');
    const both: PermitRequest['steps'] = [...steps, { id: stepId, direction: 'do' }];
    expect(await mint({ steps: both }, mended)).toBe('permit-refused');
    expect(await mint({ steps, decisions: [] }, mended)).toBe('permit-refused');
    const { ben: _, ...people } = mended.people;
    expect(await mint({ steps }, { ...mended, people })).toBe('permit-refused');
  });
});
