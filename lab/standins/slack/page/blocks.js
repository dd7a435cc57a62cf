/** Block Kit as nodes. An unknown block is shown as such, never dropped in silence. */

import { h } from './dom.js';
import { control } from './inputs.js';
import { emoji, link, mrkdwn, plain, textNodes } from './mrkdwn.js';

/** Pictures would be fetched from elsewhere, so their description stands for them. */
function picture(image) {
  return h('span', { class: 'picture', role: 'img', 'aria-label': image.alt_text }, `🖼 ${image.alt_text}`);
}

function within(context, block, actsAtOnce) {
  return {
    ...context,
    actsAtOnce,
    scope: `${context.scope}-${block.block_id}`,
    act: (element, value) => context.act(block, element, value),
    entered: {
      get: (element) => context.entered.get(`${block.block_id} ${element.action_id}`),
      set: (element, value) => context.entered.set(`${block.block_id} ${element.action_id}`, value),
    },
  };
}

function section(block, context) {
  const fields = (block.fields ?? []).map((field) => h('div', { class: 'field' }, textNodes(field, context.names)));
  const accessory =
    block.accessory?.type === 'image'
      ? picture(block.accessory)
      : block.accessory && control(block.accessory, within(context, block, true), plain(block.text).slice(0, 80));
  return h(
    'div',
    { class: 'block section' },
    h(
      'div',
      { class: 'section-text' },
      block.text && h('div', { class: 'text-block' }, textNodes(block.text, context.names)),
      fields.length > 0 && h('div', { class: 'fields' }, fields),
    ),
    accessory && h('div', { class: 'accessory' }, accessory),
  );
}

function input(block, context) {
  const error = context.errors?.[block.block_id];
  const label = plain(block.label);
  const errorId = `${context.scope}-${block.block_id}-error`;
  const node = control(block.element, within(context, block, block.dispatch_action === true), label);
  if (error) {
    node.setAttribute('aria-invalid', 'true');
    node.setAttribute('aria-describedby', errorId);
  }
  return h(
    'div',
    { class: `block input ${error ? 'wrong' : ''}` },
    h(
      'div',
      { class: 'label' },
      textNodes(block.label, context.names),
      block.optional && h('span', { class: 'optional' }, ' (optional)'),
    ),
    node,
    error && h('p', { class: 'error', id: errorId, role: 'alert' }, error),
    block.hint && h('p', { class: 'hint' }, textNodes(block.hint, context.names)),
  );
}

function richElement(element, names) {
  const { style = {} } = element;
  const bare =
    {
      text: () => element.text,
      link: () => link(element.url, element.text ?? element.url),
      user: () => h('span', { class: 'mention' }, `@${names(element.user_id) ?? element.user_id}`),
      channel: () => h('span', { class: 'mention' }, `#${names(element.channel_id) ?? element.channel_id}`),
      broadcast: () => h('span', { class: 'mention broadcast' }, `@${element.range}`),
      emoji: () => emoji(element.name),
    }[element.type]?.() ?? '';
  const wrap = (on, tag, node) => (on ? h(tag, {}, node) : node);
  return wrap(style.bold, 'strong', wrap(style.italic, 'em', wrap(style.strike, 's', wrap(style.code, 'code', bare))));
}

function rich(element, names) {
  const inner = () => (element.elements ?? []).map((each) => richElement(each, names));
  if (element.type === 'rich_text_preformatted') return h('pre', {}, inner());
  if (element.type === 'rich_text_quote') return h('blockquote', {}, inner());
  if (element.type !== 'rich_text_list') return h('div', {}, inner());
  return h(
    element.style === 'ordered' ? 'ol' : 'ul',
    {},
    (element.elements ?? []).map((each) => h('li', {}, rich(each, names))),
  );
}

const RENDER = {
  header: (block, { names }) => h('h3', { class: 'block header' }, textNodes(block.text, names)),
  divider: () => h('hr', { class: 'block' }),
  section,
  input,
  context: (block, { names }) =>
    h(
      'div',
      { class: 'block context' },
      block.elements.map((each) => h('span', {}, each.type === 'image' ? picture(each) : textNodes(each, names))),
    ),
  actions: (block, context) =>
    h(
      'div',
      { class: 'block actions' },
      block.elements.map((element) => control(element, within(context, block, true))),
    ),
  image: (block) => h('div', { class: 'block' }, picture(block)),
  markdown: (block, { names }) =>
    h('div', { class: 'block text-block' }, mrkdwn(block.text.replaceAll('**', '*'), names)),
  rich_text: (block, { names }) =>
    h(
      'div',
      { class: 'block text-block' },
      block.elements.map((each) => rich(each, names)),
    ),
};

/**
 * Nodes of `blocks`. `context`: `names(id)`, `people`, `entered` (a Map by block and action id), `act(block, element,
 * value)`, `errors` by block id, and `scope`, a name that no other place on the page has.
 */
export function renderBlocks(blocks, context) {
  return blocks.map(
    (block) =>
      RENDER[block.type]?.(block, context) ??
      h('div', { class: 'block unknown' }, `(the stand-in does not show blocks of type ${block.type})`),
  );
}
