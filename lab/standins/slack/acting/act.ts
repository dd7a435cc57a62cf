/**
 * Doing as one of the estate's people: a slash command, a press, a submission, a message.
 *
 * Must never happen: acting as somebody whom the estate does not know, or on what that person cannot see. Whoever wants
 * such a payload injects it raw (`steering/routes.ts`).
 */

import { type Courier, type Delivery, errorOf } from '../delivery/deliver.ts';
import { type JsonObject, objectOf, objectsOf, stringOf } from '../json.ts';
import { applySubmissionAnswer, dismissModal, newTrigger, stackOf } from '../modals.ts';
import type { OpenView, Outcome } from '../types.ts';
import { SlackRefusal } from '../web/method.ts';
import { contentOf, post } from '../web/methods/chat.ts';
import { BOT_USER, type Person } from '../wire.ts';
import { isDown, notify, type World } from '../world.ts';
import { type Entered, enter, stateOf } from './inputs.ts';
import { closedPayload, messageActionPayload, slashPayload, submissionPayload, viewActionPayload } from './payloads.ts';

function refused(world: World, person: Person, error: string, text: string): Outcome {
  notify(world, person.id, error, text);
  return { ok: false, error };
}

function outcomeOf(world: World, person: Person, delivery: Delivery, trigger: string, what: string): Outcome {
  const error = errorOf(delivery.ack);
  if (error === undefined) return { ok: true, envelope: delivery.envelope.id, trigger };
  notify(world, person.id, error, `${what} failed with the error "${error}"`);
  return { ok: false, error, envelope: delivery.envelope.id };
}

/** `/lifeboat …`; the app's answer in its acknowledgement is shown to the person, or to all where it says so. */
export async function slash(
  world: World,
  courier: Courier,
  person: Person,
  command: string,
  text: string,
): Promise<Outcome> {
  if (isDown(world)) return refused(world, person, 'slack_down', 'Slack cannot be reached.');
  if (!world.config.commands.includes(command)) {
    return refused(world, person, 'unknown_command', `${command} is not a valid command.`);
  }
  const trigger = newTrigger(world, person.id);
  const payload = slashPayload(world, person, command, text, trigger);
  const delivery = await courier.send({ type: 'slash_commands', payload });
  if (delivery.ack.kind === 'acked') await showAnswer(world, person, delivery.ack.payload);
  return outcomeOf(world, person, delivery, trigger, command);
}

async function showAnswer(world: World, person: Person, answer: JsonObject): Promise<void> {
  if (stringOf(answer.text) === '' && objectsOf(answer.blocks).length === 0) return;
  try {
    const content = contentOf(answer);
    const onlyFor = answer.response_type === 'in_channel' ? {} : { onlyFor: person.id };
    await post(world, { user: BOT_USER, content, ...onlyFor });
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    const why = Array.isArray(error.more.errors) ? error.more.errors.join('; ') : error.error;
    notify(world, person.id, error.error, `The app's answer was refused: ${why}`);
  }
}

export interface Press {
  readonly actionId: string;
  readonly blockId?: string | undefined;
  /** The option's value of a choice, a text of an input. */
  readonly value?: unknown;
}

function find(blocks: readonly JsonObject[], press: Press): { block: JsonObject; element: JsonObject } | undefined {
  for (const block of blocks) {
    if (press.blockId !== undefined && block.block_id !== press.blockId) continue;
    const all = [...objectsOf(block.elements), objectOf(block.accessory), objectOf(block.element)];
    const element = all.find((each) => each.action_id === press.actionId);
    if (element) return { block, element };
  }
  return undefined;
}

function actionOf(world: World, block: JsonObject, element: JsonObject, press: Press): JsonObject {
  const { type, text, value, style, placeholder, confirm } = element;
  const chosen = stateOf(element, press.value) ?? {
    ...(text !== undefined && { text }),
    ...(value !== undefined && { value }),
    ...(style !== undefined && { style }),
  };
  return {
    type,
    action_id: element.action_id,
    block_id: block.block_id,
    ...chosen,
    ...(placeholder !== undefined && { placeholder }),
    ...(confirm !== undefined && { confirm }),
    action_ts: (world.now() / 1000).toFixed(6),
  };
}

