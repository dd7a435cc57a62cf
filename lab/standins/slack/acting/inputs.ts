/**
 * What people enter: turns simple values (texts, option values) into the state that Slack sends, and says what Slack's
 * own window would refuse before the app sees it. Pure.
 */

import { elementsOf } from '../blocks.ts';
import { type JsonObject, objectOf, objectsOf, stringOf } from '../json.ts';

/** Entered values by action id, by block id, or by block id and action id. */
export type Entered = Readonly<Record<string, unknown>>;

export interface InputState {
  /** `view.state.values` as Slack sends it. */
  readonly values: Record<string, Record<string, JsonObject>>;
  /** What the window shows beside the inputs, by block id; empty when it may be submitted. */
  readonly errors: Record<string, string>;
}

const TEXT_INPUTS = ['plain_text_input', 'email_text_input', 'url_text_input', 'number_input'];

function optionsOf(element: JsonObject): JsonObject[] {
  const groups = objectsOf(element.option_groups).flatMap((group) => objectsOf(group.options));
  return [...objectsOf(element.options), ...groups];
}

function optionNamed(element: JsonObject, value: unknown): JsonObject | null {
  return optionsOf(element).find((option) => option.value === value) ?? null;
}

/** One element's state with `entered`, or with its initial value when nothing was entered; undefined for buttons. */
export function stateOf(element: JsonObject, entered: unknown): JsonObject | undefined {
  const type = stringOf(element.type);
  if (TEXT_INPUTS.includes(type)) {
    const value = entered === undefined ? element.initial_value : entered;
    return { type, value: value === undefined || value === null || value === '' ? null : String(value) };
  }
  switch (type) {
    case 'static_select':
    case 'radio_buttons':
    case 'overflow': {
      const initial = element.initial_option ?? null;
      return { type, selected_option: entered === undefined ? initial : optionNamed(element, entered) };
    }
    case 'checkboxes':
    case 'multi_static_select': {
      const values = Array.isArray(entered) ? entered : entered === null || entered === '' ? [] : [entered];
      const chosen = values.map((value) => optionNamed(element, value)).filter((option) => option !== null);
      return { type, selected_options: entered === undefined ? (element.initial_options ?? []) : chosen };
    }
    case 'users_select':
      return { type, selected_user: entered ?? element.initial_user ?? null };
    case 'datepicker':
      return { type, selected_date: entered ?? element.initial_date ?? null };
    case 'timepicker':
      return { type, selected_time: entered ?? element.initial_time ?? null };
    default:
      return undefined;
  }
}

function isEmpty(state: JsonObject): boolean {
  const value = Object.entries(state).find(([name]) => name !== 'type')?.[1];
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function complaint(block: JsonObject, element: JsonObject, state: JsonObject): string | undefined {
  if (isEmpty(state)) return block.optional === true ? undefined : 'Please complete this required field.';
  const text = state.value;
  if (typeof text !== 'string') return undefined;
  const [min, max] = [Number(element.min_length ?? 0), Number(element.max_length ?? 3000)];
  if (text.length < min) return `Please enter at least ${min} characters.`;
  if (text.length > max) return `Please enter no more than ${max} characters.`;
  if (element.type === 'number_input' && Number.isNaN(Number(text))) return 'Please enter a number.';
  return undefined;
}

/** The state of all inputs in `blocks` (with ids) after people entered `entered`. */
export function enter(blocks: readonly JsonObject[], entered: Entered): InputState {
  const values: Record<string, Record<string, JsonObject>> = {};
  const errors: Record<string, string> = {};
  for (const block of blocks) {
    const blockId = stringOf(block.block_id);
    for (const element of elementsOf([block])) {
      const actionId = stringOf(element.action_id);
      const ofBlock = entered[blockId];
      const nested = objectOf(ofBlock)[actionId];
      const given =
        nested ?? entered[actionId] ?? (typeof ofBlock === 'object' && !Array.isArray(ofBlock) ? undefined : ofBlock);
      const state = stateOf(element, given);
      if (state === undefined || element.type === 'overflow') continue;
      values[blockId] = { ...values[blockId], [actionId]: state };
      const wrong = block.type === 'input' ? complaint(block, element, state) : undefined;
      if (wrong) errors[blockId] = wrong;
    }
  }
  return { values, errors };
}
