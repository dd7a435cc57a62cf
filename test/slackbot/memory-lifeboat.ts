/**
 * A Lifeboat in memory for the bot's tests: data and the kernel's own rules of decisions, no executor. What a run does
 * is said by the test (`change`); who may decide is not: `refuseDecision` judges exactly as the workflow does.
 */

import type { DecideRequest, Lifeboat, RunSummary, StartRequest } from '../../client/api.ts';
import { chooseRun, noSuchRun } from '../../client/runs/choose.ts';
import type { Estate } from '../../estate/schema.ts';
import { EMPTY_LEASE } from '../../kernel/authority/lease.ts';
import { type Decision, refuseDecision, type SignedDecision, signDecision } from '../../kernel/decision/decision.ts';
import { type ErrorFacts, LifeboatError, refusal } from '../../kernel/errors.ts';
import { evidenceHash } from '../../kernel/plan/evidence.ts';
import { type Plan, planHash } from '../../kernel/plan/plan.ts';
import { openGateOf, standingAhead } from '../../kernel/run/gates.ts';
import { hasEnded, type RunView } from '../../kernel/run/state.ts';
import { newKeyPair } from '../../kernel/signing/keys.ts';
import { samplePlan, sampleRun } from './fixture.ts';

export interface MemoryLifeboat extends Lifeboat {
  readonly botPublicKey: string;
  /** Lets a run go on, as a workflow would. */
  change(run: string, changes: (view: RunView) => Partial<RunView>): void;
  /** Every decision that was recorded, oldest first. */
  recorded(run: string): readonly Decision[];
  /** While true every call fails as when Temporal is away. */
  down: boolean;
  /** What the planner says of every start, instead of a plan. */
  refuses: ErrorFacts | null;
  /** How often runs were really started. */
  readonly starts: () => number;
}

