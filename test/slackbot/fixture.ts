/** A run, its plan and an estate for the bot's tests; every value is plain and fixed, so that snapshots are readable. */
import { readFileSync } from 'node:fs';
import { mustParseEstate } from '../../estate/file/parse.ts';
import type { Estate } from '../../estate/schema.ts';
import { type Call, type Plan, planHash } from '../../kernel/plan/plan.ts';
import { freshState } from '../../kernel/run/fresh-state.ts';
import type { RunRequest, RunView } from '../../kernel/run/state.ts';
import { viewOf } from '../../kernel/run/view.ts';
import { newKeyPair } from '../../kernel/signing/keys.ts';
import { peopleNames } from '../../slackbot/blocks/people.ts';
import type { Scene } from '../../slackbot/blocks/scene.ts';

const LIMITS = { startToClose: 10_000, heartbeat: 2_000, tries: 3 };
export const STARTED_AT = Date.UTC(2026, 0, 15, 3, 0, 0);

export function labEstate(): Estate {
  return mustParseEstate(readFileSync(new URL('../../examples/lab.yaml', import.meta.url), 'utf8'), 'lab.yaml').estate;
}

function call(step: string, effect: Call['effect'], args: Call['args']): Call {
  return {
    step,
    effect,
    args,
    scope: effect === 'read' ? null : 'gcp/traffic/items',
    queue: 'lab.agent.traffic.items',
    limits: LIMITS,
  };
}

export function samplePlan(estate: Estate, botKeys: readonly string[]): Plan {
  const deciders = (role: 'operator' | 'approver') =>
    Object.entries(estate.people)
      .filter(([, { roles }]) => roles.includes(role))
      .map(([person, { keys }]) => ({ person, keys: [...keys] }));
  const back = call('traffic.set', 'change', { shares: { 'us-central1': 50, 'europe-west1': 50 } });
  return {
    core: {
      v: 1,
      runbook: 'failover',
      version: 1,
      input: { from: 'us-central1', to: 'europe-west1' },
      estate: estate.name,
      estateDigest: 'd'.repeat(64),
      objectives: { rto: 300_000, rpo: 60_000 },
      phases: [
        { id: 'approve', title: 'Approve', scopes: ['gcp/traffic/items'] },
        { id: 'shift', title: 'Shift to europe-west1', scopes: [] },
        { id: 'pivot', title: 'Point of no return', scopes: [] },
        { id: 'prove', title: 'Prove', scopes: [] },
      ],
      entries: [
        {
          kind: 'gate',
          id: 'approve',
          phase: 0,
          title: 'Move all traffic from us-central1 to europe-west1',
          tier: { name: 'one-other-person', approvals: 1, personalKeys: 0, botSuffices: true, expires: 3_600_000 },
          approvers: deciders('approver'),
          bounds: [{ measure: 'loss', atMost: 60_000, unit: 'ms' }],
        },
        {
          kind: 'step',
          id: 'shift/100/items',
          phase: 1,
          call: call('traffic.set', 'change', { shares: { 'us-central1': 0, 'europe-west1': 100 } }),
          undo: { kind: 'call', call: back },
        },
        { kind: 'pivot', id: 'pivot', phase: 2 },
        {
          kind: 'step',
          id: 'prove/canary/main/europe-west1',
          phase: 3,
          call: call('canaries.readable', 'read', { region: 'europe-west1' }),
          undo: { kind: 'none' },
        },
      ],
      measuredBy: { fault: [], loss: [], expectedLoss: 'loss', recovery: ['shift/100/items'] },
      blockers: [],
      operators: deciders('operator'),
      bots: [...botKeys],
      breakGlass: { people: ['ada', 'ben'], personalKey: estate.approvals.breakGlass.personalKey },
    },
    view: {
      headline: 'Move all traffic from us-central1 to europe-west1, at once',
      says: {
        approve: 'Move all traffic from us-central1 to europe-west1',
        'shift/100/items': 'Set the shares of items to europe-west1 100 %, us-central1 0 %',
        pivot: 'From here on the run goes forward only',
        'prove/canary/main/europe-west1': 'Read the canaries in europe-west1',
      },
      facts: [
        { label: 'us-central1', value: 'does not answer' },
        { label: 'Expected data loss', value: '12 s (3 of 40 canaries absent)' },
      ],
      leftOut: [{ what: 'Shifting in small steps', because: 'us-central1 is taken for lost' }],
      warnings: ['main has fewer copies than it should.'],
      measures: { loss: 12_000 },
      next: {
        say: 'us-central1 stays drained; when its servers run',
        runbook: 'failback',
        input: { region: 'us-central1' },
      },
    },
  };
}

export function sampleRun(plan: Plan, changes: Partial<RunView> = {}): RunView {
  const run = 'failover/lab/s-0123456789ab';
  const request: RunRequest = {
    v: 1,
    run,
    estate: 'lab',
    estateDigest: 'd'.repeat(64),
    runbook: 'failover',
    input: plan.core.input,
    mode: 'live',
    requester: 'ada',
    start: {
      decision: {
        v: 1,
        run,
        mode: 'live',
        kind: 'start',
        target: '',
        attempt: 0,
        planHash: '',
        evidenceHash: '',
        by: 'ada',
        at: STARTED_AT,
        exp: STARTED_AT + 300_000,
        reason: 'the region is dark',
        id: 'start-0001',
      },
      key: '',
      signature: '',
    },
  };
  return {
    ...viewOf(freshState(request, STARTED_AT)),
    status: 'gate',
    attempt: 1,
    planHash: planHash(plan.core),
    evidence: { here: { ok: false, reason: 'no answer within 300 ms', at: STARTED_AT + 900 } },
    evidenceHashes: ['e'.repeat(64)],
    gate: { id: 'approve', openedAt: STARTED_AT + 1_000, expiresAt: STARTED_AT + 3_601_000 },
    timeline: [
      { at: STARTED_AT, kind: 'started', id: 'start', say: 'Started', by: 'ada' },
      { at: STARTED_AT + 1_000, kind: 'gate', id: 'approve', say: 'Asks for approval' },
    ],
    ...changes,
  };
}

export function sampleScene(changes: Partial<RunView> = {}): Scene & { readonly plan: Plan } {
  const estate = labEstate();
  const plan = samplePlan(estate, [newKeyPair().publicKey]);
  // The bot's key is new each time and stands in no message; a fixed hash keeps the snapshots the same.
  return {
    run: sampleRun(plan, { planHash: 'a1b2c3d4e5f6'.repeat(5).padEnd(64, '0'), ...changes }),
    plan,
    people: peopleNames(estate),
    cardLink: 'https://example.slack.com/archives/C01OPS/p1',
  };
}
