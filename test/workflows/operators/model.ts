/**
 * What a run does with what its operators decide, as a person would explain it: where it stands, whose decision it takes,
 * and what comes of it. Kept apart from the executor on purpose; the two must agree after every decision.
 */
import { type Entry, stepsOf } from '../../../kernel/plan/plan.ts';
import type { Choice, RunStatus, RunView } from '../../../kernel/run/state.ts';
import type { Who } from '../harness/people.ts';

/** `boundary`: paused before an entry. `over`: it has ended. */
type Where = 'gate' | 'hold' | 'boundary' | 'question' | 'over';

export interface Model {
  /** Of the plan in force. */
  entries: readonly Entry[];
  position: number;
  where: Where;
  attempt: number;
  paused: boolean;
  /** Every step fails that is not a look. */
  broken: boolean;
  pivoted: boolean;
  touched: boolean;
  /** Whether the plan in force has begun to move traffic: from then on all can be given back. */
  moving: boolean;
  approvedBy: Set<Who>;
  /** How many decisions it has recorded. */
  recorded: number;
  ending: RunStatus | undefined;
}

const OPERATORS: readonly Who[] = ['ada', 'ben', 'dan'];
const APPROVERS: readonly Who[] = ['ada', 'ben', 'cho'];
const REQUESTER: Who = 'ada';
const APPROVALS = 2;

/** A run that stands at its first gate. */
export function newModel(entries: readonly Entry[]): Model {
  return {
    entries,
    position: 0,
    where: 'gate',
    attempt: 1,
    paused: false,
    broken: false,
    pivoted: false,
    touched: false,
    moving: false,
    approvedBy: new Set(),
    recorded: 0,
    ending: undefined,
  };
}

/** Goes on until it must wait for people or for time. */
export function goOn(model: Model): void {
  for (;;) {
    const entry = model.entries[model.position];
    if (!entry) {
      end(model, 'done');
      return;
    }
    if (model.paused) {
      model.where = 'boundary';
      return;
    }
    if (entry.kind === 'gate') {
      model.where = 'gate';
      model.approvedBy = new Set();
      return;
    }
    if (entry.kind === 'hold') {
      model.where = 'hold';
      return;
    }
    if (stepsOf(entry).some(({ call }) => call.effect !== 'read')) model.touched = true;
    if (entry.id.startsWith('shift/')) model.moving = true;
    if (entry.kind === 'pivot') model.pivoted = true;
    else if (model.broken) {
      model.where = 'question';
      return;
    }
    model.position += 1;
  }
}

function end(model: Model, how: RunStatus): void {
  model.where = 'over';
  model.ending = how;
}

/** Why an approval is refused; undefined when it counts. */
export function refusesApproval(model: Model, by: Who, ofOldPlan: boolean): string | undefined {
  if (model.where !== 'gate') return 'stale';
  if (!APPROVERS.includes(by)) return 'not-allowed';
  if (ofOldPlan) return 'stale';
  if (by === REQUESTER) return 'requester';
  return model.approvedBy.has(by) ? 'twice' : undefined;
}

export function approve(model: Model, by: Who): void {
  model.approvedBy.add(by);
  if (model.approvedBy.size < APPROVALS) return;
  model.position += 1;
  goOn(model);
}

export function refusesRejection(model: Model, by: Who, reason: string): string | undefined {
  if (model.where !== 'gate') return 'stale';
  if (!APPROVERS.includes(by)) return 'not-allowed';
  return reason === '' ? 'reason' : undefined;
}

export function reject(model: Model): void {
  end(model, 'rejected');
}

export function refusesPause(model: Model, by: Who, to: 'pause' | 'resume'): string | undefined {
  if (!OPERATORS.includes(by)) return 'not-allowed';
  if (to === 'pause') return model.paused ? 'paused' : undefined;
  return model.paused ? undefined : 'not-paused';
}

export function pause(model: Model, to: 'pause' | 'resume'): void {
  model.paused = to === 'pause';
  if (!model.paused && model.where === 'boundary') goOn(model);
}

export interface Answer {
  readonly choice: Choice;
  readonly reason: string;
  /** Of a question that is not asked any more. */
  readonly old: boolean;
}

export function refusesAnswer(model: Model, by: Who, { choice, reason, old }: Answer): string | undefined {
  if (!OPERATORS.includes(by)) return 'not-allowed';
  if (model.where !== 'question' || old) return 'stale';
  if (choice === 'replan' && model.pivoted) return 'choice';
  if (choice === 'give-back' && (model.pivoted || !model.moving)) return 'choice';
  return choice === 'skip' && reason === '' ? 'reason' : undefined;
}

/** @param planned the entries of the plan that `replan` or `give-back` makes */
export function answer(model: Model, choice: Choice, planned: readonly Entry[]): void {
  if (choice === 'abort') {
    end(model, model.pivoted ? 'stopped' : 'aborted');
    return;
  }
  if (choice === 'replan' || choice === 'give-back') newPlan(model, planned);
  if (choice === 'skip') model.position += 1;
  goOn(model);
}

export function newPlan(model: Model, entries: readonly Entry[]): void {
  model.entries = entries;
  model.position = 0;
  model.attempt += 1;
  model.moving = false;
  model.approvedBy = new Set();
}

/** An abort is a signal, so nobody is told that it was refused. Answers whether it was recorded. */
export function abort(model: Model, by: Who): boolean {
  if (!OPERATORS.includes(by)) return false;
  if (!model.pivoted || model.where === 'question') end(model, model.pivoted ? 'stopped' : 'aborted');
  return true;
}

/** Longer than any hold. */
export function timePasses(model: Model): void {
  if (model.where !== 'hold' || model.paused) return;
  model.position += 1;
  goOn(model);
}

function statusOf(model: Model): RunStatus {
  switch (model.where) {
    case 'gate':
      return 'gate';
    case 'hold':
      return model.paused ? 'paused' : 'holding';
    case 'boundary':
      return 'paused';
    case 'question':
      return 'question';
    case 'over':
      return model.ending ?? 'done';
  }
}

/** Whether the run stands where the model says. */
export function agrees(model: Model, view: RunView): boolean {
  const at = model.entries[model.position]?.id ?? null;
  const is = (where: Where): string | null => (model.where === where ? at : null);
  const standing =
    model.where === 'over' ||
    ((view.gate?.id ?? null) === is('gate') &&
      (view.question?.entry ?? null) === is('question') &&
      (view.paused !== null) === model.paused);
  return (
    standing &&
    view.status === statusOf(model) &&
    view.attempt === model.attempt &&
    view.pivoted === model.pivoted &&
    view.decisions.length === model.recorded
  );
}
