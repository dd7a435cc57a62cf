/** People of the report's fixture, with keys that are made here, so that its decisions are truly signed. */
import { mustParseEstate } from '../../../estate/file/parse.ts';
import type { Estate } from '../../../estate/schema.ts';
import { type Decision, type SignedDecision, signDecision } from '../../../kernel/decision/decision.ts';
import { type KeyPair, newKeyPair } from '../../../kernel/signing/keys.ts';
import { exampleText } from '../estate/estate-fixture.ts';

const keys: { readonly [person: string]: KeyPair } = Object.fromEntries(
  ['ada', 'ben', 'cho', 'dan'].map((person) => [person, newKeyPair()]),
);

/** The example estate, with keys whose private halves the tests hold. */
export function estateWithKeys(): { estate: Estate; digest: string } {
  const { estate, digest } = mustParseEstate(exampleText('lab'), 'lab.yaml');
  const people = Object.fromEntries(
    Object.entries(estate.people).map(([id, person]) => [id, { ...person, keys: [keys[id]?.publicKey ?? ''] }]),
  );
  return { estate: { ...estate, people }, digest };
}

/** The decision, `by` that person and signed with their own key. */
export function signedBy(by: string, decision: Omit<Decision, 'by'>): SignedDecision {
  const pair = keys[by];
  if (!pair) throw new Error(`${by} has no key`);
  return signDecision({ ...decision, by }, pair.publicKey, pair.privateKey);
}
