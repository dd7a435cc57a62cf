/** Plans, keys and decisions for pure tests of the kernel; the estate is the lab's example with keys made here. */
import type { Estate } from '../../../estate/schema.ts';
import type { Decision, DecisionContext, SignedDecision } from '../../../kernel/decision/decision.ts';
import { signDecision } from '../../../kernel/decision/decision.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { EvidenceMap } from '../../../kernel/plan/evidence.ts';
import { type GateEntry, type Plan, type PlanCore, planHash } from '../../../kernel/plan/plan.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import { type KeyPair, newKeyPair } from '../../../kernel/signing/keys.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
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

/** What the probes find in a healthy estate, with some answers replaced; `null` is no answer. */
export function evidenceFor(
  estate: Estate,
  runbook: string,
  input: JsonObject,
  changed: { readonly [probe: string]: unknown } = {},
): EvidenceMap {
  const probes = RUNBOOKS.find(({ name }) => name === runbook)?.probes(estate, input) ?? {};
  return Object.fromEntries(
    Object.entries(probes).map(([name, { step }]) => {
      const value = name in changed ? changed[name] : healthy(step);
      return [
        name,
        value === null ? { ok: false, reason: 'did not answer', at: NOW } : { ok: true, value, at: NOW, by: 'test' },
      ];
    }),
  );
}

function healthy(step: string): unknown {
  switch (step) {
    case 'traffic.shares':
      return { setting: { shares: { 'us-central1': 50, 'europe-west1': 50 }, drained: [] }, down: [] };
    case 'services.health':
      return { healthy: true, why: 'serving', admitted: true, workers: 4, capacityPerWorker: 50 };
    case 'cassandra.ring':
      return { up: ['1', '2', '3'], down: [], silent: [], schemaAgreed: true, pendingHints: false };
    case 'canaries.outage':
      return { firstFailureAt: null, answeredAgainAt: null, remembered: [], unwatched: null };
    case 'cassandra.repaired':
      return { keyspaces: {} };
    case 'canaries.missing':
      return { checked: 10, missing: 0, oldestMissingAt: null, atLeast: false };
    default:
      return { holders: [], unpolled: [] };
  }
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
