/**
 * `/lifeboat …`: the verbs of the terminal, answered to the person alone. Whatever could do harm opens a modal first.
 *
 * Must never happen: a second run from one command; the run's id comes from the trigger, so a repeated delivery finds
 * the first one.
 */
import { createHash } from 'node:crypto';
import type { Command } from '../../client/grammar/command.ts';
import { helpText } from '../../client/grammar/help.ts';
import { parseCommand } from '../../client/grammar/parse.ts';
import { EMPTY_LEASE } from '../../kernel/authority/lease.ts';
import { LifeboatError } from '../../kernel/errors.ts';
import { leaseAnswer, listAnswer, statusAnswer, tell, textAnswer, whoAnswer, withAside } from '../blocks/answers.ts';
import type { Message } from '../blocks/text.ts';
import { type Deps, readRun, refusalMessage } from './context.ts';
import { fillAbort, fillBreakGlass, fillResolve, fillReview, inModal } from './review.ts';

export interface Slash {
  readonly user: string;
  readonly trigger: string;
  readonly text: string;
}

const LIST_LIMIT = 20;

/** What parses badly is answered at once: what is wrong, and the nearest line that would be right. */
export function misread(text: string): Message | undefined {
  const parsed = parseCommand(text);
  if (parsed.ok) return undefined;
  return tell(`${parsed.problem} ${parsed.mend}\nNearest: /lifeboat ${parsed.nearest}`);
}

/** The same for every delivery of one command. */
export function requestIdOf(trigger: string): string {
  return `s-${createHash('sha256').update(`slack ${trigger}`).digest('hex').slice(0, 12)}`;
}

/** Does it; undefined when a modal says everything. Refusals are answers. */
export async function answerSlash(deps: Deps, slash: Slash): Promise<Message | undefined> {
  const parsed = parseCommand(slash.text);
  if (!parsed.ok) return misread(slash.text);
  try {
    return await carryOut(deps, slash, parsed.command);
  } catch (error) {
    return refusalMessage(error);
  }
}

async function carryOut(deps: Deps, slash: Slash, command: Command): Promise<Message | undefined> {
  const modal = modalOf(deps, command);
  if (modal !== undefined) {
    await inModal(deps, { ...slash, title: modal.title }, async (person) => modal.fill(person));
    return undefined;
  }
  const person = await deps.identify(slash.user);
  const { lifeboat, people } = deps;
  switch (command.verb) {
    case 'help':
      return textAnswer('What can be said after /lifeboat', helpText(command.about));
    case 'list':
      return listAnswer(await lifeboat.list({ limit: LIST_LIMIT }), people);
    case 'plan':
    case 'run':
      return start(deps, slash, command, person.id);
    case 'status':
      return command.run === undefined
        ? statusOfAll(deps)
        : statusAnswer((await readRun(deps, await lifeboat.find(command.run))).scene);
    case 'who':
      return whoAnswer((await readRun(deps, await lifeboat.find(command.run))).scene, await lifeboat.lease());
    case 'freeze':
    case 'thaw': {
      await lifeboat.freeze({
        what: command.what,
        on: command.verb === 'freeze',
        by: person.id,
        reason: command.reason,
      });
      return leaseAnswer(await lifeboat.lease(), people);
    }
    default:
      return steer(deps, command, person.id);
  }
}

type Steering = Extract<Command, { run: string }>;

async function steer({ lifeboat, projector }: Deps, command: Command, by: string): Promise<Message> {
  const { run: name, ...rest } = command as Steering;
  const run = await lifeboat.find(name);
  const request = { run, by, ...('reason' in rest && rest.reason !== '' && { reason: rest.reason }) };
  if (rest.verb === 'pause') await lifeboat.pause(request);
  else if (rest.verb === 'resume') await lifeboat.resume(request);
  else if (rest.verb === 'reject') await lifeboat.reject(request);
  else if (rest.verb === 'resolve') await lifeboat.resolve({ ...request, choice: rest.choice });
  projector.notice(run);
  return tell(`Recorded with your name: ${rest.verb} ${run}.`);
}

type Fill = Parameters<typeof inModal>[2];

/** The verbs that are reviewed or confirmed before they act. */
function modalOf(deps: Deps, command: Command): { title: string; fill: Fill } | undefined {
  const found = (name: string) => deps.lifeboat.find(name);
  switch (command.verb) {
    case 'approve':
      return { title: 'Review', fill: async (person) => fillReview(deps, person, await found(command.run)) };
    case 'abort':
      return { title: 'Abort the run', fill: async (person) => fillAbort(deps, person, await found(command.run)) };
    case 'break-glass':
      return {
        title: 'Break the glass',
        fill: async (person) => fillBreakGlass(deps, person, { ...command, run: await found(command.run) }),
      };
    case 'resolve': {
      const { choice } = command;
      if (choice !== 'skip' && choice !== 'abort') return undefined;
      const title = choice === 'skip' ? 'Skip the step' : 'Abort the run';
      return { title, fill: async (person) => fillResolve(deps, person, await found(command.run), choice) };
    }
    default:
      return undefined;
  }
}

/** Posts nothing: the card comes from the projector, whoever started the run. */
async function start(
  deps: Deps,
  { trigger }: Slash,
  { verb, runbook, input, reason }: Extract<Command, { verb: 'plan' | 'run' }>,
  by: string,
): Promise<Message> {
  const { run } = (
    await deps.lifeboat.start({
      runbook,
      input,
      mode: verb === 'run' ? 'live' : 'plan',
      by,
      requestId: requestIdOf(trigger),
      ...(reason !== '' && { reason }),
    })
  ).request;
  deps.projector.notice(run);
  return statusAnswer((await readRun(deps, run)).scene);
}

async function statusOfAll({ lifeboat, people }: Deps): Promise<Message> {
  const open = await lifeboat.list({ open: true, limit: LIST_LIMIT });
  const message = open.length === 0 ? tell('No run is open.') : listAnswer(open, people);
  // Where no control worker answers, the list is all that can be had.
  const lease = await lifeboat.lease().catch((error: unknown) => {
    if (LifeboatError.is(error)) return EMPTY_LEASE;
    throw error;
  });
  return withAside(message, lease);
}
