/**
 * The operator of a cell: approves the plan that was expected, and answers every question with "retry", or gives everything
 * back where that is what the scenario is about.
 *
 * A look at the run costs a workflow task, so it looks when a call says that the run may wait for people now; a run that
 * has been quiet for long is looked at all the same.
 */
import { ENDED, type PlanAnswer, type RunView } from '../../kernel/run/state.ts';
import { stepCallOf } from '../workflows/harness/disturb.ts';
import type { Running } from '../workflows/harness/operator.ts';
import type { Around } from '../workflows/harness/stage.ts';

/** Real time; a run that takes longer has hung. */
const PATIENCE_MS = 90_000;
const TICK_MS = 10;
/** A run that has called nothing for this long is looked at, whatever its last call was. */
const QUIET_MS = 800;
/** After a call that people may be asked for: time for its answer to reach the run, and twice more for a busy machine. */
const LOOKS_AFTER_MS: readonly number[] = [15, 45, 120];

export interface Steered {
  readonly view: RunView;
  readonly questions: number;
}

export interface Operator {
  /** To stand around every call: it tells when to look. */
  readonly around: Around;
  steer(running: Running): Promise<Steered>;
}

export interface OperatorOptions {
  /** Whether the plan at the gate is to be approved now; another one is waited for. */
  readonly approves: (shown: PlanAnswer) => boolean;
  /** Called before everything is given back; left out where nothing is. */
  readonly onTurn?: () => void;
}

export function createOperator({ approves, onTurn }: OperatorOptions): Operator {
  let lastCallAt = Date.now();
  let looks: number[] = [];
  let approved = false;
  let turned = false;
  let questions = 0;

  const lookSoon = (): void => {
    looks = LOOKS_AFTER_MS.map((afterMs) => Date.now() + afterMs);
  };
  const around: Around = async (call, next) => {
    lastCallAt = Date.now();
    looks = [];
    try {
      const answer = await next(call.input);
      if ((!approved || onTurn) && (call.name === 'lease.acquire' || call.name === 'run.plan')) lookSoon();
      return answer;
    } catch (error) {
      if (stepCallOf(call)) lookSoon();
      throw error;
    } finally {
      lastCallAt = Date.now();
    }
  };

  const isTime = (): boolean => {
    const now = Date.now();
    if (now - lastCallAt >= QUIET_MS) return true;
    const [first] = looks;
    if (first === undefined || now < first) return false;
    looks.shift();
    return true;
  };

  async function act(running: Running, view: RunView): Promise<void> {
    const seen = { seen: view };
    if (view.status === 'gate' && view.trouble === null && approves(await running.plan())) {
      approved = (await decided(running, 'approve', 'ben', seen)) || approved;
    }
    if (view.status !== 'question') return;
    const choice = onTurn && !turned && view.question?.choices.includes('give-back') ? 'give-back' : 'retry';
    if (choice === 'give-back') {
      turned = true;
      onTurn?.();
    }
    if (await decided(running, 'resolve', 'ada', { choice, reason: 'the matrix says so', ...seen })) questions += 1;
  }

  return {
    around,
    async steer(running) {
      const giveUpAt = Date.now() + PATIENCE_MS;
      let ended = false;
      const result: Promise<RunView> = running.handle.result();
      const over = (): void => {
        ended = true;
      };
      result.then(over, over);
      while (!ended) {
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
        if (ended || !isTime()) continue;
        const view = await look(running);
        if (Date.now() > giveUpAt) throw new Error(`It hung: ${JSON.stringify(view?.timeline.slice(-6))}`);
        if (!view || ENDED.includes(view.status)) continue;
        lastCallAt = Date.now();
        await act(running, view);
      }
      return { view: await result, questions };
    },
  };
}

/** Undefined while a busy machine answers no query in time; the next look may. */
async function look(running: Running): Promise<RunView | undefined> {
  return running.state().catch(() => undefined);
}

/** Whether it was recorded; one that the run no longer waits for is refused, and that is fine. */
async function decided(running: Running, ...decision: Parameters<Running['decide']>): Promise<boolean> {
  return running.decide(...decision).then(
    ({ refused }) => refused === undefined,
    () => false,
  );
}
