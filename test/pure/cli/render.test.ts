/** What an approver reads in the terminal: everything that a decision hangs on is there, whatever the width. */
import { describe, expect, it } from '@jest/globals';
import { renderLease, renderList, renderWho } from '../../../cli/render/list.ts';
import { renderPlan } from '../../../cli/render/plan.ts';
import { renderState } from '../../../cli/render/state.ts';
import { harmless, PLAIN, type Sheet } from '../../../cli/render/text.ts';
import type { RunSummary } from '../../../client/api.ts';
import { touchedBy } from '../../../client/touched.ts';
import type { TakenOver } from '../../../kernel/authority/lease.ts';
import { EMPTY_LEASE } from '../../../kernel/authority/lease.ts';
import type { SignedDecision } from '../../../kernel/decision/decision.ts';
import { type Call, type Entry, type Plan, type PlanCore, planHash } from '../../../kernel/plan/plan.ts';
import { freshState } from '../../../kernel/run/fresh-state.ts';
import { standingAhead } from '../../../kernel/run/gates.ts';
import { progressOf } from '../../../kernel/run/progress.ts';
import type { PlanAnswer, RunRequest, RunView } from '../../../kernel/run/state.ts';
import { viewOf } from '../../../kernel/run/view.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const NAMES: { readonly [person: string]: string } = { ada: 'Ada', ben: 'Ben', cho: 'Cho' };
const sheet = (width = 100): Sheet => ({ width, paint: PLAIN, now: NOW, nameOf: (person) => NAMES[person] ?? person });
const LIMITS = { startToClose: 1_000, heartbeat: 1_000, tries: 1 };

function call(step: string, effect: Call['effect'], args: Call['args'], scope: string | null): Call {
  return { step, effect, args, scope, queue: 'lab.q', limits: LIMITS };
}

function shift(traffic: string, to: number, was: number) {
  const set = (west: number): Call =>
    call(
      'traffic.set',
      'change',
      { traffic, shares: { east: 100 - west, west }, drained: [] },
      `gcp/traffic/${traffic}`,
    );
  const { args, scope, queue } = set(to);
  return { args, scope, queue, undo: set(was) };
}

const KEY = 'ed25519:AAAA';
const ENTRIES: Entry[] = [
  {
    kind: 'gate',
    id: 'approve',
    phase: 0,
    title: 'Move all traffic from east to west',
    tier: { name: 'two-people', approvals: 2, personalKeys: 1, botSuffices: false, expires: 3_600_000 },
    approvers: ['ada', 'ben', 'cho'].map((person) => ({ person, keys: [`${KEY}${person}`] })),
    bounds: [{ measure: 'loss', atMost: 60_000, unit: 'ms' }],
  },
  {
    kind: 'step',
    id: 'room/items',
    phase: 1,
    call: call('services.scale', 'change', { service: 'items', workers: 5 }, 'gcp/service/items.west'),
    undo: { kind: 'irreversible', because: 'the old size is not known' },
  },
  {
    kind: 'each',
    id: 'shift/100',
    phase: 2,
    parallel: 2,
    step: 'traffic.set',
    effect: 'change',
    limits: LIMITS,
    undo: { kind: 'none' },
    common: { args: {}, scope: null, queue: '' },
    targets: [
      { target: 'items', ...shift('items', 100, 50) },
      { target: 'shop', ...shift('shop', 100, 40) },
    ],
  },
  {
    kind: 'hold',
    id: 'shift/watch-100',
    phase: 2,
    title: 'Watch west',
    samples: [call('traffic.slo', 'read', {}, null)],
    every: 1_000,
    for: 3_000,
    atLeast: 10,
    patience: 60_000,
    onFailure: 'undo-previous-and-ask',
  },
  { kind: 'pivot', id: 'pivot', phase: 3 },
  {
    kind: 'step',
    id: 'clear/old',
    phase: 4,
    call: call('bucket.empty', 'destroy', { bucket: 'old' }, 'gcp/bucket/old'),
    undo: { kind: 'none' },
  },
];

