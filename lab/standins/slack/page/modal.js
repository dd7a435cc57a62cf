/** The modal of the person: drawn anew when the view's hash changes; what was entered stays. */

import { renderBlocks } from './blocks.js';
import { h, post } from './dom.js';
import { plain, textNodes } from './mrkdwn.js';

/** Entered values by view id. */
const entered = new Map();
let shown = '';
let errors = {};

function valuesOf(viewId) {
  const values = {};
  for (const [key, value] of entered.get(viewId) ?? []) {
    const [blockId, actionId] = key.split(' ');
    values[blockId] = { ...values[blockId], [actionId]: value };
  }
  return values;
}

function show(layer, view, state, me, names) {
  if (!entered.has(view.id)) entered.set(view.id, new Map());
  const submit = async (event) => {
    event.preventDefault();
    const button = form.querySelector('button[type=submit]');
    if (!button || button.classList.contains('busy')) return;
    button.classList.add('busy');
    const outcome = await post('view/submit', { user: me, view_id: view.id, values: valuesOf(view.id) });
    button.classList.remove('busy');
    errors = outcome.errors ?? {};
    if (outcome.ok) return;
    show(layer, view, state, me, names);
    if (!outcome.errors) layer.querySelector('.trouble')?.removeAttribute('hidden');
    layer.querySelector('[aria-invalid]')?.focus();
  };
  const close = () => void post('view/close', { user: me, view_id: view.id });
  const context = {
    names,
    people: state.people,
    scope: view.id,
    errors,
    entered: entered.get(view.id),
    act: (block, element, value) =>
      post('action', {
        user: me,
        view_id: view.id,
        block_id: block.block_id,
        action_id: element.action_id,
        value,
        values: valuesOf(view.id),
      }),
  };
  const form = h(
    'form',
    {
      class: 'dialog',
      role: 'dialog',
      'aria-modal': 'true',
      'aria-labelledby': 'modal-title',
      novalidate: true,
      on: { submit },
    },
    h(
      'div',
      { class: 'dialog-head' },
      h('span', { class: 'avatar avatar-app small', 'aria-hidden': 'true' }, '⛵'),
      h('h2', { id: 'modal-title' }, textNodes(view.title, names)),
      h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close dialog', on: { click: close } }, '×'),
    ),
    h('p', { class: 'trouble', role: 'alert', hidden: true }, 'We had some trouble connecting. Try again?'),
    h('div', { class: 'dialog-body' }, renderBlocks(view.blocks, context)),
    h(
      'div',
      { class: 'dialog-foot' },
      h('button', { type: 'button', class: 'button', on: { click: close } }, view.close ? plain(view.close) : 'Close'),
      view.submit && h('button', { type: 'submit', class: 'button primary' }, plain(view.submit)),
    ),
  );
  form.addEventListener('keydown', (event) => event.key === 'Escape' && close());
  const scrollTop = layer.querySelector('.dialog-body')?.scrollTop ?? 0;
  layer.replaceChildren(h('div', { class: 'overlay' }, form));
  form.querySelector('.dialog-body').scrollTop = scrollTop;
  (form.querySelector('input, textarea, select') ?? form.querySelector('.dialog-foot button:last-child')).focus({
    preventScroll: true,
  });
}

/** Shows the top modal of the person, or none. */
export function drawModal(layer, state, me, names) {
  const view = state.views.at(-1);
  const print = view ? `${me} ${view.id} ${view.hash}` : '';
  if (print === shown) return;
  shown = print;
  errors = {};
  if (view) show(layer, view, state, me, names);
  else layer.replaceChildren();
}
