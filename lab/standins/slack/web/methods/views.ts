/** views.*: modals. Errors are those that Slack documents for each of the three methods. */

import { checkModal, messagesOf } from '../../blocks.ts';
import { type JsonObject, objectOf, stringOf } from '../../json.ts';
import { findView, lookAtTrigger, openModal, pushModal, updateModal } from '../../modals.ts';
import { TIER_4 } from '../../rate-limits.ts';
import type { Trigger } from '../../types.ts';
import type { World } from '../../world.ts';
import { type Method, refuseWith, SlackRefusal } from '../method.ts';

const MAX_VIEW_BYTES = 250_000;

function viewOf(world: World, args: JsonObject, own?: string): JsonObject {
  const view = args.view;
  const problems = checkModal(view);
  if (problems.length > 0) throw refuseWith('invalid_arguments', messagesOf(problems));
  if (Buffer.byteLength(JSON.stringify(view)) > MAX_VIEW_BYTES) throw new SlackRefusal('view_too_large');
  const external = stringOf(objectOf(view).external_id);
  const taken = external === '' ? undefined : findView(world, '', external);
  if (taken && taken.id !== own) throw new SlackRefusal('duplicate_external_id');
  return objectOf(view);
}

function triggerOf(world: World, args: JsonObject): Trigger {
  const trigger = lookAtTrigger(world, args.trigger_id);
  if (typeof trigger === 'string') throw new SlackRefusal(trigger);
  return trigger;
}

function open(world: World, args: JsonObject): JsonObject {
  const trigger = triggerOf(world, args);
  const view = viewOf(world, args);
  trigger.exchanged = true;
  return { view: openModal(world, trigger.user, view) };
}

function push(world: World, args: JsonObject): JsonObject {
  const trigger = triggerOf(world, args);
  const pushed = pushModal(world, trigger.user, viewOf(world, args));
  if (typeof pushed === 'string') throw new SlackRefusal(pushed);
  trigger.exchanged = true;
  return { view: pushed };
}

function update(world: World, args: JsonObject): JsonObject {
  const found = findView(world, stringOf(args.view_id), stringOf(args.external_id));
  if (found === undefined) throw new SlackRefusal('not_found');
  const view = viewOf(world, args, found.id);
  if (args.hash !== undefined && args.hash !== found.view.hash) throw new SlackRefusal('hash_conflict');
  return { view: updateModal(world, found, view) };
}

const modal = { token: 'bot', scopes: [], limit: TIER_4 } as const;

export const VIEWS: Readonly<Record<string, Method>> = {
  'views.open': { ...modal, required: ['trigger_id', 'view'], run: open },
  'views.push': { ...modal, required: ['trigger_id', 'view'], run: push },
  'views.update': { ...modal, required: ['view'], run: update },
};
