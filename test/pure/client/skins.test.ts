/**
 * Pins: card, message, terminal and report tell the same of one run. Failure modes: one of them says "approved" of a
 * run that stays shut over a rule that nobody may override; two of them name different percentages.
 */
import { describe, expect, it } from '@jest/globals';
import { renderWho } from '../../../cli/render/list.ts';
import { renderState } from '../../../cli/render/state.ts';
import { PLAIN, type Sheet } from '../../../cli/render/text.ts';
import { EMPTY_LEASE } from '../../../kernel/authority/lease.ts';
import type { SignedDecision } from '../../../kernel/decision/decision.ts';
import { signedStart } from '../../../kernel/decision/policy.ts';
import { evidenceHash } from '../../../kernel/plan/evidence.ts';
import type { Blocker, Plan } from '../../../kernel/plan/plan.ts';
import { standingAhead } from '../../../kernel/run/gates.ts';
import { type RunRecord, recordOf } from '../../../kernel/run/record.ts';
import type { PlanAnswer, RunView } from '../../../kernel/run/state.ts';
import { renderMarkdown } from '../../../report/render.ts';
import { statusAnswer, whoAnswer } from '../../../slackbot/blocks/answers.ts';
import { cardMessage } from '../../../slackbot/blocks/card.ts';
import { gateMessage } from '../../../slackbot/blocks/gate.ts';
import { reviewBlocks } from '../../../slackbot/blocks/review.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

type SampleScene = ReturnType<typeof sampleScene>;

const HARD: Blocker = { rule: 'one-copy', say: 'Only one copy of main is left.', overridable: false };
const SHEET: Sheet = { width: 10_000, paint: PLAIN, now: STARTED_AT + 30_000, nameOf: (person) => person };
const PLACE = { gate: 'approve', attempt: 1 };

/** As many approvals as the gate's tier asks for. */
function approved({ run, plan }: SampleScene): SignedDecision[] {
  const start = signedStart(run.request.start);
  const [approver] = plan.core.entries
    .flatMap((one) => (one.kind === 'gate' ? one.approvers : []))
    .filter(({ person }) => person !== run.request.requester);
  const key = approver?.keys[0];
  if (start === undefined || approver === undefined || key === undefined) throw new Error('nobody can approve');
  const { planHash, attempt } = run;
  const by = approver.person;
  const decision = { ...start.decision, kind: 'approve', target: PLACE.gate, attempt, planHash, by } as const;
  return [{ decision: { ...decision, id: 'approve-0001' }, key, signature: '' }];
}

function withBlocker(): SampleScene {
  const { plan, ...scene } = sampleScene();
  const blocked: Plan = { ...plan, core: { ...plan.core, blockers: [HARD] } };
  const all = { ...scene, plan: blocked };
  return { ...all, run: { ...all.run, decisions: approved(all) } };
}

function answerOf({ run, plan }: SampleScene): PlanAnswer {
  const { planHash, evidence, attempt } = run;
  return { plan, planHash, evidence, evidenceHash: evidenceHash(evidence), attempt, difference: [] };
}

function recordIn({ run, plan }: SampleScene): RunRecord {
  return recordOf(run, plan);
}

const textOf = (value: unknown): string => JSON.stringify(value);

/** Every place where one reads how a gate stands. */
function told(scene: SampleScene): [string, string][] {
  const { run, plan } = scene;
  const reviewed = { scene, gate: undefined, evidence: run.evidence, evidenceHash: '', now: STARTED_AT };
  const gate = plan.core.entries.find((one) => one.kind === 'gate');
  return [
    ['the card', textOf(cardMessage(scene, 'key'))],
    ['the message of the gate', textOf(gateMessage(scene, PLACE, 'key'))],
    ['the answer to status', textOf(statusAnswer(scene))],
    ['the answer to who', textOf(whoAnswer(scene, { ...EMPTY_LEASE, taken: [] }))],
    ['the review', textOf(reviewBlocks({ ...reviewed, gate }))],
    ['status in the terminal', renderState(run, answerOf(scene), SHEET)],
    ['who in the terminal', renderWho({ view: run, core: plan.core, standing: standingAhead(plan.core, run) }, SHEET)],
    ['the report', renderMarkdown(recordIn(scene))],
  ];
}

describe('a gate that has its approvals, and a rule in its way that nobody may override', () => {
  it.each(told(withBlocker()))('is not told to be approved in %s, which names the rule', (_, text) => {
    expect(text).toContain('the rule one-copy to be met');
    expect(text).not.toContain('approved, it checks once more');
    expect(text).not.toMatch(/Missing:? +nothing/);
    expect(text).not.toMatch(/\bapproved by\b/);
  });

  it('is an open gate of a plan that was not approved in the report', () => {
    const text = renderMarkdown(recordIn(withBlocker()));
    expect(text).toContain('The plan (not approved)');
    expect(text).toContain('not approved');
  });

  it('is told to be approved everywhere when the rule is met', () => {
    const scene = sampleScene();
    const free = { ...scene, run: { ...scene.run, decisions: approved(scene) } };
    expect(textOf(cardMessage(free, 'key'))).toContain('approved, it checks once more');
    expect(renderMarkdown(recordIn(free))).toContain('The plan as approved');
  });
});

describe('a run that has ended before its gate was decided', () => {
  it('asks nobody any more, whatever its state still names', () => {
    const scene = sampleScene({ status: 'aborted', endedAt: STARTED_AT });
    const standing = standingAhead(scene.plan.core, scene.run);
    expect(standing).toBeUndefined();
    expect(renderWho({ view: scene.run, core: scene.plan.core, standing }, SHEET)).toContain('none is ahead');
    expect(textOf(whoAnswer(scene, { ...EMPTY_LEASE, taken: [] }))).toContain('No gate is open.');
    expect(textOf(cardMessage(scene, 'key'))).not.toContain('Open gate');
  });
});

describe('how far a run is', () => {
  const percentIn = (text: string): string => /(\d+) %`|\] (\d+) %/.exec(text)?.slice(1).find(Boolean) ?? 'none';

  it.each<[string, string, Partial<RunView>]>([
    ['at its gate', '0', {}],
    ['before its first step', '0', { cursor: 1, status: 'running', gate: null }],
    ['after its first step', '50', { cursor: 2, done: ['shift/100/items'], status: 'running', gate: null }],
    ['past the point of no return', '50', { cursor: 3, done: ['shift/100/items'], status: 'running', gate: null }],
    [
      'before it has ended',
      '99',
      { cursor: 4, done: ['shift/100/items', 'prove/canary/main/europe-west1'], status: 'running', gate: null },
    ],
    [
      'when it is done',
      '100',
      {
        cursor: 4,
        done: ['shift/100/items', 'prove/canary/main/europe-west1'],
        status: 'done',
        gate: null,
        endedAt: STARTED_AT,
      },
    ],
  ])('is the same figure in card, answer and terminal %s', (_, percent, changes) => {
    const scene = sampleScene(changes);
    const texts = [textOf(cardMessage(scene, 'key').blocks), textOf(statusAnswer(scene).blocks)];
    expect(texts.map(percentIn)).toEqual([percent, percent]);
    expect(percentIn(renderState(scene.run, answerOf(scene), SHEET))).toBe(percent);
  });
});
