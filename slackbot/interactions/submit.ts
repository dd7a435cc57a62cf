/**
 * The submission of a modal: who it is is checked again, what was typed is checked, then the decision goes to the run.
 * A refusal is shown beside the input that it is about.
 *
 * Must never happen: a decision over anything but what that person was shown, or an answer later than Slack waits.
 */
import type { ModalView } from '@slack/types';
import { redact } from '../../estate/file/secrets.ts';
import { factsOf, LifeboatError, refusal } from '../../kernel/errors.ts';
import { INPUTS } from '../blocks/buttons.ts';
import { readingView } from '../blocks/review.ts';
import { clip, section } from '../blocks/text.ts';
import { errorData } from '../log.ts';
import type { KnownPerson } from '../security/membership.ts';
import { isFields } from '../security/origin.ts';
import { type Deps, refusalView } from './context.ts';
import { requestIdOf } from './request-id.ts';
import type { Pending } from './reviews.ts';

/** Slack waits 3 s for the answer to a submission; what takes longer is told in the modal afterwards. */
const ANSWER_WITHIN_MS = 2_200;
const ERROR_CHARACTERS = 300;

export type SubmitAnswer =
  | undefined
  | { readonly response_action: 'errors'; readonly errors: Record<string, string> }
  | { readonly response_action: 'update'; readonly view: ModalView };

export interface Submission {
  readonly user: string;
  readonly viewId: string;
  readonly sealed: string;
  readonly verdict: string;
  readonly reason: string;
  readonly name: string;
  /** Block ids of the inputs that the modal has: errors may name only these. */
  readonly inputs: readonly string[];
}

/** Reads `view.state.values` and the sealed metadata of a submission's `view`. */
export function submissionOf(user: string, view: unknown): Submission {
  const fields = isFields(view) ? view : {};
  const state = isFields(fields['state']) ? fields['state'] : {};
  const values = isFields(state['values']) ? state['values'] : {};
  const entered = (id: string) => {
    const block = values[id];
    const input = isFields(block) ? block[id] : undefined;
    if (!isFields(input)) return '';
    const option = input['selected_option'];
    const value = isFields(option) ? option['value'] : input['value'];
    return typeof value === 'string' ? value.trim() : '';
  };
  return {
    user,
    viewId: String(fields['id'] ?? ''),
    sealed: String(fields['private_metadata'] ?? ''),
    verdict: entered(INPUTS.verdict),
    reason: entered(INPUTS.reason),
    name: entered(INPUTS.name),
    inputs: [INPUTS.verdict, INPUTS.reason, INPUTS.name].filter((id) => Object.hasOwn(values, id)),
  };
}

/** The answer for Slack, in time; a slower outcome is put into the modal. */
export async function submit(deps: Deps, submission: Submission): Promise<SubmitAnswer> {
  const work = decide(deps, submission);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ANSWER_WITHIN_MS);
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  if (first !== 'late') return first;
  void work
    .then((answer) => tellLate(deps, submission.viewId, answer))
    .catch((error: unknown) => {
      deps.log('warn', 'a late outcome could not be shown', errorData(error));
    });
  return {
    response_action: 'update',
    view: readingView('Recording…', [section('Your decision is on its way to the run.')]),
  };
}

async function tellLate({ slack }: Deps, viewId: string, answer: SubmitAnswer): Promise<void> {
  if (answer === undefined) {
    await slack.updateView(viewId, readingView('Recorded', [section('Your decision was recorded.')]));
  } else if (answer.response_action === 'update') {
    await slack.updateView(viewId, answer.view);
  } else {
    const blocks = Object.values(answer.errors).map((one) => section(one));
    await slack.updateView(viewId, readingView('Refused', blocks));
  }
}

