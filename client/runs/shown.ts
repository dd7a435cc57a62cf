/** What a person was shown, over which their decision is signed: never what the run is by the time it is sent. */
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import type { PlanAnswer, RunView } from '../../kernel/run/state.ts';
import type { Shown } from '../api.ts';

/** The plan and evidence of one answer; `target` is the id of the gate or the question that is decided on. */
export function shownOf({ attempt, planHash, evidenceHash }: PlanAnswer, target: string): Shown {
  return { gate: target, attempt, planHash, evidenceHash };
}

/** @throws LifeboatError `no-gate`. */
export function openGateId(view: RunView): string {
  if (view.gate) return view.gate.id;
  throw nothingToDecide('no-gate', 'The run waits for no approval', view);
}

/** @throws LifeboatError `no-question`. */
export function openQuestionId(view: RunView): string {
  if (view.question) return view.question.id;
  throw nothingToDecide('no-question', 'The run asks nothing', view);
}

function nothingToDecide(type: string, say: string, { status, request }: RunView): LifeboatError {
  return refusal(type, `${say}; its status is ${status}.`, request.run, 'See `lifeboat status RUN`.');
}
