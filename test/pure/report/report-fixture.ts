/**
 * A failover's record as a run would leave it: the real planner on the example estate, invented readings, decisions
 * signed with keys made here, and a timeline laid out step by step.
 */

import type { Decision, SignedDecision } from '../../../kernel/decision/decision.ts';
import type { ErrorFacts } from '../../../kernel/errors.ts';
import { packView } from '../../../kernel/plan/packed-view.ts';
import { planHash, stepsOf } from '../../../kernel/plan/plan.ts';
import { keptOf, leftStep } from '../../../kernel/run/left.ts';
import { measure } from '../../../kernel/run/measures.ts';
import { type RunRecord, recordOf } from '../../../kernel/run/record.ts';
import type { LeftItem, RunState, TimelineItem, UndoItem } from '../../../kernel/run/state.ts';
import { planIn, viewOf } from '../../../kernel/run/view.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import { failover } from '../../../runbooks/failover.ts';
import { syntheticEvidence } from '../../../scripts/docs/synthetic-evidence.ts';
import { estateWithKeys, signedBy } from './report-people.ts';

export const FAULT_AT = Date.UTC(2026, 2, 1, 3, 4, 5, 120);
const RUN = 'failover/lab/r1';
const SECOND_MS = 1_000;
const blank = { v: 1, run: RUN, mode: 'live', target: '', attempt: 1, evidenceHash: '', reason: '' } as const;

export interface Told {
  /** Whether the region is dead and everything moves at once; else it moves in steps. */
  readonly dead?: boolean;
  /** What ada wrote when she asked. */
  readonly reason?: string;
  /** Ada approves her own run over the rule. */
  readonly breakGlass?: string;
  /** A proof fails and ben steps over it, with this reason. */
  readonly skip?: string;
  /** Ben aborts in the commit window: what was done is taken back, but for what must not be. */
  readonly aborted?: boolean;
}