export function memoryLifeboat(estate: Estate): MemoryLifeboat {
  const bot = newKeyPair();
  const runs = new Map<string, { view: RunView; plan: Plan }>();
  let ids = 0;
  let starts = 0;

  function awake(): void {
    if (!memory.down) return;
    throw new LifeboatError({
      type: 'temporal-unreachable',
      message: 'Temporal does not answer.',
      where: 'test',
      mend: 'Start it.',
      retryable: true,
    });
  }

  function of(run: string): { view: RunView; plan: Plan } {
    awake();
    const found = runs.get(run);
    if (found === undefined) throw refusal('unknown-run', `There is no run ${run}.`, run, 'See `lifeboat list`.');
    return found;
  }

  function change(run: string, changes: (view: RunView) => Partial<RunView>): void {
    const found = of(run);
    found.view = { ...found.view, ...changes(found.view) };
  }

  function line(
    view: RunView,
    kind: RunView['timeline'][number]['kind'],
    say: string,
    by?: string,
  ): RunView['timeline'] {
    return [
      ...view.timeline,
      { at: Date.now(), kind, id: `t${view.timeline.length}`, say, ...(by !== undefined && { by }) },
    ];
  }

  function decide(
    kind: Decision['kind'],
    request: DecideRequest,
    target: string,
    more: Partial<Decision> = {},
  ): SignedDecision {
    const { view, plan } = of(request.run);
    ids += 1;
    const shown = request.shown ?? {
      gate: target,
      attempt: view.attempt,
      planHash: view.planHash,
      evidenceHash: evidenceHash(view.evidence),
    };
    const decision: Decision = {
      v: 1,
      run: request.run,
      mode: view.request.mode,
      kind,
      target: kind === 'approve' || kind === 'reject' || kind === 'resolve' ? shown.gate : '',
      attempt: shown.attempt,
      planHash: shown.planHash,
      evidenceHash: shown.evidenceHash,
      by: request.by,
      at: Date.now(),
      exp: Date.now() + 300_000,
      reason: request.reason ?? '',
      id: `decision-${ids}`,
      ...more,
    };
    const signed = signDecision(decision, bot.publicKey, bot.privateKey);
    const gate = openGateOf(plan.core, view);
    const refused = refuseDecision(signed, {
      run: request.run,
      mode: view.request.mode,
      requester: view.request.requester,
      now: Date.now(),
      attempt: view.attempt,
      planHash: view.planHash,
      evidenceHashes: view.evidenceHashes,
      gate,
      question: view.question ?? undefined,
      operators: plan.core.operators,
      bots: plan.core.bots,
      breakGlass: plan.core.breakGlass,
      overridable: plan.core.blockers.filter(({ overridable }) => overridable).map(({ rule }) => rule),
      decided: view.decisions,
    });
    if (refused) throw refusal(refused.rule, refused.say, request.run, 'See `lifeboat status`.');
    change(request.run, (now) => ({
      decisions: [...now.decisions, signed],
      timeline: line(now, 'decision', `${kind} was recorded`, request.by),
    }));
    return signed;
  }

  const memory: MemoryLifeboat = {
    botPublicKey: bot.publicKey,
    down: false,
    refuses: null,
    starts: () => starts,
    change,
    recorded: (run) => of(run).view.decisions.map(({ decision }) => decision),
    start: async (request: StartRequest) => {
      awake();
      const run = `${request.runbook}/${estate.name}/${request.requestId}`;
      const known = runs.get(run);
      if (known !== undefined) return known.view;
      starts += 1;
      const plan = samplePlan(estate, [bot.publicKey]);
      const base = sampleRun(plan, {
        startedAt: Date.now(),
        gate: { id: 'approve', openedAt: Date.now(), expiresAt: Date.now() + 3_600_000 },
      });
      const view: RunView = {
        ...base,
        request: {
          ...base.request,
          run,
          runbook: request.runbook,
          input: request.input,
          mode: request.mode,
          requester: request.by,
        },
        evidenceHashes: [evidenceHash(base.evidence)],
        planHash: planHash(plan.core),
        ...(memory.refuses !== null && {
          status: 'refused' as const,
          attempt: 0,
          planHash: '',
          gate: null,
          ending: memory.refuses,
          endedAt: Date.now(),
        }),
        ...(request.mode === 'plan' && { status: 'planned' as const, gate: null, endedAt: Date.now() }),
      };
      runs.set(run, { view, plan });
      return view;
    },
    startPolicy: async () => {
      throw refusal('usage', 'The bot starts no policy.', 'test', 'Start it in the terminal.');
    },
    list: async ({ open, limit = 50 } = {}) => {
      awake();
      return [...runs.values()]
        .map(
          ({ view }): RunSummary => ({
            run: view.request.run,
            runbook: view.request.runbook,
            mode: view.request.mode,
            requester: view.request.requester,
            status: view.status,
            phase: '',
            startedAt: view.startedAt,
            closed: hasEnded(view),
          }),
        )
        .filter(({ closed }) => open !== true || !closed)
        .reverse()
        .slice(0, limit);
    },
    find: async (part) => {
      awake();
      const known = [...runs.values()].map(({ view }) => ({
        run: view.request.run,
        closed: hasEnded(view),
        about: [view.request.runbook, ...Object.values(view.request.input).map(String)],
      }));
      const found = chooseRun(known, part);
      if (found === undefined) throw noSuchRun(estate.name, part);
      return found;
    },
    state: async (run) => of(run).view,
    plan: async (run) => {
      const { view, plan } = of(run);
      const { planHash: hash, evidence, attempt, difference } = view;
      return { plan, planHash: hash, evidence, evidenceHash: evidenceHash(evidence), attempt, difference };
    },
    pending: async () => [],
    approve: async (request) => {
      decide(
        'approve',
        request,
        of(request.run).view.gate?.id ?? '',
        request.override === undefined ? {} : { override: request.override },
      );
      const { view, plan } = of(request.run);
      if (standingAhead(plan.core, view)?.state !== 'approved') return;
      change(request.run, (now) => ({
        gate: null,
        status: 'running',
        cursor: 1,
        approvedAt: Date.now(),
        timeline: line(now, 'step', 'The shift began'),
      }));
    },
    reject: async (request) => {
      decide('reject', request, of(request.run).view.gate?.id ?? '');
      change(request.run, (now) => ({
        gate: null,
        status: 'rejected',
        endedAt: Date.now(),
        timeline: line(now, 'ended', 'Rejected'),
      }));
    },
    resolve: async (request) => {
      decide('resolve', request, of(request.run).view.question?.id ?? '', { choice: request.choice });
      change(request.run, () => ({ question: null, status: 'running' }));
    },
    pause: async (request) => {
      const { decision } = decide('pause', request, '');
      change(request.run, () => ({ paused: { by: request.by, at: decision.at, reason: decision.reason } }));
    },
    resume: async (request) => {
      decide('resume', request, '');
      change(request.run, () => ({ paused: null }));
    },
    abort: async (request) => {
      decide('abort', request, '');
      change(request.run, (now) => ({
        gate: null,
        status: 'aborted',
        endedAt: Date.now(),
        timeline: line(now, 'ended', 'Aborted'),
      }));
    },
    freeze: async () => awake(),
    takeOver: async ({ run, by, reason }) => ({ run, by, at: Date.now(), reason, scopes: [] }),
    regions: async () => {
      awake();
      const share = (one: string) => (one === 'us-central1' ? 0 : 100);
      const regions = Object.keys(estate.regions).map((region) => ({
        region,
        services: [
          { service: 'items', health: region === 'us-central1' ? ('silent' as const) : ('healthy' as const), why: '' },
        ],
        traffic: [{ traffic: 'items', share: share(region), drained: region === 'us-central1', down: false }],
      }));
      return { at: Date.now(), regions };
    },
    lease: async () => EMPTY_LEASE,
    post: async ({ bot: one, forMs }) => {
      awake();
      return { granted: true, grant: { bot: one, since: 1, until: Date.now() + forMs } };
    },
    stopPosting: async () => undefined,
    async *watch(run) {
      yield of(run).view;
    },
    close: async () => undefined,
  };
  return memory;
}
