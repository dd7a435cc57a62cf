/** Every button and input of the bot by its action id. A value is an opaque id, never a name, a hash or a decision. */
import type { ActionsBlock, Button, InputBlock } from '@slack/types';
import { BUTTON_CHARACTERS, plain } from './text.ts';

export const ACTIONS = {
  review: 'lifeboat_review',
  pause: 'lifeboat_pause',
  resume: 'lifeboat_resume',
  abort: 'lifeboat_abort',
  details: 'lifeboat_details',
  /** Of a run that is done: the one that goes on from there. */
  next: 'lifeboat_next',
  retry: 'lifeboat_retry',
  skip: 'lifeboat_skip',
  replan: 'lifeboat_replan',
  giveBack: 'lifeboat_give_back',
  /** Inside a question: the same as `abort`, of the run. */
  questionAbort: 'lifeboat_question_abort',
} as const;

export const VIEWS = { review: 'lifeboat_review', confirm: 'lifeboat_confirm', reading: 'lifeboat_reading' } as const;

/** Block ids of the modals' inputs; errors of a submission name them. */
export const INPUTS = { verdict: 'verdict', reason: 'reason', name: 'name' } as const;

export function button(actionId: string, label: string, value: string, style?: 'primary' | 'danger'): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: plain(label, BUTTON_CHARACTERS),
    value,
    ...(style !== undefined && { style }),
  };
}

export function buttons(all: readonly Button[]): ActionsBlock {
  return { type: 'actions', elements: [...all] };
}

/** A line or a paragraph to be typed; its action id is its block id. */
export function typed(
  blockId: string,
  label: string,
  options: { hint: string; optional: boolean; multiline?: boolean; maxCharacters?: number },
): InputBlock {
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label, 150),
    hint: plain(options.hint, 300),
    optional: options.optional,
    element: {
      type: 'plain_text_input',
      action_id: blockId,
      multiline: options.multiline ?? false,
      max_length: options.maxCharacters ?? 900,
    },
  };
}

/** One of a few, by radio buttons, the first of them chosen; each choice is told at once. `choices` are value and label. */
export function choice(blockId: string, label: string, choices: readonly (readonly [string, string])[]): InputBlock {
  const options = choices.map(([value, text]) => ({ value, text: plain(text, 75) }));
  const [first] = options;
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label, 150),
    dispatch_action: true,
    element: {
      type: 'radio_buttons',
      action_id: blockId,
      options,
      ...(first !== undefined && { initial_option: first }),
    },
  };
}
