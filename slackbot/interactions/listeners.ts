/**
 * Ties Bolt's events to the handlers: acknowledged first, then acted on. One listener for each kind of event, so that
 * nothing arrives unhandled and nothing is handled twice.
 *
 * Must never happen: a command or a press that is not acknowledged within 3 s, or an error that ends the process.
 */
import type { App } from '@slack/bolt';
import { errorAnswer } from '../blocks/answers.ts';
import { INPUTS, VIEWS } from '../blocks/buttons.ts';
import { errorData } from '../log.ts';
import { isFields } from '../security/origin.ts';
import { SlackFailure } from '../slack-api.ts';
import { press } from './actions.ts';
import { answerSlash, misread } from './commands.ts';
import type { Deps } from './context.ts';
import type { Respond } from './respond.ts';
import { relabel } from './review.ts';
import { submissionOf, submit } from './submit.ts';

export function listen(app: App, deps: Deps, respond: Respond): void {
  app.command(/.*/, async ({ command, ack }) => {
    const wrong = misread(deps.estate, command.text);
    if (wrong !== undefined) return ack({ response_type: 'ephemeral', ...wrong });
    await ack();
    const slash = { user: command.user_id, trigger: command.trigger_id, text: command.text };
    const answer = await answerSlash(deps, slash).catch(modalFailed(deps));
    if (answer !== undefined) await respond(command.response_url, answer);
  });

  app.action(/.*/, async ({ ack, body, action }) => {
    await ack();
    const fields: unknown = action;
    if ('view' in body && isFields(body.view) && isFields(fields) && fields['action_id'] === INPUTS.verdict) {
      const option = isFields(fields['selected_option']) ? fields['selected_option'] : {};
      await relabel(deps, { user: body.user.id, view: body.view, chosen: String(option['value'] ?? '') }).catch(
        modalFailed(deps),
      );
      return;
    }
    const of = (name: string) => (isFields(fields) && typeof fields[name] === 'string' ? fields[name] : '');
    const trigger = 'trigger_id' in body ? String(body.trigger_id) : '';
    const pressed = { user: body.user.id, trigger, actionId: of('action_id'), value: of('value') };
    const answer = await press(deps, pressed).catch(modalFailed(deps));
    if (answer !== undefined) await respond('response_url' in body ? body.response_url : undefined, answer);
  });

  app.view(/.*/, async ({ ack, body, view }) => {
    if (view.callback_id !== VIEWS.review && view.callback_id !== VIEWS.confirm) return ack();
    const answer = await submit(deps, submissionOf(body.user.id, view));
    // Without an argument Slack closes the modal.
    return answer === undefined ? ack() : ack(answer);
  });
  app.view({ callback_id: /.*/, type: 'view_closed' }, async ({ ack }) => ack());
  app.shortcut(/.*/, async ({ ack }) => ack());
  app.options(/.*/, async ({ ack }) => ack({ options: [] }));
  app.error(async (error) => deps.log('error', 'a handler failed', errorData(error)));
}

/** A modal that Slack did not open, most often because the trigger was older than 3 s. */
function modalFailed(deps: Deps) {
  return (error: unknown) => {
    const slackError = SlackFailure.is(error) ? error.slackError : 'unexpected';
    deps.log('warn', 'a modal could not be opened or filled', { slackError, ...errorData(error) });
    return errorAnswer({
      type: 'modal-failed',
      message: 'Slack did not open the window in time; nothing was done.',
      where: slackError,
      mend: 'Press again; if it stays, use the `lifeboat` command in the terminal.',
    });
  };
}
