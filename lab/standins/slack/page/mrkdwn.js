/**
 * Slack's mrkdwn as nodes: bold, italic, strike, code, quotes, links, mentions, dates, emoji.
 *
 * Only http, https and mailto become links; everything else stays text.
 */

import { h } from './dom.js';

const EMOJI = {
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  stopwatch: '⏱️',
  clock1: '🕐',
  arrow_right: '➡️',
  rocket: '🚀',
  eyes: '👀',
  lock: '🔒',
  key: '🔑',
  fire: '🔥',
  memo: '📝',
  tada: '🎉',
  raised_hand: '✋',
  bell: '🔔',
  link: '🔗',
  wrench: '🔧',
  ring_buoy: '🛟',
  ship: '🚢',
  construction: '🚧',
  arrows_counterclockwise: '🔄',
  double_vertical_bar: '⏸️',
  arrow_forward: '▶️',
  bar_chart: '📊',
  busts_in_silhouette: '👥',
};

const INLINE = [
  { pattern: /^`([^`\n]+)`/, node: (match) => h('code', {}, unescaped(match[1])) },
  { pattern: /^<([^<>\n]+)>/, node: (match, names) => angle(match[1], names) },
  { pattern: /^:([a-z0-9_+-]+):/, node: (match) => emoji(match[1]) },
  {
    pattern: /^\*(\S(?:[^*\n]*\S)?)\*(?![\p{L}\p{N}])/u,
    edge: true,
    node: (match, names) => h('strong', {}, inline(match[1], names)),
  },
  {
    pattern: /^_(\S(?:[^_\n]*\S)?)_(?![\p{L}\p{N}])/u,
    edge: true,
    node: (match, names) => h('em', {}, inline(match[1], names)),
  },
  {
    pattern: /^~(\S(?:[^~\n]*\S)?)~(?![\p{L}\p{N}])/u,
    edge: true,
    node: (match, names) => h('s', {}, inline(match[1], names)),
  },
];

function unescaped(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** The signs that tell a state are drawn by the style sheet: not every machine has a font with emoji. */
const DRAWN = {
  white_check_mark: ['✓', 'ok'],
  heavy_check_mark: ['✓', 'ok'],
  x: ['✕', 'bad'],
  no_entry: ['–', 'bad'],
  octagonal_sign: ['–', 'bad'],
  rotating_light: ['!', 'bad'],
  warning: ['!', 'warn'],
  information_source: ['i', 'info'],
  large_green_circle: ['', 'disc ok'],
  red_circle: ['', 'disc bad'],
  large_yellow_circle: ['', 'disc warn'],
  large_blue_circle: ['', 'disc info'],
  white_circle: ['', 'disc none'],
};

/** The sign of an emoji's name, or the name between colons when it is not known. */
export function emoji(name) {
  const drawn = Object.hasOwn(DRAWN, name) ? DRAWN[name] : undefined;
  if (drawn) return h('span', { role: 'img', 'aria-label': name, class: `sign ${drawn[1]}` }, drawn[0]);
  const sign = Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined;
  return sign ? h('span', { role: 'img', 'aria-label': name, class: 'emoji' }, sign) : `:${name}:`;
}

function date(seconds, format, fallback) {
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return fallback;
  const time = (options) => at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...options });
  const day = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  return format
    .replaceAll('{time_secs}', time({ second: '2-digit' }))
    .replaceAll('{time}', time({}))
    .replaceAll(/\{date[a-z_]*\}/g, day);
}

/** What stands between angle brackets: a mention, a date, a link. */
function angle(content, names) {
  const [target, label] = content.split('|');
  if (target.startsWith('@'))
    return h('span', { class: 'mention' }, `@${names(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith('#'))
    return h('span', { class: 'mention' }, `#${label ?? names(target.slice(1)) ?? target.slice(1)}`);
  if (target.startsWith('!date^')) {
    const [, seconds, format] = target.split('^');
    return h('time', {}, date(seconds, format ?? '', label ?? ''));
  }
  if (target.startsWith('!')) return h('span', { class: 'mention broadcast' }, `@${target.slice(1).split('^')[0]}`);
  return link(unescaped(target), unescaped(label ?? target));
}

export function link(url, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return label;
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
}

function inline(text, names) {
  const nodes = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') nodes.push(unescaped(plain));
    plain = '';
  };
  for (let rest = text; rest !== ''; ) {
    const atEdge = plain === '' || /[^\p{L}\p{N}]$/u.test(plain);
    const rule = INLINE.find(({ pattern, edge }) => (!edge || atEdge) && pattern.test(rest));
    const match = rule?.pattern.exec(rest);
    if (match) {
      flush();
      nodes.push(rule.node(match, names));
      rest = rest.slice(match[0].length);
    } else {
      const [first] = rest;
      plain += first;
      rest = rest.slice(first.length);
    }
  }
  flush();
  return nodes;
}

function lines(text, names) {
  const nodes = [];
  let quote;
  text.split('\n').forEach((line, index, all) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h('br'));
      else {
        quote = h('blockquote');
        nodes.push(quote);
      }
      quote.append(...inline(quoted[1], names));
      return;
    }
    const afterQuote = quote !== undefined;
    quote = undefined;
    if (index > 0 && !afterQuote) nodes.push(h('br'));
    if (line !== '' || index < all.length - 1) nodes.push(...inline(line, names));
  });
  return nodes;
}

/** Nodes of a mrkdwn text; `names` gives the name of a user or channel id. */
export function mrkdwn(text, names) {
  return text
    .split(/```\n?([\s\S]*?)\n?```\n?/)
    .flatMap((part, index) =>
      index % 2 === 1 ? [h('pre', {}, unescaped(part))] : part === '' ? [] : lines(part, names),
    );
}

/** Nodes of a Slack text object (`plain_text` or `mrkdwn`). */
export function textNodes(object, names) {
  if (object === undefined || object === null) return [];
  if (object.type === 'mrkdwn') return mrkdwn(object.text, names);
  return String(object.text)
    .split(/:([a-z0-9_+-]+):/)
    .map((part, index) => (index % 2 === 1 ? emoji(part) : part));
}

/** A text object as plain text, for accessible names. */
export function plain(object) {
  return (
    h(
      'span',
      {},
      textNodes(object, (id) => id),
    ).textContent ?? ''
  );
}
