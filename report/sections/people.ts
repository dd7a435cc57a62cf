/** Who asked and who decided, with what key, and whether each signature still holds over what it signed. */
import { BREAK_GLASS_APPROVALS, type SignedDecision, speaksFor } from '../../kernel/decision/decision.ts';
import { policyOf, signedStart } from '../../kernel/decision/policy.ts';
import type { Decider } from '../../kernel/plan/plan.ts';
import { gateNamed, gatesOf, type StandingGate } from '../../kernel/run/gates.ts';
import type { RunRecord } from '../../kernel/run/record.ts';
import { verify } from '../../kernel/signing/keys.ts';
import type { Inline, Row, Section } from '../document.ts';
import { gatesTold } from '../story.ts';
import { timeText } from '../text.ts';

export function peopleSection(record: RunRecord): Section {
  const { state } = record;
  const start = signedStart(state.request.start);
  const signed = [...(start === undefined ? [] : [start]), ...state.decisions];
  return {
    title: 'Who asked, who decided',
    blocks: [
      {
        kind: 'pairs',
        pairs: [
          ['Asked by', [{ strong: state.request.requester }, ` at ${timeText(start?.decision.at ?? state.startedAt)}`]],
          ...gatesTold(record).map((one): [string, readonly Inline[]] => [one.gate.title, approvedText(record, one)]),
        ],
      },
      {
        kind: 'table',
        columns: [
          { title: 'When (UTC)', short: true },
          { title: 'Who', short: true },
          { title: 'Decided' },
          { title: 'Reason' },
          { title: 'Key' },
          { title: 'Signature' },
        ],
        rows: signed.map((one) => rowOf(record, one)),
      },
    ],
  };
}

function approvedText(record: RunRecord, { gate, state, approvedBy, missing }: StandingGate): readonly Inline[] {
  if (policyOf(record.state.request.start) !== undefined) {
    if (state === 'approved') return ['passed by ', { strong: approvedBy.join(', ') }, ', without people'];
    return [{ mark: 'not passed', tone: 'warn' }, ` missing: ${missing.join(', ')}`];
  }
  const rule = `${gate.tier.approvals} approval(s), tier ${gate.tier.name}`;
  if (state === 'rejected') return [{ mark: 'rejected', tone: 'bad' }, ` (${rule})`];
  if (state === 'open') return [{ mark: 'not approved', tone: 'warn' }, ` missing: ${missing.join(', ')} (${rule})`];
  const glass = record.state.decisions.some(
    ({ decision }) => decision.target === gate.id && decision.override === BREAK_GLASS_APPROVALS,
  );
  const loud: Inline[] = glass ? [{ mark: 'by breaking the glass', tone: 'bad' }, ' '] : [];
  return ['approved by ', { strong: approvedBy.join(', ') }, ' ', ...loud, `(${rule})`];
}

function rowOf(record: RunRecord, { decision, key, signature }: SignedDecision): Row {
  const glass = decision.override;
  const gate = record.plan === null ? undefined : gateNamed(record.plan.core, decision.target);
  const old =
    gate !== undefined && (decision.attempt !== record.state.attempt || decision.planHash !== record.planHash);
  const what: Inline[] = [decision.kind === 'resolve' ? `answered: ${decision.choice ?? ''}` : decision.kind];
  if (glass !== undefined) what.push(' ', { mark: `BREAK-GLASS over ${glass}`, tone: 'bad' });
  if (old) what.push(` (attempt ${decision.attempt}: an earlier review, does not count)`);
  return {
    cells: [
      timeText(decision.at),
      decision.by,
      what,
      decision.reason === '' ? '—' : decision.reason,
      voiceOf(record, key, decision.by, gate?.approvers ?? []),
      holds({ decision, key, signature }) ? 'holds' : [{ mark: 'does not hold', tone: 'bad' }],
    ],
    ...(glass === undefined ? {} : { tone: 'bad' as const }),
  };
}

function voiceOf({ plan }: RunRecord, key: string, person: string, approvers: readonly Decider[]): string {
  if (!plan) return 'not known: there is no plan';
  const gates = gatesOf(plan.core).flatMap((one) => one.approvers);
  const voice = speaksFor(key, person, [...approvers, ...plan.core.operators, ...gates], plan.core.bots);
  if (voice === 'personal') return 'personal';
  return voice === 'bot' ? "the bot's, for a person whom Slack identified" : 'not among the keys in the plan';
}

function holds({ decision, key, signature }: SignedDecision): boolean {
  try {
    return verify(decision, signature, key);
  } catch {
    return false;
  }
}
