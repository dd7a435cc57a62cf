/** Lists of messages: redrawn one by one, only where something changed, so that focus and scrolling stay. */

import { renderBlocks } from './blocks.js';
import { clock, h, post } from './dom.js';
import { mrkdwn } from './mrkdwn.js';

/** A coloured square with initials; the app has a sign of its own. */
export function avatar(state, user, small = false) {
  const index = state.people.findIndex(({ id }) => id === user);
  const kind = user === state.bot.id ? 'avatar-app' : `avatar-${Math.max(0, index) % 6}`;
  const letter = user === state.bot.id ? '⛵' : (state.people[index]?.name ?? '?').slice(0, 1).toUpperCase();
  return h('span', { class: `avatar ${kind} ${small ? 'small' : ''}`, 'aria-hidden': 'true' }, letter);
}

function contextOf(view, message, scope) {
  return {
    names: view.names,
    people: view.state.people,
    scope: `${scope}-${message.ts}`,
    entered: new Map(),
    act: (block, element, value) =>
      post('action', { user: view.me, ts: message.ts, block_id: block.block_id, action_id: element.action_id, value }),
  };
}

function replyLink(view, message) {
  if (!message.reply_count || view.inThread) return undefined;
  const last = view.state.messages.findLast((each) => each.thread_ts === message.ts && each.ts !== message.ts);
  const count = message.reply_count === 1 ? '1 reply' : `${message.reply_count} replies`;
  return h(
    'button',
    { type: 'button', class: 'replies', on: { click: () => view.openThread(message.ts) } },
    avatar(view.state, last?.user ?? message.user, true),
    h('span', { class: 'replies-count' }, count),
    h('span', { class: 'replies-when' }, last ? `Last reply at ${clock(last.ts)}` : ''),
  );
}

function draw(view, message, scope) {
  const isBot = message.user === view.state.bot.id;
  const name = isBot ? view.state.bot.name : (view.names(message.user) ?? message.user);
  const body = message.blocks?.length
    ? renderBlocks(message.blocks, contextOf(view, message, scope))
    : [h('div', { class: 'block text-block' }, mrkdwn(message.text, view.names))];
  return h(
    'article',
    {
      class: `message ${message.ephemeral ? 'ephemeral' : ''}`,
      'data-ts': message.ts,
      'aria-label': `Message from ${name}`,
    },
    avatar(view.state, message.user),
    h(
      'div',
      { class: 'message-main' },
      message.ephemeral && h('p', { class: 'only-you' }, '👁 Only visible to you'),
      h(
        'div',
        { class: 'message-head' },
        h('span', { class: 'author' }, name),
        isBot && h('span', { class: 'app-badge' }, 'APP'),
        h('time', { class: 'when' }, clock(message.ts)),
      ),
      body,
      message.files?.map(({ title, name, url_private }) =>
        h(
          'p',
          { class: 'file' },
          h('a', { href: url_private, target: '_blank', rel: 'noreferrer' }, `📄 ${title || name}`),
        ),
      ),
      message.edited && h('span', { class: 'edited' }, '(edited)'),
      replyLink(view, message),
    ),
  );
}

/**
 * Draws `messages` into `list`, touching only those that changed. `view`: `{state, me, names, openThread, inThread}`.
 * Scrolls to the end when the reader was there.
 */
export function drawMessages(list, messages, view, scope) {
  const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const old = new Map([...list.children].map((node) => [node.dataset.ts, node]));
  const nodes = messages.map((message) => {
    // Who reads matters to the sign of a reply and to who presses a button.
    const print = `${view.me} ${JSON.stringify(message)}`;
    const kept = old.get(message.ts);
    if (kept?.print === print) return kept;
    return Object.assign(draw(view, message, scope), { print });
  });
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  while (list.children.length > nodes.length) list.lastElementChild.remove();
  if (wasAtEnd) list.scrollTop = list.scrollHeight;
}
