/** What a person was shown, over which their decision is signed: never what the run is by the time it is sent. */
import { refusal } from '../../kernel/errors.ts';
import type { PlanAnswer, RunView } from '../../kernel/run/state.ts';
import type { Shown } from '../api.ts';

const LOOK = 'See `lifeboat status RUN`.';

/** The plan and evidence of one answer; `target` is the id of the gate or the question that is decided on. */
export function shownOf({ attempt, planHash, evidenceHash }: PlanAnswer, target: string): Shown {
  return { gate: target, attempt, planHash, evidenceHash };
}

/** Whether the plan is that of the view's attempt; between two questions another may have been made. */
export function isPlanOf({ attempt, planHash }: RunView, answer: PlanAnswer): boolean {
  return answer.attempt === attempt && answer.planHash === planHash;
}

/** @throws LifeboatError `no-gate`. */
export function openGateId({ gate, status, request }: RunView): string {
  if (gate) return gate.id;
  throw refusal('no-gate', `The run waits for no approval; its status is ${status}.`, request.run, LOOK);
}

/** @throws LifeboatError `no-question`. */
export function openQuestionId({ question, status, request }: RunView): string {
  if (question) return question.id;
  throw refusal('no-question', `The run asks nothing; its status is ${status}.`, request.run, LOOK);
}
