/**
 * Runs without people: a policy of the estate file stands in the place of the start's signature and of the approvals.
 *
 * The executor only asks. What a policy is, and whether it lets this plan through, says the control worker from its own
 * estate file, here and again with every permit (I2). Nobody is waited for at a gate: what cannot pass ends.
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { policyOf, policyRequester } from '../../kernel/decision/policy.ts';
import type { ErrorFacts } from '../../kernel/errors.ts';
import { type GateEntry, planHash } from '../../kernel/plan/plan.ts';
import { SEARCH_ATTRIBUTES } from '../../kernel/run/search-attributes.ts';
import type { RunRequest } from '../../kernel/run/state.ts';
import { requestText } from '../../kernel/run/words.ts';
import { ask } from './asking.ts';
import { factsIn } from './failures.ts';
import { askSigner } from './permits.ts';
import { adoptPlan, FRESH_MS, keepEvidence, open, planFrom, probe } from './planning.ts';
import type { Run } from './run.ts';

/** An estate whose plan differs at each reading is not one to change with nobody there. */
const MAX_ATTEMPTS = 5;

/** Of a run by policy: with its true id, which a Schedule makes, and its only requester. Any other is left as it is. */
export function asPolicyRun(request: RunRequest): RunRequest {
  const name = policyOf(request.start);
  if (name === undefined) return request;
  return { ...request, run: workflowInfo().workflowId, requester: policyRequester(name) };
}

/** Lets the run be found and listed, whoever started it and with whatever attributes. */
export function listPolicyRun({ estate, runbook, mode, requester, start, input }: RunRequest): void {
  if (policyOf(start) === undefined) return;
  const values = { estate, runbook, mode, requester };
  upsertSearchAttributes(
    Object.entries(values).map(([name, value]) => ({
      key: defineSearchAttributeKey(SEARCH_ATTRIBUTES[name as keyof typeof values], 'KEYWORD'),
      value,
    })),
  );
  upsertMemo({ input, reason: '' });
}

export type PolicyOutcome = 'passed' | 'replanned' | 'abort' | { readonly refused: ErrorFacts };

/** Passes the gate, or says why not. `refused` comes only while nothing was touched; later the policy's `onFailure` rules. */
export async function passByPolicy(run: Run, gate: GateEntry): Promise<PolicyOutcome> {
  const { state } = run;
  for (;;) {
    run.enter({ is: 'running' });
    const found = await look(run, gate);
    if (state.abort) return 'abort';
    if (found === 'passed' || found === 'replanned') return found;
    if (!state.touched) return { refused: found };
    if ((await ask(run, gate.id, `${gate.title}: it does not pass.`, found, ['retry', 'abort'])) === 'abort')
      return 'abort';
  }
}

/** As after a last approval: what is old is read again, and it must lead to the same plan. Then the policy is asked. */
async function look(run: Run, gate: GateEntry): Promise<'passed' | 'replanned' | ErrorFacts> {
  const { state } = run;
  try {
    const evidence = await probe(run, await open(run), { olderThanMs: FRESH_MS });
    const made = await planFrom(run, evidence);
    if (made.planHash !== state.plan?.hash) {
      if (state.attempt >= MAX_ATTEMPTS) return unsettled(run);
      adoptPlan(run, evidence, made, 'between planning and start the estate changed');
      return 'replanned';
    }
    keepEvidence(run, evidence, made.view);
    await askPolicy(run);
  } catch (error) {
    return withCommand(run, factsIn(error));
  }
  const by = state.request.requester;
  run.note({ kind: 'gate', id: gate.id, by, say: `${gate.title}: ${by} lets it pass, without people` });
  return 'passed';
}

/** Permits for no step: the signer judges the whole plan, and says why when it does not let it through. @throws StepFailure. */
async function askPolicy(run: Run): Promise<void> {
  const { request, attempt, evidence, epochs, plan } = run.state;
  await askSigner(
    run,
    { request, attempt, planHash: plan?.hash ?? '', decisions: [], epochs, evidence, steps: [] },
    run.core(),
    'Ask whether the policy lets the plan through',
  );
}

function unsettled(run: Run): ErrorFacts {
  return withCommand(run, {
    type: 'plan-unsettled',
    message: `The plan was another one at each of ${MAX_ATTEMPTS} readings.`,
    where: planHash(run.core()).slice(0, 12),
    mend: 'Find out what changes the estate.',
    retryable: false,
  });
}

function withCommand({ state }: Run, facts: ErrorFacts): ErrorFacts {
  const { runbook, input, requester } = state.request;
  return {
    ...facts,
    message: `${requester} does not let it pass. ${facts.message}`,
    mend: `${facts.mend} With people's approval it runs by \`lifeboat run ${requestText(runbook, input)}\`.`,
  };
}