const CORE: PlanCore = {
  v: 1,
  runbook: 'failover',
  version: 1,
  input: { from: 'east' },
  estate: 'lab',
  estateDigest: 'd'.repeat(64),
  objectives: { rto: 300_000, rpo: 60_000 },
  phases: [
    ['approve', 'Approve'],
    ['room', 'Make room in west'],
    ['shift', 'Shift to west'],
    ['pivot', 'Point of no return'],
    ['clear', 'Clear up'],
  ].map(([id = '', title = '']) => ({ id, title, scopes: [] })),
  entries: ENTRIES,
  measuredBy: { fault: [], loss: [], expectedLoss: 'loss', recovery: ['shift/100'] },
  blockers: [{ rule: 'tested-capacity', say: 'items in west can run 4 workers and needs 5.', overridable: true }],
  operators: [{ person: 'ada', keys: [] }],
  bots: [],
  breakGlass: { people: ['ada'], personalKey: true },
};
const PLAN: Plan = {
  core: CORE,
  view: {
    headline: 'Move all traffic from east to west, at once',
    says: {
      approve: 'x',
      'room/items': 'Run items in west with 5 workers (now 4)',
      'shift/100/items': 'Set items to west 100 %',
      'shift/100/shop': 'Set shop to west 100 %',
      'shift/watch-100': 'Watch west',
      pivot: 'From here on the run goes forward only',
      'clear/old': 'Empty the bucket old',
    },
    undoSays: { 'room/items': 'Run items in west with 4 workers (now 5)', 'shift/100/items': 'Set items back' },
    facts: [
      { label: 'east', value: 'does not answer' },
      { label: 'Expected data loss', value: 'not measured' },
    ],
    leftOut: [{ what: 'Withholding items in east', because: 'it does not answer' }],
    warnings: ['The data loss could not be measured.'],
    measures: { loss: null },
  },
};
const ANSWER: PlanAnswer = {
  plan: PLAN,
  planHash: planHash(CORE),
  evidence: {
    shares: { ok: true, value: 1, at: NOW - 2_000, by: 'q' },
    here: { ok: false, reason: 'no answer', at: NOW - 4_000 },
  },
  evidenceHash: 'e'.repeat(64),
  attempt: 2,
  difference: ['No longer: Shift in small steps.'],
};

function decision(kind: 'approve', by: string): SignedDecision {
  return {
    decision: {
      v: 1,
      run: 'failover/lab/ab12',
      mode: 'live',
      kind,
      target: 'approve',
      attempt: 2,
      planHash: ANSWER.planHash,
      evidenceHash: '',
      by,
      at: NOW,
      exp: NOW + 1,
      reason: '',
      id: `id-of-${by}`,
    },
    key: `${KEY}${by}`,
    signature: 's',
  };
}

function view(more: Partial<RunView>): RunView {
  const request: RunRequest = {
    v: 1,
    run: 'failover/lab/ab12',
    estate: 'lab',
    estateDigest: '',
    runbook: 'failover',
    input: { from: 'east' },
    mode: 'live',
    requester: 'ada',
    start: decision('approve', 'ada'),
  };
  return {
    ...viewOf(freshState(request, NOW - 65_000)),
    status: 'gate',
    attempt: 2,
    planHash: ANSWER.planHash,
    gate: { id: 'approve', openedAt: NOW - 60_000, expiresAt: NOW + 3_540_000 },
    timeline: [{ at: NOW - 60_000, kind: 'started', id: '', say: 'ada started failover' }],
    ...more,
  };
}

