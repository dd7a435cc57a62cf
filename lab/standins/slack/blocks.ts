/**
 * Block Kit against Slack's documented limits: what Slack would refuse is refused here, with the place.
 *
 * Pure. Must never happen: passing a message or a modal that real Slack answers with `invalid_blocks` or
 * `invalid_arguments`, because then a bot that works here fails in the night when it is needed. So it is strict:
 * unknown fields, unknown types, and block types that the stand-in does not render are refused.
 *
 * Figures: docs.slack.dev, "Blocks" and "Views", as repeated in the comments of `@slack/types`.
 */

import {
  anything,
  boolean,
  type Check,
  list,
  object,
  type Problem,
  type Report,
  type Shape,
  string,
  typed,
  unique,
} from './blocks/checks.ts';
import { anyText, elementOf, plainText } from './blocks/elements.ts';
import { isObject, type JsonObject, objectsOf } from './json.ts';

export type { Problem } from './blocks/checks.ts';

export const MAX_MESSAGE_BLOCKS = 50;
export const MAX_VIEW_BLOCKS = 100;
const MAX_MARKDOWN_CHARACTERS = 12_000;

const MENUS = ['static_select', 'multi_static_select', 'users_select', 'overflow', 'datepicker', 'timepicker'];
const CHOICES = ['radio_buttons', 'checkboxes'];
const TEXTS = ['plain_text_input', 'email_text_input', 'url_text_input', 'number_input'];
const INPUTS = [...MENUS.filter((type) => type !== 'overflow'), ...CHOICES, ...TEXTS];

function block(shape: Shape): Check {
  return object({
    ...shape,
    required: { type: anything, ...shape.required },
    optional: { block_id: string(255), ...shape.optional },
  });
}

const context = typed({
  plain_text: anyText(3000),
  mrkdwn: anyText(3000),
  image: elementOf('image'),
});

const COMMON: Readonly<Record<string, Check>> = {
  divider: block({}),
  header: block({ required: { text: plainText(150) } }),
  section: block({
    optional: {
      text: anyText(3000),
      fields: list(anyText(2000), 10),
      accessory: elementOf('button', 'image', ...MENUS, ...CHOICES),
      expand: boolean,
    },
    also: (value, at, report) => {
      if (value.text === undefined && value.fields === undefined) report(at, 'missing required field: text');
    },
  }),
  context: block({ required: { elements: list(context, 10) } }),
  actions: block({
    required: { elements: list(elementOf('button', ...MENUS, ...CHOICES), 25) },
    also: (value, at, report) => unique(objectsOf(value.elements), 'action_id', `${at}/elements`, report),
  }),
  image: block({
    required: { image_url: string(3000), alt_text: string(2000) },
    optional: { title: plainText(2000) },
  }),
  input: block({
    required: { label: plainText(2000), element: elementOf(...INPUTS) },
    optional: { hint: plainText(2000), optional: boolean, dispatch_action: boolean },
  }),
  rich_text: block({ required: { elements: list(anything, 100) } }),
};

const MESSAGE: Readonly<Record<string, Check>> = {
  ...COMMON,
  markdown: block({ required: { text: string(MAX_MARKDOWN_CHARACTERS) } }),
};

function blocks(shapes: Readonly<Record<string, Check>>, max: number): Check {
  const each = list(typed(shapes), max, 0);
  return (value, at, report) => {
    each(value, at, report);
    unique(objectsOf(value), 'block_id', at, report);
  };
}

const messageBlocks = blocks(MESSAGE, MAX_MESSAGE_BLOCKS);

const modal = object({
  required: { type: anything, title: plainText(24), blocks: blocks(COMMON, MAX_VIEW_BLOCKS) },
  optional: {
    close: plainText(24),
    submit: plainText(24),
    private_metadata: string(3000, 0),
    callback_id: string(255, 0),
    external_id: string(255, 0),
    clear_on_close: boolean,
    notify_on_close: boolean,
  },
  also: (view, at, report) => {
    const all = objectsOf(view.blocks);
    if (view.submit === undefined && all.some((each) => each.type === 'input')) {
      report(at, 'missing required field: submit');
    }
    if (elementsOf(all).filter((element) => element.focus_on_load === true).length > 1) {
      report(`${at}/blocks`, 'only one element may have focus_on_load');
    }
  },
});

/** All elements in these blocks: accessories, inputs, and those of actions. */
export function elementsOf(all: readonly JsonObject[]): JsonObject[] {
  return all.flatMap((each) => {
    const inline = each.type === 'actions' ? objectsOf(each.elements) : [];
    return [...inline, each.accessory, each.element].filter(isObject);
  });
}

function run(check: Check, value: unknown, at: string): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (pointer, message) => problems.push({ pointer, message });
  check(value, at, report);
  return problems;
}

/** What Slack would refuse in a message's blocks; empty when it would take them. Pointers start at `/blocks`. */
export function checkMessageBlocks(value: unknown): Problem[] {
  return run(messageBlocks, value, '/blocks');
}

/** What Slack would refuse in a modal; empty when it would take it. Pointers start at `/view`. */
export function checkModal(value: unknown): Problem[] {
  const problems = run(typed({ modal }), value, '/view');
  return problems.length === 0
    ? []
    : [{ pointer: '/view', message: 'failed to match all allowed schemas' }, ...problems];
}

/** The problems as Slack puts them into `response_metadata.messages`. */
export function messagesOf(problems: readonly Problem[]): string[] {
  return problems.map(({ pointer, message }) => `[ERROR] ${message} [json-pointer:${pointer}]`);
}
