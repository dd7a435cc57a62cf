/**
 * The interactive elements. What was entered is told to `context.entered` at once, so that it outlives a redraw; what
 * acts at once (buttons, choices outside input blocks) is told to `context.act`.
 */

import { h } from './dom.js';
import { plain, textNodes } from './mrkdwn.js';

let confirmLayer = 0;

/** Asks "are you sure" as Slack does; resolves with true once confirmed. */
function confirmed(confirm, names) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    confirmLayer += 1;
    const title = `confirm-${confirmLayer}`;
    const done = (answer) => {
      layer.remove();
      resolve(answer);
    };
    const button = (object, kind, answer) =>
      h(
        'button',
        { type: 'button', class: `button ${kind}`, on: { click: () => done(answer) } },
        textNodes(object, names),
      );
    const layer = h(
      'div',
      { class: 'overlay' },
      h(
        'div',
        { class: 'dialog small', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': title },
        h('div', { class: 'dialog-head' }, h('h2', { id: title }, textNodes(confirm.title, names))),
        h('div', { class: 'dialog-body' }, textNodes(confirm.text, names)),
        h(
          'div',
          { class: 'dialog-foot' },
          button(confirm.deny, '', false),
          button(confirm.confirm, confirm.style ?? 'primary', true),
        ),
      ),
    );
    document.body.append(layer);
    layer.querySelector('button:last-of-type')?.focus();
  });
}

async function act(context, element, control, value) {
  if (!(await confirmed(element.confirm, context.names))) return;
  control.classList.add('busy');
  control.setAttribute('aria-busy', 'true');
  await context.act(element, value);
  control.classList.remove('busy');
  control.removeAttribute('aria-busy');
}

function button(element, context) {
  const node = h(
    'button',
    {
      type: 'button',
      class: `button ${element.style ?? ''}`,
      'aria-label': element.accessibility_label,
      'data-action-id': element.action_id,
      on: {
        click: () => {
          if (node.classList.contains('busy')) return;
          if (element.url && /^https?:/i.test(element.url)) window.open(element.url, '_blank', 'noopener');
          void act(context, element, node);
        },
      },
    },
    textNodes(element.text, context.names),
  );
  return node;
}

function optionsOf(element) {
  return [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
}

/** What stands in the element now: entered, else initial. */
function current(element, context) {
  const entered = context.entered.get(element);
  if (entered !== undefined) return entered;
  const { initial_option, initial_options, initial_value, initial_user, initial_date, initial_time } = element;
  if (initial_options) return initial_options.map((option) => option.value);
  return initial_option?.value ?? initial_value ?? initial_user ?? initial_date ?? initial_time;
}

function change(element, context, control, value) {
  context.entered.set(element, value);
  if (context.actsAtOnce) void act(context, element, control, value);
}

function optionNodes(element, value) {
  const one = (option) => h('option', { value: option.value, selected: option.value === value }, plain(option.text));
  const empty = h(
    'option',
    { value: '', selected: value === undefined },
    element.type === 'overflow' ? '⋯' : plain(element.placeholder) || 'Choose an option',
  );
  const groups = (element.option_groups ?? []).map((group) =>
    h('optgroup', { label: plain(group.label) }, group.options.map(one)),
  );
  return [empty, (element.options ?? []).map(one), groups];
}

function select(element, context, label) {
  const node = h(
    'select',
    {
      class: `select ${element.type}`,
      'aria-label': label || plain(element.placeholder) || (element.type === 'overflow' ? 'More actions' : 'Choose'),
      'data-action-id': element.action_id,
      on: { change: () => change(element, context, node, node.value === '' ? null : node.value) },
    },
    optionNodes(element, current(element, context)),
  );
  return node;
}

function people(element, context, label) {
  const chosen = current(element, context);
  const options = context.people.map(({ id, name }) => h('option', { value: id, selected: id === chosen }, name));
  const node = h(
    'select',
    {
      class: 'select',
      'aria-label': label || 'Choose a person',
      on: { change: () => change(element, context, node, node.value || null) },
    },
    h('option', { value: '' }, 'Choose a person'),
    options,
  );
  return node;
}

function choices(element, context, label) {
  const many = element.type !== 'radio_buttons';
  const name = `choice-${context.scope}-${element.action_id}`;
  const chosen = [current(element, context) ?? []].flat();
  const group = h(
    'div',
    { class: 'choices', role: many ? 'group' : 'radiogroup', 'aria-label': label || undefined },
    optionsOf(element).map((option) => {
      const input = h('input', {
        type: many ? 'checkbox' : 'radio',
        name,
        value: option.value,
        checked: chosen.includes(option.value),
        on: { change: () => change(element, context, group, many ? checked() : option.value) },
      });
      return h(
        'label',
        { class: 'choice' },
        input,
        h(
          'span',
          {},
          textNodes(option.text, context.names),
          option.description && h('span', { class: 'choice-more' }, textNodes(option.description, context.names)),
        ),
      );
    }),
  );
  const checked = () => [...group.querySelectorAll('input:checked')].map((input) => input.value);
  return group;
}

const INPUT_TYPES = { email_text_input: 'email', url_text_input: 'url', datepicker: 'date', timepicker: 'time' };

function text(element, context, label) {
  const isArea = element.multiline === true;
  const node = h(isArea ? 'textarea' : 'input', {
    class: 'text',
    type: isArea ? undefined : (INPUT_TYPES[element.type] ?? 'text'),
    rows: isArea ? 4 : undefined,
    placeholder: plain(element.placeholder) || undefined,
    maxlength: element.max_length,
    autocomplete: 'off',
    'aria-label': label || plain(element.placeholder) || 'Text',
    'data-action-id': element.action_id,
    on: { input: () => context.entered.set(element, node.value) },
  });
  node.value = current(element, context) ?? '';
  if (context.actsAtOnce) node.addEventListener('change', () => void act(context, element, node, node.value));
  return node;
}

/** The control of any element; `label` names it for assistive tools and tests. */
export function control(element, context, label = '') {
  switch (element.type) {
    case 'button':
      return button(element, context);
    case 'static_select':
    case 'overflow':
      return select(element, context, label);
    case 'users_select':
      return people(element, context, label);
    case 'multi_static_select':
    case 'checkboxes':
    case 'radio_buttons':
      return choices(element, context, label);
    default:
      return text(element, context, label);
  }
}
