/** Decisions about the whole estate (freeze, thaw): the lease has no estate file of its own to judge them by. */
import { peopleOf } from '../../estate/questions.ts';
import { CLOCK_SKEW_MS, SignedDecision, speaksFor } from '../../kernel/decision.ts';
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import { verify } from '../../kernel/keys.ts';
import { leaseId } from '../../kernel/messages.ts';
import type { PlanDeps } from './deps.ts';

/** @throws LifeboatError `bad-decision`, saying which rule refused it. */
export function verifyFreeze({ estate, clock }: PlanDeps, input: { estate: string; decision: SignedDecision }): null {
  const parsed = SignedDecision.safeParse(input.decision);
  if (!parsed.success || input.estate !== estate.name)
    throw refused('The decision is not well formed, or of another estate.');
  const { decision, key, signature } = parsed.data;
  if (decision.kind !== 'freeze' && decision.kind !== 'thaw') throw refused('The decision is of another kind.');
  if (decision.run !== leaseId(estate.name)) throw refused('The decision is for something else.');
  const operators = peopleOf(estate, 'operator').map(({ id, person }) => ({ person: id, keys: [...person.keys] }));
  const bots = Object.values(estate.bots).flatMap((bot) => bot.keys);
  if (speaksFor(key, decision.by, operators, bots) === undefined) {
    throw refused(`${decision.by} may not ${decision.kind}, or the key is not theirs.`);
  }
  if (!verify(decision, signature, key)) throw refused('The signature is wrong.');
  if (decision.exp <= clock() || decision.at > clock() + CLOCK_SKEW_MS)
    throw refused('The decision has expired, or is dated in the future.');
  return null;
}

function refused(message: string): LifeboatError {
  return refusal('bad-decision', message, 'lease', 'Freeze or thaw as an operator, with `/lifeboat` or `lifeboat`.');
}
