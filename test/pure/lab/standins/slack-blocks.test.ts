/**
 * Pins: what Slack refuses, the stand-in refuses, with the place; what Slack takes, it takes. A bot that posts too long
 * a card must fail here and not on the night of the disaster.
 */

import { describe, expect, it } from '@jest/globals';
import { checkMessageBlocks, checkModal, messagesOf } from '../../../../lab/standins/slack/blocks.ts';

const text = (length: number, type = 'plain_text') => ({ type, text: 'x'.repeat(length) });
const section = (length = 3) => ({ type: 'section', text: text(length, 'mrkdwn') });
const button = (more: object = {}) => ({ type: 'button', text: text(3), action_id: 'a', ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const options = (count: number) => Array.from({ length: count }, (_, n) => ({ text: text(3), value: `v${n}` }));
const select = (more: object = {}) => ({ type: 'static_select', action_id: 's', options: options(2), ...more });
const input = (element: object, more: object = {}) => ({ type: 'input', label: text(5), element, ...more });
const field = (more: object = {}) => ({ type: 'plain_text_input', action_id: 't', ...more });
const modal = (more: object = {}) => ({ type: 'modal', title: text(5), blocks: [section()], ...more });
const repeat = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));

function firstProblem(blocks: unknown): string | undefined {
  return messagesOf(checkMessageBlocks(blocks)).at(0);
}

describe('what Slack takes passes', () => {
  it.each<[string, unknown]>([
    ['an empty list', []],
    ['50 blocks', repeat(50, () => ({ type: 'divider' }))],
    ['a section of 3000 characters', [section(3000)]],
    ['a header of 150', [{ type: 'header', text: text(150) }]],
    ['10 fields of 2000', [{ type: 'section', fields: repeat(10, () => text(2000, 'mrkdwn')) }]],
    ['25 buttons', [actions(...repeat(25, (n) => button({ action_id: `a${n}` })))]],
    ['the longest button', [actions({ ...button({ value: 'v'.repeat(2000) }), text: text(75), style: 'danger' })]],
    ['the longest ids', [{ ...actions(button({ action_id: 'a'.repeat(255) })), block_id: 'b'.repeat(255) }]],
    ['the same action_id in two blocks', [actions(button()), actions(button())]],
    ['10 context elements', [{ type: 'context', elements: repeat(10, () => text(10, 'mrkdwn')) }]],
    ['100 options', [actions(select({ options: options(100) }))]],
    [
      'radio buttons with mrkdwn',
      [actions({ type: 'radio_buttons', options: [{ text: text(3, 'mrkdwn'), value: 'v' }] })],
    ],
    ['a section with a select beside it', [{ ...section(), accessory: select() }]],
  ])('%s', (_name, blocks) => {
    expect(checkMessageBlocks(blocks)).toEqual([]);
  });
});

