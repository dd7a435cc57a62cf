/**
 * The modals that people have open: a stack of at most three for each person, as in Slack.
 *
 * Must never happen: a modal opened by a trigger that is older than 3 s, spent, or made up.
 */

import { checkModal } from './blocks.ts';
import { type JsonObject, objectOf, stringOf } from './json.ts';
import type { OpenView, Trigger } from './types.ts';
import { BOT, withIds } from './wire.ts';
import { newId, type World } from './world.ts';

export const TRIGGER_MS = 3000;
const MAX_STACK = 3;
const KEEP_TRIGGERS = 1000;

/** A trigger id in Slack's form, good once and for 3 s. */
export function newTrigger(world: World, user: string): string {
  const id = `${Math.floor(world.now())}.${Math.floor(Math.random() * 1e10)}.${newId('t').toLowerCase()}`;
  world.triggers.set(id, { user, expiresAtMs: world.now() + TRIGGER_MS, exchanged: false });
  if (world.triggers.size > KEEP_TRIGGERS) {
    const oldest = world.triggers.keys().next().value;
    if (oldest !== undefined) world.triggers.delete(oldest);
  }
  return id;
}

type TriggerRefusal = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';

/** Looks at a trigger without spending it. Errors as `views.open` documents them. */
export function lookAtTrigger(world: World, id: unknown): Trigger | TriggerRefusal {
  const trigger = world.triggers.get(stringOf(id));
  if (trigger === undefined) return 'invalid_trigger_id';
  if (trigger.exchanged) return 'exchanged_trigger_id';
  if (world.now() > trigger.expiresAtMs) return 'expired_trigger_id';
  return trigger;
}

export function stackOf(world: World, user: string): readonly OpenView[] {
  return world.views.get(user) ?? [];
}

/** An open modal by its id or external id, whoever has it open. */
export function findView(world: World, id: string, externalId = ''): OpenView | undefined {
  const all = [...world.views.values()].flat();
  return all.find((each) => (id ? each.id === id : externalId !== '' && each.view.external_id === externalId));
}

function newHash(world: World): string {
  return `${Math.floor(world.now() / 1000)}.${newId('h').toLowerCase()}`;
}

function asSlackKeepsIt(world: World, id: string, input: JsonObject, links: JsonObject): JsonObject {
  return {
    private_metadata: '',
    callback_id: '',
    external_id: '',
    clear_on_close: false,
    notify_on_close: false,
    close: null,
    submit: null,
    ...input,
    id,
    team_id: world.config.team,
    blocks: withIds(input.blocks),
    state: { values: {} },
    hash: newHash(world),
    app_id: world.config.app,
    app_installed_team_id: world.config.team,
    bot_id: BOT,
    ...links,
  };
}

/** Opens a modal for the person, in place of whatever stood there. `input` has passed `checkModal`. */
export function openModal(world: World, user: string, input: JsonObject): JsonObject {
  const id = newId('V');
  const view = asSlackKeepsIt(world, id, input, { root_view_id: id, previous_view_id: null });
  world.views.set(user, [{ id, user, openedAt: world.now(), view }]);
  world.changes.bump();
  return view;
}

/** Puts a modal on top of the person's; refuses the fourth, and one without a root. */
export function pushModal(
  world: World,
  user: string,
  input: JsonObject,
): JsonObject | 'push_limit_reached' | 'not_found' {
  const stack = stackOf(world, user);
  const below = stack.at(-1);
  if (below === undefined) return 'not_found';
  if (stack.length >= MAX_STACK) return 'push_limit_reached';
  const id = newId('V');
  const links = { root_view_id: below.view.root_view_id, previous_view_id: below.id };
  const view = asSlackKeepsIt(world, id, input, links);
  world.views.set(user, [...stack, { id, user, openedAt: world.now(), view }]);
  world.changes.bump();
  return view;
}

/** Replaces an open modal's content, keeping its id and place. */
export function updateModal(world: World, open: OpenView, input: JsonObject): JsonObject {
  const { root_view_id, previous_view_id } = open.view;
  open.view = asSlackKeepsIt(world, open.id, input, { root_view_id, previous_view_id });
  world.changes.bump();
  return open.view;
}

/** Takes the modal away, with all above it; `whole` takes the whole stack. */
export function dismissModal(world: World, open: OpenView, whole = false): void {
  const stack = stackOf(world, open.user);
  world.views.set(open.user, whole ? [] : stack.slice(0, Math.max(0, stack.indexOf(open))));
  world.changes.bump();
}

/**
 * Does what the app answered to a submission: `response_action` errors, update, push or clear; without one the modal is
 * closed. Returns the errors by block id, or the reason why Slack could not do it.
 */
export function applySubmissionAnswer(
  world: World,
  open: OpenView,
  answer: JsonObject,
): { errors?: Record<string, string>; refused?: string } {
  const action = answer.response_action;
  if (action === undefined) {
    dismissModal(world, open);
    return {};
  }
  if (action === 'clear') {
    dismissModal(world, open, true);
    return {};
  }
  if (action === 'errors') return errorsIn(open, answer.errors);
  if (action !== 'update' && action !== 'push') return { refused: `unknown response_action: ${String(action)}` };
  const problem = checkModal(answer.view).at(-1);
  if (problem) return { refused: `${problem.message} [${problem.pointer}]` };
  if (action === 'update') {
    updateModal(world, open, objectOf(answer.view));
    return {};
  }
  const pushed = pushModal(world, open.user, objectOf(answer.view));
  return typeof pushed === 'string' ? { refused: pushed } : {};
}

/** Slack shows an error beside an input block only; one for another block id breaks the whole answer. */
function errorsIn(open: OpenView, given: unknown): { errors?: Record<string, string>; refused?: string } {
  const inputs = withIds(open.view.blocks).filter(({ type }) => type === 'input');
  const entries = Object.entries(objectOf(given));
  const stray = entries.find(([id]) => !inputs.some(({ block_id }) => block_id === id));
  if (stray) return { refused: `errors names ${stray[0]}, which is no input block` };
  if (entries.length === 0) return { refused: 'errors is empty' };
  return { errors: Object.fromEntries(entries.map(([id, text]) => [id, String(text)])) };
}
