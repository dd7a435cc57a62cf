/**
 * Block Kit's composition objects and elements with their documented limits, as checks.
 *
 * Figures: docs.slack.dev, "Block elements" and "Composition objects", as repeated in the comments of `@slack/types`.
 */

import { objectsOf } from '../json.ts';
import {
  anything,
  boolean,
  type Check,
  integer,
  list,
  matching,
  object,
  oneOf,
  type Report,
  type Shape,
  string,
  typed,
} from './checks.ts';

export function plainText(max: number): Check {
  return typed({
    plain_text: object({ required: { type: anything, text: string(max) }, optional: { emoji: boolean } }),
  });
}

/** A `plain_text` or `mrkdwn` object. */
export function anyText(max: number): Check {
  return typed({
    plain_text: object({ required: { type: anything, text: string(max) }, optional: { emoji: boolean } }),
    mrkdwn: object({ required: { type: anything, text: string(max) }, optional: { verbatim: boolean } }),
  });
}

const identifier = string(255);
const style = oneOf('primary', 'danger');
const confirm = object({
  required: { title: plainText(100), text: anyText(300), confirm: plainText(30), deny: plainText(30) },
  optional: { style },
});
const menuOption = object({
  required: { text: plainText(75), value: string(75) },
  optional: { description: plainText(75), url: string(3000) },
});
const richOption = object({
  required: { text: anyText(75), value: string(75) },
  optional: { description: anyText(75) },
});
const optionGroup = object({ required: { label: plainText(75), options: list(menuOption, 100) } });

function element(shape: Shape): Check {
  return object({
    ...shape,
    required: { type: anything, ...shape.required },
    optional: { action_id: identifier, ...shape.optional },
  });
}

const focus = { focus_on_load: boolean };
const placeholder = { placeholder: plainText(150) };
const dispatch = {
  dispatch_action_config: object({
    required: { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 2) },
  }),
};

function initialAmongOptions(value: Record<string, unknown>, at: string, report: Report): void {
  const options = [
    ...objectsOf(value.options),
    ...objectsOf(value.option_groups).flatMap((group) => objectsOf(group.options)),
  ].map((option) => option.value);
  const initial = value.initial_option === undefined ? value.initial_options : [value.initial_option];
  for (const option of objectsOf(initial)) {
    if (!options.includes(option.value)) report(at, 'initial option must be one of the options');
  }
}

function optionsOrGroups(value: Record<string, unknown>, at: string, report: Report): void {
  const options = value.options !== undefined;
  const groups = value.option_groups !== undefined;
  if (!options && !groups) report(at, 'missing required field: options');
  if (options && groups) report(at, 'only one of options and option_groups is allowed');
  initialAmongOptions(value, at, report);
}

const menu = { options: list(menuOption, 100), option_groups: list(optionGroup, 100) };
const text = { initial_value: string(3000, 0), ...placeholder, ...focus, ...dispatch };
const number = string(100, 0);

/** Every element that the stand-in knows, by its type. */
export const ELEMENTS: Readonly<Record<string, Check>> = {
  button: element({
    required: { text: plainText(75) },
    optional: { value: string(2000, 0), url: string(3000), style, confirm, accessibility_label: string(75) },
  }),
  static_select: element({
    optional: { ...menu, initial_option: menuOption, confirm, ...focus, ...placeholder },
    also: optionsOrGroups,
  }),
  multi_static_select: element({
    optional: {
      ...menu,
      initial_options: list(menuOption, 100),
      max_selected_items: integer(1, 100),
      confirm,
      ...focus,
      ...placeholder,
    },
    also: optionsOrGroups,
  }),
  users_select: element({ optional: { initial_user: identifier, confirm, ...focus, ...placeholder } }),
  overflow: element({ required: { options: list(menuOption, 5) }, optional: { confirm } }),
  radio_buttons: element({
    required: { options: list(richOption, 10) },
    optional: { initial_option: richOption, confirm, ...focus },
    also: initialAmongOptions,
  }),
  checkboxes: element({
    required: { options: list(richOption, 10) },
    optional: { initial_options: list(richOption, 10), confirm, ...focus },
    also: initialAmongOptions,
  }),
  plain_text_input: element({
    optional: { ...text, multiline: boolean, min_length: integer(0, 3000), max_length: integer(1, 3000) },
    also: (value, at, report) => {
      const [min, max] = [value.min_length, value.max_length];
      if (typeof min === 'number' && typeof max === 'number' && min > max) report(at, 'min_length exceeds max_length');
    },
  }),
  email_text_input: element({ optional: text }),
  url_text_input: element({ optional: text }),
  number_input: element({
    required: { is_decimal_allowed: boolean },
    optional: { ...text, min_value: number, max_value: number },
  }),
  datepicker: element({
    optional: { initial_date: matching(/^\d{4}-\d\d-\d\d$/, 'a date: YYYY-MM-DD'), confirm, ...focus, ...placeholder },
  }),
  timepicker: element({
    optional: {
      initial_time: matching(/^\d\d:\d\d$/, 'a time: HH:mm'),
      timezone: string(100),
      confirm,
      ...focus,
      ...placeholder,
    },
  }),
  image: object({
    required: { type: anything, image_url: string(3000), alt_text: string(2000) },
  }),
};

/** A check that takes only these of the known elements. */
export function elementOf(...types: string[]): Check {
  return typed(Object.fromEntries(types.flatMap((type) => (ELEMENTS[type] ? [[type, ELEMENTS[type]]] : []))));
}
