/**
 * A permit lets one step change one thing, once decided by people. A gate in a workflow does not stop someone who can
 * reach Temporal: an activity can be called directly on an agent's queue. So every agent verifies a permit itself (I2).
 */
import { z } from 'zod';
import { refusal } from '../errors.ts';
import type { Call } from '../plan/plan.ts';
import { hashOf } from '../signing/hash.ts';
import { sign, verify } from '../signing/keys.ts';

export const PermitBody = z.strictObject({
  v: z.literal(1),
  estateDigest: z.string(),
  run: z.string(),
  mode: z.literal('live'),
  stepId: z.string(),
  direction: z.enum(['do', 'undo']),
  argsHash: z.string(),
  scope: z.string(),
  epoch: z.number().int().nonnegative(),
  /** Milliseconds since 1970; after it the permit is minted again from the recorded decisions. */
  exp: z.number().int(),
});
export type PermitBody = z.infer<typeof PermitBody>;

export const Permit = z.strictObject({ body: PermitBody, key: z.string(), signature: z.string() });
export type Permit = z.infer<typeof Permit>;

/** Binds a permit to the step's name as well as to its arguments. */
export function argsHashOf(call: Pick<Call, 'step' | 'args'>): string {
  return hashOf({ step: call.step, args: call.args });
}

/** As `sign` of keys.ts; a process that has a faster one hands it in. */
export type Sign = (value: unknown, privateKey: string) => string;

/** @throws LifeboatError `bad-key`. */
export function signPermit(body: PermitBody, key: string, privateKey: string, signWith: Sign = sign): Permit {
  return { body, key, signature: signWith(body, privateKey) };
}

/** As `verify` of keys.ts; a process that has a faster one hands it in. */
export type VerifySignature = (value: unknown, signature: string, publicKey: string) => boolean;

export interface PermitUse {
  readonly estateDigest: string;
  readonly run: string;
  readonly stepId: string;
  readonly direction: 'do' | 'undo';
  readonly call: Pick<Call, 'step' | 'args'>;
  readonly scope: string;
  readonly epoch: number;
  readonly now: number;
}

/**
 * Refuses everything but a permit that a known signer made for exactly this use.
 * @throws LifeboatError `no-permit`, `bad-permit`, `permit-expired` (the last alone is worth a new permit).
 */
export function checkPermit(
  permit: unknown,
  use: PermitUse,
  signers: readonly string[],
  verifySignature: VerifySignature = verify,
): void {
  const where = `${use.call.step} (${use.run} ${use.stepId})`;
  const mend = 'Start a run and have it approved; an activity cannot be called by hand.';
  if (permit === undefined || permit === null) {
    throw refusal('no-permit', 'The call changes the estate and carries no permit.', where, mend);
  }
  const parsed = Permit.safeParse(permit);
  if (!parsed.success) throw refusal('bad-permit', 'The permit is not well formed.', where, mend);
  const { body, key, signature } = parsed.data;
  if (!signers.includes(key)) throw refusal('bad-permit', 'The permit was signed by an unknown key.', where, mend);
  if (!verifySignature(body, signature, key))
    throw refusal('bad-permit', "The permit's signature is wrong.", where, mend);
  const wrong = differences(body, use);
  if (wrong.length > 0) {
    throw refusal('bad-permit', `The permit is for another use: ${wrong.join(', ')} differ.`, where, mend);
  }
  if (body.exp < use.now) {
    throw refusal(
      'permit-expired',
      'The permit has expired.',
      where,
      'The run asks for a new one by itself; if it does not, compare the clocks.',
    );
  }
}

function differences(body: PermitBody, use: PermitUse): string[] {
  const wrong: string[] = [];
  if (body.estateDigest !== use.estateDigest) wrong.push('estate');
  if (body.run !== use.run) wrong.push('run');
  if (body.stepId !== use.stepId) wrong.push('step');
  if (body.direction !== use.direction) wrong.push('direction');
  if (body.argsHash !== argsHashOf(use.call)) wrong.push('arguments');
  if (body.scope !== use.scope) wrong.push('scope');
  if (body.epoch !== use.epoch) wrong.push('epoch');
  return wrong;
}
