/**
 * Whether this control worker may answer: it asks the lease which estate file rules before it answers anything, and says
 * by a passing error that it does not, so that Temporal gives the task to another one.
 *
 * Must never happen: a worker decides because nobody could be asked. Then it answers nothing, which passes too.
 */
import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import {
  asideText,
  judgeFile,
  NOBODY_RULES,
  type OwnFile,
  type RulingAnswer,
  type RulingState,
  SAID_AGAIN_MS,
  type Shown,
  STALE_ESTATE,
} from '../../kernel/authority/ruling.ts';
import { LifeboatError, passing } from '../../kernel/errors.ts';
import { LEASE_WORKFLOW, leaseId, leaseStart, rulingQuery, showFileUpdate } from '../../kernel/run/messages.ts';

export interface StandingDeps {
  readonly client: Client;
  /** The estate's name. */
  readonly estate: string;
  readonly file: OwnFile;
  readonly clock: () => number;
  /** Whether any control worker but these has lately asked for work: one that has the ruling file lives. */
  readonly othersAnswer: (but: ReadonlySet<string>) => Promise<boolean>;
}

export interface Standing {
  /** Asks afresh, each time. @throws LifeboatError `ruling-unknown`. */
  ask(): Promise<RulingAnswer>;
  /** Passes where the file rules. @throws LifeboatError `stale-estate`, `ruling-unknown`; both pass */
  check(): Promise<void>;
  /** Called when a check finds that the file does not rule. */
  onAside(listener: () => void): void;
}

/** A task of the control queue has 5 s; another worker may need the rest of them. */
const ASK_WITHIN_MS = 2_000;

export function createStanding({ client, estate, file, clock, othersAnswer }: StandingDeps): Standing {
  const handle = client.workflow.getHandle(leaseId(estate));
  const listeners: (() => void)[] = [];

  async function read(): Promise<RulingState> {
    try {
      return await handle.query(rulingQuery);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return NOBODY_RULES;
      throw error;
    }
  }

  /** The lease may not have been made yet: a worker shows its file before the first run. */
  function show(shown: Shown): Promise<RulingAnswer> {
    return client.workflow.executeUpdateWithStart(showFileUpdate, {
      startWorkflowOperation: new WithStartWorkflowOperation(LEASE_WORKFLOW, leaseStart(estate)),
      args: [shown],
    });
  }

  async function judge(): Promise<RulingAnswer> {
    const { ruling, aside } = await read();
    const said = aside.find(({ worker }) => worker === file.worker);
    const judged = judgeFile(ruling, file);
    // Nothing is written while nothing changes: the lease's history must not grow by being asked.
    if (judged === 'rules') return said ? show({ file }) : { rules: true };
    if (judged === 'newer' || ruling === null) return show({ file });
    if (said === undefined || said.digest !== file.digest || clock() - said.at >= SAID_AGAIN_MS) return show({ file });
    const lives = await othersAnswer(new Set([file.worker, ...aside.map(({ worker }) => worker)]));
    return lives ? { rules: false, ruling } : show({ file, instead: ruling.digest });
  }

  async function ask(): Promise<RulingAnswer> {
    try {
      return await client.withDeadline(Date.now() + ASK_WITHIN_MS, judge);
    } catch (error) {
      if (LifeboatError.is(error)) throw error;
      throw passing(
        'ruling-unknown',
        "Which estate file rules could not be asked: Temporal's lease does not answer.",
        leaseId(estate),
        'Nothing is decided without it; it is asked again. Look whether Temporal answers.',
      );
    }
  }

  return {
    ask,
    async check() {
      const answer = await ask();
      if (answer.rules) return;
      for (const listener of listeners) listener();
      throw passing(
        STALE_ESTATE,
        asideText(file, answer.ruling),
        file.worker,
        'Another control worker takes the task by itself; where none is left, give this one the estate file that rules.',
      );
    },
    onAside: (listener) => listeners.push(listener),
  };
}

type Activity = (input: never) => Promise<unknown>;

/** Control activities that ask before they answer. */
export function askingFirst<A extends { readonly [K in keyof A]: Activity }>(activities: A, standing: Standing): A {
  const guarded = Object.entries<Activity>(activities).map(([name, activity]) => [
    name,
    async (input: never) => {
      await standing.check();
      return activity(input);
    },
  ]);
  // Object.fromEntries forgets which name has which type; nothing but the question before it is new.
  return Object.fromEntries(guarded) as A;
}

/**
 * Steps that a control worker reads. Each call names the file that it was planned on: where that is this worker's, it may
 * be read, and else the worker asks which of the two is stale.
 */
export function askingWhereItDiffers<A extends { readonly [K in keyof A]: Activity }>(steps: A, standing: Standing): A {
  const guarded = Object.entries<Activity>(steps).map(([name, step]) => [
    name,
    async (input: never) => {
      try {
        return await step(input);
      } catch (error) {
        if (LifeboatError.is(error) && error.type === 'estate-differs') await standing.check();
        throw error;
      }
    },
  ]);
  return Object.fromEntries(guarded) as A;
}
