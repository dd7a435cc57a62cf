/** What planning needs, handed in by the worker. */
import type { Estate } from '../../estate/schema.ts';
import type { LeaseView } from '../../kernel/authority/lease.ts';
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import type { Runbook } from '../../runbooks/runbook.ts';

export interface PlanDeps {
  readonly estate: Estate;
  readonly estateDigest: string;
  readonly runbooks: readonly Runbook[];
  readonly clock: () => number;
  /** Who holds what: a permit is for a scope that its run holds at this moment (I3). */
  readonly lease: () => Promise<Pick<LeaseView, 'holders' | 'taken'>>;
  /** Signs permits; the private key stays in the closure (I8). */
  readonly signer: { readonly publicKey: string; readonly privateKey: () => string };
}

/** @throws LifeboatError `unknown-runbook`. */
export function runbookNamed({ runbooks }: PlanDeps, name: string): Runbook {
  const found = runbooks.find((one) => one.name === name);
  if (found) return found;
  throw refusal(
    'unknown-runbook',
    `There is no runbook ${name}.`,
    name,
    `There are: ${runbooks.map((one) => one.name).join(', ')}.`,
  );
}

export function estateDiffers(where: string): LifeboatError {
  return refusal(
    'estate-differs',
    'The run was started on another estate file than the one that rules on the control workers.',
    where,
    'Give whoever starts it the estate file that the control workers have, and start again; `lifeboat estate check` tells its digest.',
  );
}