/** A press or choice in a message that the person sees. */
export async function pressInMessage(
  world: World,
  courier: Courier,
  person: Person,
  ts: string,
  press: Press,
): Promise<Outcome> {
  if (isDown(world)) return refused(world, person, 'slack_down', 'Slack cannot be reached.');
  const message = world.store.find(world.config.channel, ts);
  const hidden = message?.onlyFor !== undefined && message.onlyFor !== person.id;
  const found = message === undefined || hidden ? undefined : find(message.blocks, press);
  if (message === undefined || found === undefined) return { ok: false, error: 'action_not_found' };
  const trigger = newTrigger(world, person.id);
  const { values } = enter(message.blocks, { [press.actionId]: press.value });
  const action = actionOf(world, found.block, found.element, press);
  const payload = messageActionPayload(world, person, message, action, values, trigger);
  const delivery = await courier.send({ type: 'interactive', payload });
  return outcomeOf(world, person, delivery, trigger, 'The button');
}

function openFor(world: World, person: Person, viewId: string): OpenView | undefined {
  return stackOf(world, person.id).find(({ id }) => id === viewId);
}

function filled(open: OpenView, values: JsonObject): JsonObject {
  return { ...open.view, state: { values } };
}

/** A press or choice in the person's open modal, with what has been entered so far. */
export async function pressInView(
  world: World,
  courier: Courier,
  person: Person,
  viewId: string,
  press: Press,
  entered: Entered,
): Promise<Outcome> {
  if (isDown(world)) return refused(world, person, 'slack_down', 'Slack cannot be reached.');
  const open = openFor(world, person, viewId);
  const blocks = objectsOf(open?.view.blocks);
  const found = find(blocks, press);
  if (open === undefined || found === undefined) return { ok: false, error: 'action_not_found' };
  const trigger = newTrigger(world, person.id);
  const { values } = enter(blocks, { ...entered, [press.actionId]: press.value });
  const action = actionOf(world, found.block, found.element, press);
  const payload = viewActionPayload(world, person, filled(open, values), action, trigger);
  const delivery = await courier.send({ type: 'interactive', payload });
  return outcomeOf(world, person, delivery, trigger, 'The button');
}

/** Submits the person's modal. Slack's own checks come first; then what the app's acknowledgement says is done. */
export async function submit(
  world: World,
  courier: Courier,
  person: Person,
  viewId: string,
  entered: Entered,
): Promise<Outcome> {
  if (isDown(world)) return refused(world, person, 'slack_down', 'Slack cannot be reached.');
  const open = openFor(world, person, viewId);
  if (open === undefined) return { ok: false, error: 'view_not_found' };
  if (open.view.submit === null) return { ok: false, error: 'view_has_no_submit' };
  const { values, errors } = enter(objectsOf(open.view.blocks), entered);
  if (Object.keys(errors).length > 0) return { ok: false, error: 'incomplete', errors };
  const trigger = newTrigger(world, person.id);
  const payload = submissionPayload(world, person, filled(open, values), trigger);
  const delivery = await courier.send({ type: 'interactive', payload });
  if (delivery.ack.kind !== 'acked') return outcomeOf(world, person, delivery, trigger, 'Submitting');
  const applied = applySubmissionAnswer(world, open, delivery.ack.payload);
  if (applied.refused !== undefined) return refused(world, person, 'invalid_response', applied.refused);
  if (applied.errors) return { ok: false, error: 'errors', errors: applied.errors, envelope: delivery.envelope.id };
  return outcomeOf(world, person, delivery, trigger, 'Submitting');
}

/** Closes the person's modal; the app hears of it only where the view asked for that (`notify_on_close`). */
export async function close(world: World, courier: Courier, person: Person, viewId: string): Promise<Outcome> {
  const open = openFor(world, person, viewId);
  if (open === undefined) return { ok: false, error: 'view_not_found' };
  const isCleared = open.view.clear_on_close === true;
  dismissModal(world, open, isCleared);
  if (open.view.notify_on_close !== true) return { ok: true, envelope: '', trigger: '' };
  const payload = closedPayload(world, person, open.view, isCleared);
  const delivery = await courier.send({ type: 'interactive', payload });
  return outcomeOf(world, person, delivery, '', 'Closing');
}
