/** A repair that may not be begun any more: a run can wait for people for longer than a plan can know. */
import { refusal } from '../../kernel/errors.ts';
import type { RepairArgs } from '../../runbooks/steps/cassandra.ts';

/** @throws LifeboatError `outage-beyond-gc-grace` */
export function refuseLate({ node, keyspace, before }: RepairArgs, now: number): void {
  if (now < before) return;
  throw refusal(
    'outage-beyond-gc-grace',
    `The earliest write that a replica of ${keyspace} may have missed is older than gc_grace since ${new Date(before).toISOString()}: what was deleted meanwhile would come back. Nothing was repaired.`,
    node,
    'Abort this run, and start it anew: its plan says what to do with the nodes that were away. Do not skip this step: the region would be readmitted unrepaired.',
  );
}