async function decide(deps: Deps, submission: Submission): Promise<SubmitAnswer> {
  try {
    const pending = deps.reviews.open(submission.sealed, submission.user);
    if (pending === undefined) throw lost();
    const typed = checkTyped(submission, pending);
    if (typed !== undefined) return errorsFor(submission, typed[0], typed[1]);
    const person = await deps.identify(submission.user);
    await carryOut(deps, person, submission, pending);
    deps.projector.notice(pending.run);
    return undefined;
  } catch (error) {
    deps.log('info', 'a submission was refused', { user: submission.user, ...errorData(error) });
    return refusedAnswer(submission, error);
  }
}

function lost(): LifeboatError {
  const mend = 'Close this, and open the review again.';
  return refusal('stale', 'What you were shown is not known here any more.', 'review', mend);
}

/** The input that is wrong and why, or undefined. */
function checkTyped(
  { verdict, reason, name }: Submission,
  { intent, typeName }: Pending,
): [string, string] | undefined {
  if (intent.kind === 'review') {
    const chosen = intent.verdicts.find((one) => one === verdict);
    if (chosen === undefined) return [INPUTS.verdict, 'Choose what to do.'];
    // The safe way round needs no more: a reject under any label is a reject.
    if (chosen === 'approve' && intent.button !== 'approve') {
      return [INPUTS.verdict, 'The button said Reject. Read it, then press it again.'];
    }
    if (chosen === 'reject') return reason === '' ? [INPUTS.reason, 'Rejecting needs a reason.'] : undefined;
  }
  const needsReason = intent.kind === 'break-glass' || (intent.kind === 'resolve' && intent.choice === 'skip');
  if (needsReason && reason === '') return [INPUTS.reason, 'This needs a reason.'];
  if (typeName !== null && name !== typeName) return [INPUTS.name, `Type exactly: ${typeName}`];
  return undefined;
}

async function carryOut(
  { lifeboat, projector }: Deps,
  person: KnownPerson,
  submission: Submission,
  pending: Pending,
): Promise<void> {
  const { run, intent } = pending;
  const common = { run, by: person.id, reason: submission.reason };
  switch (intent.kind) {
    case 'review':
      return submission.verdict === 'approve'
        ? lifeboat.approve({ ...common, shown: intent.shown })
        : lifeboat.reject({ ...common, shown: intent.shown });
    case 'abort':
      return lifeboat.abort(common);
    case 'next': {
      const { runbook, input } = intent;
      // The same for every delivery of this submission.
      const requestId = requestIdOf(`next ${submission.viewId}`);
      const { reason } = submission;
      const started = await lifeboat.start({ runbook, input, mode: 'live', by: person.id, requestId, reason });
      projector.notice(started.request.run);
      if (started.status === 'refused' && started.ending !== null) throw new LifeboatError(started.ending);
      return;
    }
    case 'resolve':
      return lifeboat.resolve({ ...common, choice: intent.choice, shown: intent.shown });
    case 'break-glass':
      return lifeboat.approve({ ...common, shown: intent.shown, override: intent.rule });
  }
}

/** Rules that no other input can satisfy: the modal has nothing more to ask. */
const FINAL_RULES: readonly string[] = [
  'stale',
  'run-ended',
  'unknown-run',
  'expired',
  'duplicate',
  'twice',
  'no-gate',
];

function refusedAnswer(submission: Submission, error: unknown): SubmitAnswer {
  const { type, message, mend } = factsOf(error, 'slackbot');
  if (FINAL_RULES.includes(type)) return { response_action: 'update', view: refusalView('Refused', error) };
  const input = type === 'reason' ? INPUTS.reason : INPUTS.verdict;
  return errorsFor(submission, input, `${message} ${mend}`);
}

/** Slack takes errors only for inputs that the modal has. */
function errorsFor({ inputs }: Submission, input: string, text: string): SubmitAnswer {
  const shown = inputs.includes(input) ? input : inputs[0];
  const sentence = clip(redact(text), ERROR_CHARACTERS);
  if (shown === undefined) return { response_action: 'update', view: readingView('Refused', [section(sentence)]) };
  return { response_action: 'errors', errors: { [shown]: sentence } };
}