/** Plays the run of a failover from us-central1 to its end. */
export function failoverState(told: Told = {}): RunState {
  const dead = told.dead ?? true;
  const { estate, digest } = estateWithKeys();
  const input = { from: 'us-central1' };
  const startedAt = FAULT_AT + 31 * SECOND_MS;
  const scene = dead ? { now: startedAt, dead: { region: 'us-central1', since: FAULT_AT } } : { now: startedAt };
  const evidence = syntheticEvidence(estate, failover.probes(estate, input), scene);
  const plan = failover.plan({ estate, estateDigest: digest, input, evidence, now: startedAt });
  const hash = planHash(plan.core);

  let now = startedAt;
  const decisions: SignedDecision[] = [];
  const timeline: TimelineItem[] = [];
  const undo: UndoItem[] = [];
  const done: string[] = [];
  const left: LeftItem[] = [];
  const note = (item: Omit<TimelineItem, 'at'>): void => void timeline.push({ at: now, ...item });
  const decide = (by: string, more: Partial<Decision> & Pick<Decision, 'kind'>): SignedDecision =>
    signedBy(by, {
      ...blank,
      planHash: hash,
      at: now,
      exp: now + 600 * SECOND_MS,
      id: `decision-${decisions.length}`,
      ...more,
    });
  const record = (signed: SignedDecision): void => {
    const { decision } = signed;
    decisions.push(signed);
    const glass = decision.override === undefined ? '' : ` BREAKING THE GLASS over ${decision.override}`;
    const why = decision.reason === '' ? '' : `: ${decision.reason}`;
    note({
      kind: 'decision',
      id: decision.target,
      by: decision.by,
      say: `${decision.by}: ${decision.choice ?? decision.kind}${glass}${why}`,
    });
  };

  const start = decide('ada', {
    kind: 'start',
    target: hashOf({ runbook: 'failover', input }),
    attempt: 0,
    planHash: '',
    reason: told.reason ?? 'pages from us-central1',
  });
  note({ kind: 'started', id: '', by: 'ada', say: 'ada started failover' });
  now += 850;
  note({ kind: 'planned', id: hash.slice(0, 12), say: plan.view.headline });

  let approvedAt: number | null = null;
  let firstChangeAt: number | null = null;
  let pivoted = false;
  let ended = false;
  let cursor = 0;
  for (const entry of plan.core.entries) {
    if (ended) break;
    const say = (id: string): string => plan.view.says[id] ?? id;
    if (entry.kind === 'gate') {
      note({ kind: 'lease', id: '', say: `Holds ${plan.core.phases[entry.phase]?.scopes.join(', ')}` });
      note({ kind: 'gate', id: entry.id, say: `${entry.title}: waits for 1 approval(s)` });
      now += 42_300;
      if (told.breakGlass !== undefined) {
        record(
          decide('ada', {
            kind: 'approve',
            target: entry.id,
            override: 'approvals-by-others',
            reason: told.breakGlass,
          }),
        );
      } else record(decide('ben', { kind: 'approve', target: entry.id }));
      now += 210;
      approvedAt = now;
    } else if (entry.kind === 'hold') {
      if (told.aborted && entry.title.startsWith('Commit')) {
        now += 2_000;
        record(decide('ben', { kind: 'abort', reason: 'wrong region' }));
        ended = true;
        break;
      }
      now += entry.for;
      note({ kind: 'hold', id: entry.id, say: `${entry.title}: 4 samples, all good`, ms: entry.for, outcome: 'ok' });
    } else if (entry.kind === 'pivot') {
      pivoted = true;
      undo.length = 0;
      note({ kind: 'pivot', id: entry.id, say: 'Past the point of no return: the run goes forward only' });
    } else {
      for (const { id, call, undo: back } of stepsOf(entry)) {
        const ms = call.effect === 'read' ? 1_900 : 340;
        const kept = plan.view.ifLeft?.[plan.core.phases[entry.phase]?.id ?? '']?.kept;
        if (call.effect !== 'read') {
          firstChangeAt ??= now + ms;
          if (!pivoted && back.kind === 'call') {
            undo.push({
              stepId: id,
              attempt: 1,
              entry: entry.id,
              call: back.call,
              say: `Take back: ${say(id)}`,
              state: 'pending',
              ...(kept === undefined ? {} : { ifKept: kept }),
            });
          }
        }
        now += ms;
        if (told.skip !== undefined && call.step === 'proofs.check') {
          note({ kind: 'step', id, say: `${say(id)}: the URL answered 503`, ms, outcome: 'failed' });
          note({ kind: 'question', id: 'q9', say: `${say(id)} failed.`, outcome: 'failed' });
          now += 15_000;
          record(decide('ben', { kind: 'resolve', target: 'q9', choice: 'skip', reason: told.skip }));
          note({ kind: 'step', id, say: say(id), ms: 0, outcome: 'skipped' });
          left.push(
            leftStep(plan.core, plan.view, entry, { id, say: say(id), because: 'the URL answered 503', owed: false }),
          );
        } else note({ kind: 'step', id, say: say(id), ms, outcome: 'ok' });
        done.push(id);
      }
    }
    cursor += 1;
  }
  if (ended) {
    for (const item of undo.toReversed()) {
      now += 400;
      if (item.call.step === 'traffic.set') {
        item.state = 'must-not';
        item.because = 'us-central1 does not answer';
        note({
          kind: 'undo',
          id: item.stepId,
          say: `${item.say}: must not be restored, because us-central1 does not answer`,
          outcome: 'must-not',
        });
      } else {
        item.state = 'undone';
        note({ kind: 'undo', id: item.stepId, say: item.say, ms: 400, outcome: 'ok' });
      }
    }
  }
  if (ended) left.push(...keptOf({ undo, instead: null }, false));
  note({ kind: 'lease', id: '', say: 'Released all scopes' });
  now += 20;
  note({
    kind: 'ended',
    id: '',
    say: ended ? 'Aborted' : 'Done: every step and every proof held',
    outcome: ended ? 'failed' : 'ok',
  });

  const measured = measure({ evidence, timeline, startedAt, approvedAt }, plan, { done: !ended, evidence: {} });
  const why: ErrorFacts = {
    type: 'aborted',
    message: 'ben aborted it: wrong region',
    where: RUN,
    mend: 'What was changed was taken back.',
    retryable: false,
  };
  const ending = { as: ended ? 'aborted' : 'done', at: now, why: ended ? why : null, evidence: {}, measured } as const;
  return {
    format: 1,
    request: {
      v: 1,
      run: RUN,
      estate: 'lab',
      estateDigest: digest,
      runbook: 'failover',
      input,
      mode: 'live',
      requester: 'ada',
      start,
    },
    doing: { is: 'ended', report: null, ...ending },
    interruption: null,
    attempt: 1,
    plan: { hash, view: packView(plan) },
    cores: { [hash]: plan.core },
    evidence,
    evidenceHashes: [],
    difference: [],
    cursor,
    done,
    undo,
    left,
    decisions,
    timeline,
    seq: timeline.length,
    instead: null,
    epochs: {},
    approved: [],
    abort: ended ? { by: 'ben', at: now, reason: 'wrong region' } : null,
    paused: null,
    pivoted,
    touched: true,
    startedAt,
    approvedAt,
    firstChangeAt,
  };
}

export function failoverRecord(told: Told = {}): RunRecord {
  const state = failoverState(told);
  return recordOf(viewOf(state), planIn(state));
}