describe('a plan', () => {
  it('reads as its approver must judge it', () => {
    expect(`\n${renderPlan(ANSWER, sheet(), { requester: 'ada', expiresAt: NOW + 3_540_000 })}\n`).toMatchSnapshot();
  });

  it('begins with what a woken person needs; the hashes come last', () => {
    const [fact] = PLAN.view.facts;
    const facts = fact ? [{ ...fact, since: NOW - 240_000 }, ...PLAN.view.facts.slice(1)] : [];
    const text = renderPlan({ ...ANSWER, plan: { ...PLAN, view: { ...PLAN.view, facts } } }, sheet());
    expect(text).toContain('does not answer, since 03:00:05 UTC (4 min ago)');
    const words = ['does not answer', 'Expected data loss', 'could not be measured', 'Withholding items'];
    const places = [...words, 'Run items in west', 'Tier', 'Plan hash'].map((one) => text.indexOf(one));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('loses nothing in a narrow terminal', () => {
    const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
    expect(words(renderPlan(ANSWER, sheet(44)))).toEqual(words(renderPlan(ANSWER, sheet(140))));
    const long = renderPlan(ANSWER, sheet(44))
      .split('\n')
      .filter((line) => line.length > 44);
    // What cannot be broken (hashes, names) may stick out; sentences may not.
    expect(long.every((line) => line.trim().split(/\s+/).length <= 3)).toBe(true);
  });

  it('counts what it touches, and what is not taken back', () => {
    expect(touchedBy(CORE)).toEqual([
      { scope: 'gcp/service/items.west', changes: 1, destroys: 0, irreversible: 1 },
      { scope: 'gcp/traffic/items', changes: 1, destroys: 0, irreversible: 0 },
      { scope: 'gcp/traffic/shop', changes: 1, destroys: 0, irreversible: 0 },
      { scope: 'gcp/bucket/old', changes: 0, destroys: 1, irreversible: 1 },
    ]);
  });

  it('cannot repaint the screen by what others wrote', () => {
    const painted = { ...ANSWER, difference: ['\u001b[2J\u001b[31mall is well\u202e'] };
    const text = renderPlan(harmless(painted), sheet());
    expect(text).toContain('all is well');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
  });
});

describe('a run', () => {
  it('at its gate says who is missing', () => {
    const state = view({ decisions: [decision('approve', 'ben')] });
    expect(`\n${renderState(state, ANSWER, sheet())}\n`).toMatchSnapshot();
    expect(standingAhead(CORE, state)).toMatchObject({ approvedBy: ['ben'], mayApprove: ['cho'] });
  });

  it('in a hold says how long it still takes', () => {
    const hold = {
      id: 'shift/watch-100',
      since: NOW - 1_000,
      until: NOW + 2_000,
      samples: 1,
      measured: [4],
      last: 'healthy',
    };
    const state = view({
      status: 'holding',
      gate: null,
      cursor: 3,
      hold,
      done: ['room/items', 'shift/100/items', 'shift/100/shop'],
    });
    expect(`\n${renderState(state, ANSWER, sheet())}\n`).toMatchSnapshot();
  });

  it('that asks says why, the mend and how to answer', () => {
    const error = {
      type: 'not-proven',
      message: 'The shares are not set.',
      where: 'traffic.set',
      mend: 'Look at it.',
      retryable: true,
    };
    const question = {
      id: 'q1',
      entry: 'shift/100',
      say: 'Set shop to west 100 % failed.',
      error,
      choices: ['retry', 'skip'] as const,
      askedAt: NOW - 5_000,
    };
    const state = view({
      status: 'question',
      gate: null,
      cursor: 2,
      question,
      done: ['room/items', 'shift/100/items'],
    });
    expect(`\n${renderState(state, ANSWER, sheet())}\n`).toMatchSnapshot();
    const wayBack = 'Give everything back to us-central1';
    const dying = { ...question, choices: ['retry', 'give-back', 'abort'] as const, wayBack };
    expect(renderState({ ...state, question: dying }, ANSWER, sheet())).toContain(wayBack);
  });

  it('that was aborted says what was not taken back', () => {
    const ending = {
      type: 'aborted',
      message: 'ben aborted it.',
      where: 'failover/lab/ab12',
      mend: 'See below.',
      retryable: false,
    };
    const next = { runbook: 'failover', input: { from: 'east' } };
    const item = {
      kind: 'kept' as const,
      id: 'shift/100/items',
      say: 'Set items',
      because: 'east does not answer',
      advice: { say: 'all are at west; they are kept there by', next },
    };
    const state = view({
      status: 'aborted',
      gate: null,
      ending,
      endedAt: NOW,
      left: [item],
    });
    const text = renderState(state, ANSWER, sheet());
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'not taken back: Set items (east does not answer); all are at west; they are kept there by: `run failover from=east`',
    );
    expect(text).toContain('Next: all are at west; they are kept there by: lifeboat run failover from=east');
    expect(text).toContain('took 1 min 5 s');
  });

  it('that was a dry run shows what it found', () => {
    const base = view({ status: 'planned', gate: null, endedAt: NOW });
    const text = renderState({ ...base, request: { ...base.request, mode: 'plan' } }, ANSWER, sheet());
    for (const one of ['does not answer', 'not measured', 'could not be measured', 'Withholding items']) {
      expect(text).toContain(one);
    }
  });

  it('that is done counts what was skipped as skipped, and says what comes next', () => {
    const timeline: RunView['timeline'] = [
      { at: NOW, kind: 'step', id: 'shift/100/shop', say: 'Set shop', outcome: 'skipped' },
    ];
    const next = { say: 'east stays drained; when its servers run', runbook: 'failback', input: { region: 'east' } };
    const plan = { ...PLAN, view: { ...PLAN.view, next } };
    const done = view({ status: 'done', gate: null, endedAt: NOW, cursor: ENTRIES.length, timeline });
    const text = renderState(done, { ...ANSWER, plan }, sheet());
    expect(text).toContain('100 %, 3 of 4 steps done, 1 skipped');
    expect(text).toContain('Next: east stays drained; when its servers run: lifeboat run failback region=east');
  });

  it('whose pause is asked for while it asks says once when that begins', () => {
    const error = { type: 'not-proven', message: 'Not set.', where: 'traffic.set', mend: 'Look.', retryable: true };
    const choices = ['retry', 'skip'] as const;
    const question = { id: 'q1', entry: 'shift/100', say: 'It failed.', error, choices, askedAt: NOW };
    const paused = { by: 'ben', at: NOW - 60_000, reason: 'look first' };
    const text = renderState(view({ status: 'question', gate: null, cursor: 2, question, paused }), ANSWER, sheet(200));
    expect(text).toContain('Ben asked for a pause (look first); it begins when the question is answered');
    expect(text).not.toContain('Paused by');
    expect(text).not.toContain('a pause is asked for; it begins before the next step');
    const still = renderState(view({ status: 'paused', gate: null, cursor: 2, paused }), ANSWER, sheet(200));
    expect(still).toContain('Paused by Ben (look first), 1 min ago');
    expect(still).not.toContain('asked for a pause');
  });

  it('does not count as done what was taken back, and says so', () => {
    const undone = (stepId: string, state: 'undone' | 'pending' = 'undone') =>
      ({ stepId, attempt: 2, entry: 'shift/100', say: `Take back: ${stepId}`, state }) as RunView['undo'][number];
    const done = ['room/items', 'shift/100/items', 'shift/100/shop'];
    const both = [undone('shift/100/items'), undone('shift/100/shop')];
    const undoing = view({ status: 'undoing', gate: null, cursor: 3, done, undo: both });
    expect(progressOf(CORE, undoing)).toMatchObject({ done: 1, takenBack: 2, percent: 25 });
    expect(renderState(undoing, ANSWER, sheet())).toContain('25 %, 1 of 4 steps done, 2 taken back');
    const aborted = view({ status: 'aborted', gate: null, endedAt: NOW, cursor: 4, done, undo: both });
    expect(progressOf(CORE, aborted).phases.map(({ state }) => state)).toContain('taken back');
    // Done again after a hold took it back: the newest undo is still to come. And a former attempt's says nothing of this one.
    const again = view({ cursor: 3, done, undo: [...both, undone('shift/100/items', 'pending')] });
    expect(progressOf(CORE, again)).toMatchObject({ done: 2, takenBack: 1 });
    expect(progressOf(CORE, view({ attempt: 3, cursor: 3, done, undo: both }))).toMatchObject({
      done: 3,
      takenBack: 0,
    });
  });

  it('is at 100 % only when it is done', () => {
    const all = ENTRIES.length;
    expect(progressOf(CORE, { cursor: all, done: [], status: 'running' }).percent).toBe(99);
    expect(progressOf(CORE, { cursor: all, done: [], status: 'done' }).percent).toBe(100);
    expect(progressOf(CORE, { cursor: 2, done: ['shift/100/items'], status: 'running' })).toMatchObject({
      done: 2,
      total: 4,
      percent: 50,
    });
  });
});

const TAKEN: TakenOver = {
  run: 'failover/lab/old1',
  by: 'ben',
  at: NOW - 60_000,
  reason: 'its people are gone',
  scopes: ['gcp/traffic/items'],
};

describe('a run that a policy started', () => {
  it('names the policy where others name people, and asks nobody', () => {
    const state = view({ gate: null });
    const { request } = state;
    const byPolicy = { ...state, request: { ...request, requester: 'policy:nightly', start: { policy: 'nightly' } } };
    expect(standingAhead(CORE, byPolicy)).toBeUndefined();
    const who = renderWho({ view: byPolicy, core: CORE }, sheet());
    expect(who).toContain('policy:nightly, which stands in for people who approve');
    const plan = renderPlan(ANSWER, sheet(), { requester: 'policy:nightly' });
    expect(plan).toContain('policy:nightly lets it pass, or it ends; no person is asked');
    expect(plan).not.toContain('never the requester');
    expect(plan).not.toContain('not the requester');
  });
});

describe('lists', () => {
  it('of runs, of the lease and of people', () => {
    const run: RunSummary = {
      run: 'failover/lab/ab12',
      runbook: 'failover',
      mode: 'live',
      requester: 'ada',
      status: 'gate',
      phase: 'Approve',
      startedAt: NOW - 65_000,
      closed: false,
    };
    const other: RunSummary = {
      ...run,
      run: 'failback/lab/c',
      mode: 'plan',
      requester: 'eve',
      status: 'unknown',
      phase: '',
      closed: true,
    };
    const owing: RunSummary = {
      ...run,
      run: 'failover/lab/d',
      status: 'done',
      closed: true,
      left: [{ kind: 'owed', id: 'owed/items', say: 'Withhold it', because: null, advice: null }],
    };
    expect(renderList([owing], sheet())).toContain('done, with 1 owed');
    const lease = {
      ...EMPTY_LEASE,
      holders: { 'gcp/traffic/items': { run: run.run, requester: 'ada', epoch: 1, at: NOW - 1_500 } },
      last: {},
      freezes: [{ what: 'expiry' as const, by: 'ben', at: NOW - 3_600_000, reason: 'copies look odd' }],
      taken: [TAKEN],
    };
    const state = view({ decisions: [decision('approve', 'ben')] });
    const parts = [
      renderList([run, other], sheet()),
      renderLease(lease, sheet()),
      renderWho({ view: state, core: CORE, standing: standingAhead(CORE, state), taken: TAKEN }, sheet()),
    ];
    expect(`\n${parts.join('\n\n')}\n`).toMatchSnapshot();
  });

  it('that are empty say what to do', () => {
    expect(renderList([], sheet())).toContain('lifeboat plan');
    expect(renderLease(EMPTY_LEASE, sheet())).toBe('No scope is held.');
  });
});