describe('what Slack refuses in a message is refused with the place', () => {
  it.each<[string, unknown, string]>([
    ['51 blocks', repeat(51, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
    ['section text', [section(3001)], 'must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
    ['an empty text', [section(0)], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    [
      'header',
      [{ type: 'header', text: text(151) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'mrkdwn in a header',
      [{ type: 'header', text: text(3, 'mrkdwn') }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      '11 fields',
      [{ type: 'section', fields: repeat(11, () => text(1)) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'a long field',
      [{ type: 'section', fields: [text(2001)] }],
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    ['a bare section', [{ type: 'section' }], 'missing required field: text [json-pointer:/blocks/0]'],
    [
      '26 buttons',
      [actions(...repeat(26, (n) => button({ action_id: `a${n}` })))],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    ['no buttons', [actions()], 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
    [
      'button text',
      [actions({ ...button(), text: text(76) })],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'button value',
      [actions(button({ value: 'v'.repeat(2001) }))],
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'button style',
      [actions(button({ style: 'warning' }))],
      'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
    ],
    [
      'action_id length',
      [actions(button({ action_id: 'a'.repeat(256) }))],
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    ],
    [
      'action_id twice in a block',
      [actions(button(), button())],
      '`action_id` must be unique: a [json-pointer:/blocks/0/elements/1/action_id]',
    ],
    [
      'block_id length',
      [{ type: 'divider', block_id: 'b'.repeat(256) }],
      'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
    ],
    [
      'block_id twice',
      [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      '`block_id` must be unique: b [json-pointer:/blocks/1/block_id]',
    ],
    [
      '11 context elements',
      [{ type: 'context', elements: repeat(11, () => text(1)) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a button in a context',
      [{ type: 'context', elements: [button()] }],
      'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      '101 options',
      [actions(select({ options: options(101) }))],
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'no options',
      [actions({ type: 'static_select', action_id: 's' })],
      'missing required field: options [json-pointer:/blocks/0/elements/0]',
    ],
    [
      '11 radio buttons',
      [actions({ type: 'radio_buttons', options: options(11) })],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      '6 in an overflow menu',
      [{ ...section(), accessory: { type: 'overflow', options: options(6) } }],
      'no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]',
    ],
    [
      'option text',
      [actions(select({ options: [{ text: text(76), value: 'v' }] }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
    ],
    [
      'an initial option that is none',
      [actions(select({ initial_option: { text: text(3), value: 'other' } }))],
      'initial option must be one of the options [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'a confirm without its buttons',
      [actions(button({ confirm: { title: text(3), text: text(3), confirm: text(3) } }))],
      'missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]',
    ],
    [
      'an unknown field',
      [{ ...section(), colour: 'red' }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    ['an unknown block', [{ type: 'marquee' }], 'unsupported type: marquee [json-pointer:/blocks/0/type]'],
    [
      'a name of the language',
      [{ type: 'constructor' }],
      'unsupported type: constructor [json-pointer:/blocks/0/type]',
    ],
    ['no type', [{}], 'missing required field: type [json-pointer:/blocks/0]'],
    ['no object', ['section'], 'must be an object [json-pointer:/blocks/0]'],
    ['no list', { type: 'section' }, 'must be an array [json-pointer:/blocks]'],
  ])('%s', (_name, blocks, problem) => {
    expect(firstProblem(blocks)).toBe(`[ERROR] ${problem}`);
  });

  it('reports every problem, not the first only', () => {
    expect(checkMessageBlocks([section(3001), { type: 'header', text: text(151) }])).toHaveLength(2);
  });
});

describe('modals', () => {
  it.each<[string, unknown]>([
    ['a small one', modal()],
    ['100 blocks', modal({ blocks: repeat(100, () => section()) })],
    ['the longest titles', modal({ title: text(24), submit: text(24), close: text(24) })],
    [
      'the longest private_metadata and callback_id',
      modal({ private_metadata: 'm'.repeat(3000), callback_id: 'c'.repeat(255) }),
    ],
    [
      'an input',
      modal({ submit: text(3), blocks: [input(field({ multiline: true, max_length: 3000 }), { hint: text(2000) })] }),
    ],
  ])('take %s', (_name, view) => {
    expect(checkModal(view)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['title', modal({ title: text(25) }), 'must be less than 25 characters [json-pointer:/view/title/text]'],
    ['submit', modal({ submit: text(25) }), 'must be less than 25 characters [json-pointer:/view/submit/text]'],
    ['close', modal({ close: text(25) }), 'must be less than 25 characters [json-pointer:/view/close/text]'],
    [
      '101 blocks',
      modal({ blocks: repeat(101, () => section()) }),
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    [
      'private_metadata',
      modal({ private_metadata: 'm'.repeat(3001) }),
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      'callback_id',
      modal({ callback_id: 'c'.repeat(256) }),
      'must be less than 256 characters [json-pointer:/view/callback_id]',
    ],
    [
      'an input without submit',
      modal({ blocks: [input(field())] }),
      'missing required field: submit [json-pointer:/view]',
    ],
    [
      'a label',
      modal({ submit: text(1), blocks: [input(field(), { label: text(2001) })] }),
      'must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]',
    ],
    [
      'max_length',
      modal({ submit: text(1), blocks: [input(field({ max_length: 3001 }))] }),
      'must be less than or equal to 3000 [json-pointer:/view/blocks/0/element/max_length]',
    ],
    [
      'a button as input',
      modal({ submit: text(1), blocks: [input(button())] }),
      'unsupported type: button [json-pointer:/view/blocks/0/element/type]',
    ],
    [
      'two with focus',
      modal({
        submit: text(1),
        blocks: [input(field({ focus_on_load: true })), input(field({ focus_on_load: true }))],
      }),
      'only one element may have focus_on_load [json-pointer:/view/blocks]',
    ],
    [
      'a field of workflow steps',
      modal({ submit_disabled: true }),
      'invalid additional property: submit_disabled [json-pointer:/view]',
    ],
    [
      'a markdown block',
      modal({ blocks: [{ type: 'markdown', text: 'x' }] }),
      'unsupported type: markdown [json-pointer:/view/blocks/0/type]',
    ],
  ])('refuse %s', (_name, view, problem) => {
    expect(messagesOf(checkModal(view))).toEqual([
      '[ERROR] failed to match all allowed schemas [json-pointer:/view]',
      `[ERROR] ${problem}`,
    ]);
  });
});
