/** The thread under a card: the run's timeline, line by line, never edited. And the loud message of a broken glass. */

import { listed } from '../../client/listed.ts';
import type { SignedDecision } from '../../kernel/decision/decision.ts';
import { mayApprove } from '../../kernel/decision/standing.ts';
import { formatDuration } from '../../kernel/duration.ts';
import { gateNamed } from '../../kernel/run/gates.ts';
import type { TimelineItem } from '../../kernel/run/state.ts';
import { OUTCOME_WORDS } from '../../kernel/run/words.ts';
import type { People } from './people.ts';
import type { Scene } from './scene.ts';
import { clock, code, fallback, header, type Message, safe, section, when } from './text.ts';

/** A message with more lines than this is not read. */
export const MAX_LOG_LINES = 15;
const MAX_LINE_CHARACTERS = 380;

/** `before`: the line above it, whose time is not said again. */
function logLine({ at, say, ms, outcome, by }: TimelineItem, before: TimelineItem | undefined, people: People): string {
  const took = ms === undefined ? '' : ` in ${formatDuration(ms)}`;
  const isNamed = by !== undefined && namesPerson(say, by);
  const who = by === undefined || isNamed ? '' : ` by ${people.name(by)}`;
  const isSameTime = before !== undefined && Math.floor(before.at / 1_000) === Math.floor(at / 1_000);
  const head = isSameTime ? '…' : clock(at);
  const word = outcome === undefined || outcome === 'ok' ? '' : ` (${OUTCOME_WORDS[outcome]})`;
  const tail = `${word}${took}${who}`;
  const room = MAX_LINE_CHARACTERS - head.length - tail.length;
  return `${head} ${isNamed ? named(say, by, people, room) : safe(say, room)}${tail}`;
}

/** Our sentences call people by their short names, once. */
function namesPerson(say: string, by: string): boolean {
  return say.startsWith(`${by}: `) || say.startsWith(`${by} `) || / by (\S+?)(?=[\s:]|$)/.exec(say)?.[1] === by;
}

function named(say: string, by: string, people: People, room: number): string {
  const at = say.startsWith(by) ? 0 : say.indexOf(` by ${by}`) + ' by '.length;
  const name = people.name(by);
  return `${safe(say.slice(0, at), room)}${name}${safe(say.slice(at + by.length), Math.max(40, room - at - name.length))}`;
}

/** Several items as one message; at most MAX_LOG_LINES of them fit Slack's 3,000 characters twice over. */
export function logMessage(items: readonly TimelineItem[], people: People): Message {
  const half = Math.ceil(items.length / 2);
  const parts = items.length > 7 ? [items.slice(0, half), items.slice(half)] : [items];
  return {
    text: fallback(items.map(({ say }) => say).join('; ')) || 'The run went on.',
    blocks: parts.map((part) => section(part.map((item, index) => logLine(item, part[index - 1], people)).join('\n'))),
  };
}

/** Break-glass is loud: its own message, to everybody who could have approved, to be reviewed later. */
export function glassMessage({ run, plan, people }: Scene, { decision }: SignedDecision): Message {
  const gate = plan === null ? undefined : gateNamed(plan.core, decision.target);
  const mentions = (gate === undefined ? [] : mayApprove(gate, decision.by)).map((one) => people.mention(one));
  return {
    text: `BREAK-GLASS: ${people.name(decision.by)} overrode the rule ${safe(decision.override ?? '')} in the run ${safe(run.request.run)}: ${fallback(decision.reason)}`,
    blocks: [
      header('BREAK-GLASS: a rule was overridden'),
      section(
        `*${people.name(decision.by)}* overrode ${code(decision.override ?? '')} ${when(decision.at)} in ${code(run.request.run)}.\n*Reason* ${safe(decision.reason, 900)}`,
      ),
      section(
        `${mentions.length > 0 ? listed(mentions) : 'Everybody'}: look at it now if you can, and review it afterwards.`,
      ),
    ],
  };
}
