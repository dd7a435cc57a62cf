/** The first thing that a run does: is the start signed by someone who may, on this estate, with input that can be? */

import { peopleOf } from '../../estate/questions.ts';
import type { Opened } from '../../kernel/control.ts';
import { CLOCK_SKEW_MS, speaksFor } from '../../kernel/decision.ts';
import { LifeboatError, refusal } from '../../kernel/errors.ts';
import { hashOf } from '../../kernel/hash.ts';
import { verify } from '../../kernel/keys.ts';
import type { RunRequest } from '../../kernel/run-state.ts';
import { estateDiffers, type PlanDeps, runbookNamed } from './deps.ts';

/** Anyone with a role may plan; only operators may run. */
export function openRun(deps: PlanDeps, { request, again }: { request: RunRequest; again: boolean }): Opened {
  if (request.estate !== deps.estate.name) throw estateDiffers(request.run);
  if (request.estateDigest !== deps.estateDigest && !again) throw estateDiffers(request.run);
  verifyStart(deps, request);
  const runbook = runbookNamed(deps, request.runbook);
  try {
    return { probes: runbook.probes(deps.estate, request.input), estateDigest: deps.estateDigest };
  } catch (error) {
    if (LifeboatError.is(error)) throw error;
    throw refusal(
      'bad-input',
      `The input is not what ${request.runbook} takes.`,
      request.runbook,
      `See \`lifeboat help ${request.runbook}\`.`,
    );
  }
}

function verifyStart({ estate, clock }: PlanDeps, request: RunRequest): void {
  const { decision, key, signature } = request.start;
  const refuse = (message: string): LifeboatError =>
    refusal('bad-start', message, request.run, 'Start runs with `/lifeboat run` or `lifeboat run`, as yourself.');
  const deciders = peopleOf(estate, request.mode === 'live' ? 'operator' : undefined).map(({ id, person }) => ({
    person: id,
    keys: [...person.keys],
  }));
  const bots = Object.values(estate.bots).flatMap((bot) => bot.keys);
  if (decision.kind !== 'start' || decision.run !== request.run || decision.mode !== request.mode) {
    throw refuse('The start was signed for something else.');
  }
  if (decision.by !== request.requester) throw refuse('The start was signed for another requester.');
  if (decision.target !== hashOf({ runbook: request.runbook, input: request.input }))
    throw refuse('The input is not the one that was signed.');
  if (speaksFor(key, decision.by, deciders, bots) === undefined)
    throw refuse(`${decision.by} may not start this, or the key is not theirs.`);
  if (!verify(decision, signature, key)) throw refuse('The signature of the start is wrong.');
  if (decision.exp - decision.at > 24 * 3_600_000 || decision.at > clock() + CLOCK_SKEW_MS)
    throw refuse('The dates of the start are wrong.');
}
