/**
 * Failure mode pinned: a message of elsewhere, put within a sentence of ours with its own full stop ("1000 ms..").
 *
 * Each probe of each runbook fails in turn, and all at once, with a whole message as its reason; each service says of itself
 * whole sentences; people give whole sentences as reasons. Everything that is then shown is read.
 */
import { describe, expect, it } from '@jest/globals';
import { renderPlan } from '../../../cli/render/plan.ts';
import { renderState } from '../../../cli/render/state.ts';
import { PLAIN } from '../../../cli/render/text.ts';
import { gateStanding } from '../../../kernel/decision/standing.ts';
import { LifeboatError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { Evidence, EvidenceMap } from '../../../kernel/plan/evidence.ts';
import type { RunStatus, RunView } from '../../../kernel/run/state.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import { cardMessage } from '../../../slackbot/blocks/card.ts';
import { questionMessage } from '../../../slackbot/blocks/question.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';
import { contextOf, DRAINED, evidenceFor, gateIn, knownEstate, NOW } from './plan-fixture.ts';
import { read } from './plan-text.ts';

/** Two ends of one sentence; three full stops are meant. */
const TWICE = /(?<!\.)\.\.(?!\.)|\.;|\.,|\. \.|\.\)\./;
const REASON = 'The control plane of us-central1-1 did not answer within 1000 ms.';
const ERROR = {
  type: 'jolokia-unreachable',
  message: REASON,
  where: 'us-central1-1',
  mend: 'Start it.',
  retryable: true,
};
const estate = knownEstate();
const sheet = { width: 4_000, paint: PLAIN, now: NOW, nameOf: (person: string) => person };

const RETURNED = {
  'shares/items': DRAINED,
  'shares/items-auto': DRAINED,
  'health/items@us-central1': {
    healthy: false,
    why: 'not admitted: it ended uncleanly.',
    admitted: false,
    workers: 4,
    capacityPerWorker: 50,
  },
};
const CASES: readonly (readonly [string, JsonObject, { readonly [probe: string]: unknown }])[] = [
  ['failover', { from: 'us-central1' }, {}],
  ['failover', { from: 'us-central1', ungraceful: true }, {}],
  ['failback', { region: 'us-central1' }, RETURNED],
];

function shown(runbook: string, input: JsonObject, evidence: EvidenceMap): string {
  try {
    const found = RUNBOOKS.find(({ name }) => name === runbook);
    const plan = found?.plan({ estate, estateDigest: 'd'.repeat(64), input, evidence, now: NOW });
    if (plan === undefined) return '';
    const answer = { plan, planHash: '', evidence, evidenceHash: '', attempt: 1, difference: [] };
    const { missing } = gateStanding(gateIn(plan.core), plan.core.blockers, [], contextOf(plan.core));
    return [read(plan), renderPlan(answer, sheet), ...missing].join('\n');
  } catch (error) {
    if (!LifeboatError.is(error)) throw error;
    return `${error.message} ${error.mend}`;
  }
}

function failed(): Evidence<unknown> {
  return { ok: false, reason: REASON, at: NOW };
}

/** The same reading, with a sentence as what the thing says of itself. */
function sentence(one: Evidence<unknown>): Evidence<unknown> {
  if (!one.ok || typeof one.value !== 'object' || one.value === null || !('why' in one.value)) return one;
  return { ...one, value: { ...one.value, healthy: false, why: 'The store did not answer.' } };
}

describe('no sentence ends twice', () => {
  it.each(CASES)('in a plan or a refusal of %s %j', (runbook, input, changed) => {
    const evidence = evidenceFor(estate, runbook, input, changed);
    const variants = [
      evidence,
      Object.fromEntries(Object.keys(evidence).map((name) => [name, failed()])),
      Object.fromEntries(Object.entries(evidence).map(([name, one]) => [name, sentence(one)])),
      ...Object.entries(evidence).flatMap(([name, one]) => [
        { ...evidence, [name]: failed() },
        { ...evidence, [name]: sentence(one) },
      ]),
      // What dies, dies as a whole.
      ...Object.keys(estate.regions).map((region) =>
        Object.fromEntries(
          Object.entries(evidence).map(([name, one]) => [name, name.includes(region) ? failed() : one]),
        ),
      ),
    ];
    const twice = variants.flatMap((one) => shown(runbook, input, one).split('\n')).filter((line) => TWICE.test(line));
    expect([...new Set(twice)]).toEqual([]);
  });

  it.each(['question', 'running', 'holding', 'gate', 'undoing', 'paused', 'aborted', 'stopped', 'refused'] as const)(
    'in the card and the state of a run: %s',
    (status: RunStatus) => {
      const choices = ['retry', 'skip', 'abort'] as const;
      const question = {
        id: 'q1',
        entry: 'shift/100/items',
        say: 'It failed.',
        error: ERROR,
        choices,
        askedAt: STARTED_AT,
      };
      const undo = {
        stepId: 'shift/100/items',
        attempt: 1,
        entry: 'shift/100/items',
        say: 'Take back: x',
        state: 'must-not',
        because: REASON,
      } as unknown as RunView['undo'][number];
      const scene = sampleScene({
        status,
        question: status === 'question' ? question : null,
        trouble: status === 'gate' ? ERROR : null,
        ending: ERROR,
        endedAt: STARTED_AT,
        paused: { by: 'ben', at: STARTED_AT, reason: 'I look first.' },
        undo: [undo],
      });
      const { plan } = scene;
      const loud = { ...scene, plan: { ...plan, view: { ...plan.view, headline: 'Move all traffic.' } } };
      const answer = { plan: loud.plan, planHash: '', evidence: {}, evidenceHash: '', attempt: 1, difference: [] };
      const texts = [
        renderState(scene.run, answer, sheet),
        ...(JSON.stringify([cardMessage(loud, 'key'), questionMessage(loud, question, 'key')]).match(/"[^"]*"/g) ?? []),
      ];
      expect(texts.filter((text) => TWICE.test(text))).toEqual([]);
    },
  );
});
