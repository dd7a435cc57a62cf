/** Plans, keys and decisions for pure tests of the kernel; the estate is the lab's example with keys made here. */
import type { Estate } from '../../../estate/schema.ts';
import type { Decision, DecisionContext, SignedDecision } from '../../../kernel/decision/decision.ts';
import { signDecision } from '../../../kernel/decision/decision.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { Evidence, EvidenceMap } from '../../../kernel/plan/evidence.ts';
import { type GateEntry, type Plan, type PlanCore, planHash } from '../../../kernel/plan/plan.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import { type KeyPair, newKeyPair } from '../../../kernel/signing/keys.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import { syntheticEvidence } from '../../../scripts/docs/synthetic-evidence.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

export const NOW = 1_800_000_000_000;
export const KEYS: { readonly [who: string]: KeyPair } = Object.fromEntries(
  ['ada', 'ben', 'cho', 'dan', 'bot', 'signer', 'stranger'].map((who) => [who, newKeyPair()]),
);

export function keysOf(who: string): KeyPair {
  const found = KEYS[who];
  if (!found) throw new Error(`no keys of ${who}`);
  return found;
}

/** The example estate with known keys. */
export function knownEstate(): Estate {
  const estate = exampleEstate('lab');
  return {
    ...estate,
    people: Object.fromEntries(
      Object.entries(estate.people).map(([who, one]) => [who, { ...one, keys: [keysOf(who).publicKey] }]),
    ),
    bots: Object.fromEntries(
      Object.entries(estate.bots).map(([id, one]) => [id, { ...one, keys: [keysOf('bot').publicKey] }]),
    ),
    signers: { control: { keys: [keysOf('signer').publicKey] } },
  };
}

/** Shares once a region was left. */
export const DRAINED = {
  setting: { shares: { 'us-central1': 0, 'europe-west1': 100 }, drained: ['us-central1'] },
  down: [],
};

/** What the probes' contracts say of an estate where nothing happened, with some answers replaced; `null` is no answer. */
export function evidenceFor(
  estate: Estate,
  runbook: string,
  input: JsonObject,
  changed: { readonly [probe: string]: unknown } = {},
): EvidenceMap {
  const probes = RUNBOOKS.find(({ name }) => name === runbook)?.probes(estate, input) ?? {};
  const replaced = Object.entries(changed).flatMap(([name, value]): [string, Evidence<unknown>][] => {
    if (!(name in probes)) return [];
    if (value === null) return [[name, { ok: false, reason: 'did not answer', at: NOW }]];
    return [[name, { ok: true, value, at: NOW, by: 'test' }]];
  });
  return { ...syntheticEvidence(estate, probes, { now: NOW }), ...Object.fromEntries(replaced) };
}

export function planOf(
  runbook: string,
  input: JsonObject,
  changed: { readonly [probe: string]: unknown } = {},
  estate: Estate = knownEstate(),
): Plan {
  const found = RUNBOOKS.find(({ name }) => name === runbook);
  if (!found) throw new Error(`no runbook ${runbook}`);
  const evidence = evidenceFor(estate, runbook, input, changed);
  return found.plan({ estate, estateDigest: hashOf(estate), input, evidence, now: NOW });
}

export function failoverCore(): PlanCore {
  return planOf('failover', { from: 'us-central1' }).core;
}

export function gateIn(core: PlanCore): GateEntry {
  const gate = core.entries.find((entry) => entry.kind === 'gate');
  if (gate?.kind !== 'gate') throw new Error('no gate');
  return gate;
}

export const RUN = 'failover/lab/1';

export function decisionOf(core: PlanCore, change: Partial<Decision> = {}): Decision {
  return {
    v: 1,
    run: RUN,
    mode: 'live',
    kind: 'approve',
    target: gateIn(core).id,
    attempt: 1,
    planHash: planHash(core),
    evidenceHash: 'e'.repeat(64),
    by: 'ben',
    at: NOW,
    exp: NOW + 60_000,
    reason: '',
    id: 'decision-1',
    ...change,
  };
}

export function signedBy(who: string, decision: Decision): SignedDecision {
  const { publicKey, privateKey } = keysOf(who);
  return signDecision(decision, publicKey, privateKey);
}

export function contextOf(core: PlanCore, change: Partial<DecisionContext> = {}): DecisionContext {
  return {
    run: RUN,
    mode: 'live',
    requester: 'ada',
    now: NOW,
    attempt: 1,
    planHash: planHash(core),
    evidenceHashes: ['e'.repeat(64)],
    gate: gateIn(core),
    question: undefined,
    operators: core.operators,
    bots: core.bots,
    breakGlass: core.breakGlass,
    overridable: [],
    decided: [],
    ...change,
  };
}
