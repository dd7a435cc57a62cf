/**
 * The page: one state, asked for anew after each change, drawn into the fixed frame of index.html.
 *
 * Whom the reader acts as and which thread is open stand in the address (`?as=ada&thread=…`), so that a test or a second
 * window can start anywhere.
 */

import { h, post } from './dom.js';
import { avatar, drawMessages } from './messages.js';
import { drawModal } from './modal.js';

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
let as = query.get('as') ?? '';
let thread = query.get('thread') ?? query.get('ts') ?? '';
let state;
let lastNotice = Number.POSITIVE_INFINITY;
let asking = false;
let again = false;

function remember() {
  const next = new URLSearchParams({ ...(as && { as }), ...(thread && { thread }) });
  history.replaceState(null, '', `/?${next}`);
}

function names(id) {
  if (id === state.bot.id) return state.bot.name;
  if (id === state.channel.id) return state.channel.name;
  return state.people.find((person) => person.id === id)?.name;
}

function actAs(handle) {
  as = handle;
  lastNotice = Date.now();
  remember();
  void refresh();
}

function openThread(ts) {
  thread = ts;
  remember();
  draw();
}

function drawSidebar() {
  const me = state.people.find(({ handle }) => handle === as);
  at('channel-item').textContent = `# ${state.channel.name}`;
  at('channel-title').textContent = `# ${state.channel.name}`;
  at('members').textContent = `${state.people.length} people, 1 app`;
  const people = at('people');
  const print = JSON.stringify([state.people, as]);
  if (people.dataset.print !== print) {
    people.dataset.print = print;
    people.replaceChildren(
      ...state.people.map((person) =>
        h(
          'li',
          {},
          h(
            'button',
            {
              type: 'button',
              class: 'person',
              'aria-pressed': String(person.handle === as),
              'aria-label': `Act as ${person.name}`,
              on: { click: () => actAs(person.handle) },
            },
            avatar(state, person.id, true),
            h('span', {}, person.name),
            person.handle === as ? h('span', { class: 'you' }, 'you') : '',
          ),
        ),
      ),
    );
    at('app-item').replaceChildren(
      avatar(state, state.bot.id, true),
      h('span', {}, state.bot.name),
      h('span', { class: 'app-badge' }, 'APP'),
    );
    at('composer-text').placeholder = `Message #${state.channel.name}, or ${state.commands[0]} help`;
    at('composer-as').textContent = `as ${me?.name ?? '?'}`;
  }
  const link =
    state.mode === 'http'
      ? 'app is reached over HTTP'
      : `app holds ${state.sockets} socket${state.sockets === 1 ? '' : 's'}`;
  at('lab-status').textContent = state.down ? 'Slack is down' : link;
  at('lab-status').className = state.down || (state.mode === 'socket' && state.sockets === 0) ? 'bad' : 'good';
  at('down-toggle').textContent = state.down ? 'Bring Slack back' : 'Take Slack down';
  at('banner').hidden = !state.down;
  at('banner').textContent = 'Slack is down (the stand-in was told so): its API answers 503, sockets are closed.';
}

function drawThread(view) {
  const root = state.messages.find(({ ts }) => ts === thread);
  at('thread').hidden = root === undefined;
  at('app').classList.toggle('with-thread', root !== undefined);
  if (root === undefined) return;
  const replies = state.messages.filter((message) => message.thread_ts === root.ts && message.ts !== root.ts);
  drawMessages(at('replies'), [root, ...replies], { ...view, inThread: true }, 'thread');
}

function drawNotices() {
  for (const notice of state.notices.filter((each) => each.at > lastNotice)) {
    const toast = h('p', { class: 'toast' }, notice.text);
    at('toasts').append(toast);
    setTimeout(() => toast.remove(), 8000);
  }
  lastNotice = Math.max(Number.isFinite(lastNotice) ? lastNotice : 0, ...state.notices.map((each) => each.at));
}

function draw() {
  const me = state.people.find(({ handle }) => handle === as)?.id;
  const view = { state, me, names, openThread };
  drawSidebar();
  const roots = state.messages.filter((message) => !message.thread_ts || message.thread_ts === message.ts);
  drawMessages(at('messages'), roots, view, 'channel');
  drawThread(view);
  drawModal(at('modal-layer'), state, me, names);
  drawNotices();
  document.body.dataset.version = String(state.version);
}

/** Asks for the state; calls that come while one is under way lead to one more. */
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    do {
      again = false;
      const response = await fetch(as === '' ? '/test/state' : `/test/state?user=${encodeURIComponent(as)}`);
      const next = await response.json();
      if (!response.ok || !next.people.some(({ handle }) => handle === as)) {
        as = state?.people[0]?.handle ?? next.people?.[0]?.handle ?? '';
        again = as !== '';
        continue;
      }
      state = next;
      draw();
    } while (again);
  } catch {
    at('lab-status').textContent = 'the stand-in does not answer';
    at('lab-status').className = 'bad';
  } finally {
    asking = false;
  }
}

async function submitted(event) {
  event.preventDefault();
  const text = at('composer-text').value.trim();
  if (text === '') return;
  at('composer-text').value = '';
  const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  if (command) await post('slash', { user: as, command, text: rest });
  else await post('say', { user: as, text });
}

at('composer').addEventListener('submit', (event) => void submitted(event));
at('thread-close').addEventListener('click', () => openThread(''));
at('down-toggle').addEventListener('click', () => void post('down', { state: state.down ? 'off' : 'on' }));
const events = new EventSource('/test/events');
events.addEventListener('message', () => void refresh());
events.addEventListener('error', () => {
  at('lab-status').textContent = 'the stand-in does not answer';
  at('lab-status').className = 'bad';
});
