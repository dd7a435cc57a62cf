/**
 * A second control worker on a stage's queue, with an estate file of its own: tasks go to the two in turn, as Temporal gives
 * them. Both ask the lease before they answer; one that stands aside is given none any more.
 */
import type { Client } from '@temporalio/client';
import { readLease } from '../../../activities/lease/index.ts';
import { askingFirst, createStanding, type Standing } from '../../../activities/lease/standing.ts';
import { createPlanActivities } from '../../../activities/plan/index.ts';
import type { Estate } from '../../../estate/schema.ts';
import type { RulingState } from '../../../kernel/authority/ruling.ts';
import { controlQueueOf, leaseId, rulingQuery } from '../../../kernel/run/messages.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import type { Runbook } from '../../../runbooks/runbook.ts';
import { SIGNER } from './people.ts';
import type { Around, Stage } from './stage.ts';
import type { Serve } from './workers.ts';

export interface SecondWorker {
  readonly digest: string;
  /** What it answered, by the activity's name. */
  readonly answered: readonly string[];
  /** How often it was given a task and did not answer. */
  refused(): number;
  ruling(): Promise<RulingState>;
}

export interface SecondOptions {
  readonly change: (estate: Estate) => Estate;
  readonly runbooks?: readonly Runbook[];
}

/** Starts it: from now on every second control task is its own, until it stands aside. */
export async function startSecondWorker(
  client: Client,
  stage: Stage,
  { change, runbooks = RUNBOOKS }: SecondOptions,
): Promise<SecondWorker> {
  // The stages of all tests share one estate's name and so one lease: which file rules on this stage has a lease of its own.
  const name = Object.values(stage.estate.regions)[0]?.site ?? '';
  await client.workflow.start('lease', {
    workflowId: leaseId(name),
    taskQueue: controlQueueOf(stage.estate.name),
    args: [name],
  });
  const estate = change(stage.estate);
  const digest = hashOf(estate);
  const standingOf = (worker: string, file: Estate, fileDigest: string): Standing =>
    createStanding({
      client,
      estate: name,
      file: { worker, digest: fileDigest, generation: file.generation },
      clock: Date.now,
      othersAnswer: async () => true,
    });
  const first = standingOf('first/1@a', stage.estate, stage.digest);
  const second = standingOf('second/2@b', estate, digest);
  await first.ask();
  const own = createPlanActivities({
    estate,
    estateDigest: digest,
    runbooks,
    clock: Date.now,
    lease: () => readLease(client, stage.estate.name),
    signer: { publicKey: SIGNER.publicKey, privateKey: () => SIGNER.privateKey },
  });
  const served = new Map(Object.entries(askingFirst(own, second))) as Map<string, Serve>;
  const answered: string[] = [];
  let given = 0;
  let refused = 0;
  let aside = false;
  second.onAside(() => {
    aside = true;
  });
  const before = stage.around;
  const around: Around = async (call, next) => {
    const serve = served.get(call.name);
    if (!serve) return next(call.input);
    given += 1;
    if (!aside && given % 2 === 1) {
      try {
        const answer = await serve(call.input);
        answered.push(call.name);
        return answer;
      } catch (error) {
        refused += 1;
        throw error;
      }
    }
    await first.check();
    return next(call.input);
  };
  stage.around = before ? (call, next) => before(call, (input) => around({ ...call, input }, next)) : around;
  return {
    digest,
    answered,
    refused: () => refused,
    ruling: () => client.workflow.getHandle(leaseId(name)).query(rulingQuery),
  };
}
