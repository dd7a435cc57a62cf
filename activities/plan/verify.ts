/** Decisions about the whole estate (freeze, thaw, take-over): the lease has no estate file of its own to judge them by. */
import { mayBreakGlass } from '../../estate/approvals/questions.ts';
import { botKeys, decidersOf } from '../../estate/people/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import { nativeVerify } from '../../host/native-ed25519.ts';
import { CLOCK_SKEW_MS, type Decision, SignedDecision, speaksFor } from '../../kernel/decision/decision.ts';
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import { leaseId } from '../../kernel/run/messages.ts';
import type { PlanDeps } from './deps.ts';

const KINDS: readonly Decision['kind'][] = ['freeze', 'thaw', 'take-over'];

/** @throws LifeboatError `bad-decision`, saying which rule refused it. */
export function verifyLeaseDecision(
  { estate, clock }: PlanDeps,
  input: { estate: string; decision: SignedDecision },
): null {
  const parsed = SignedDecision.safeParse(input.decision);
  if (!parsed.success || input.estate !== estate.name)
    throw refused('The decision is not well formed, or of another estate.');
  const { decision, key, signature } = parsed.data;
  if (!KINDS.includes(decision.kind)) throw refused('The decision is of another kind.');
  if (decision.run !== leaseId(estate.name)) throw refused('The decision is for something else.');
  const voice = speaksFor(key, decision.by, decidersOf(estate, 'operator'), botKeys(estate));
  if (voice === undefined) throw refused(`${decision.by} may not ${decision.kind}, or the key is not theirs.`);
  if (decision.kind === 'take-over') checkTakeOver(estate, decision, voice);
  if (!nativeVerify(decision, signature, key)) throw refused('The signature is wrong.');
  if (decision.exp <= clock() || decision.at > clock() + CLOCK_SKEW_MS)
    throw refused('The decision has expired, or is dated in the future.');
  return null;
}

/** As heavy as breaking the glass, and by the same people; always with a personal key, for no slash command asks for it. */
function checkTakeOver(estate: Estate, { by, reason }: Decision, voice: 'personal' | 'bot'): void {
  if (!mayBreakGlass(estate, by)) throw refused(`${by} may not break the glass, and so may not take over.`);
  if (voice !== 'personal') throw refused('Taking over needs a personal key: use the `lifeboat` command.');
  if (reason.trim() === '') throw refused('Taking over needs a reason.');
}

function refused(message: string): LifeboatError {
  return refusal(
    'bad-decision',
    message,
    'lease',
    'Freeze or thaw as an operator, with `/lifeboat` or `lifeboat`; take over with `lifeboat take-over` and your own key.',
  );
}
