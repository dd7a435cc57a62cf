/**
 * What a woken person needs of a plan, for every message that shows one: what was found and since when, warnings, and what is
 * left out. In which order, `client/plan-order.ts` says. Pure.
 */
import type { KnownBlock } from '@slack/types';
import { inPlanOrder, PART_TITLES } from '../../client/plan-order.ts';
import type { Plan, PlanView } from '../../kernel/plan/plan.ts';
import { hasEnded } from '../../kernel/run/state.ts';
import { factText } from '../../kernel/run/words.ts';
import type { Scene } from './scene.ts';
import { list, safe, when } from './text.ts';

/** How much of each part a message has room for. */
export interface BriefRoom {
  readonly facts: number;
  readonly others: number;
}

const ALL: BriefRoom = { facts: 25, others: 25 };

/** Where the rest of a list can be read. */
export function moreText({ run }: Pick<Scene, 'run'>): string {
  return `\`lifeboat status ${safe(run.request.run, 120)}\``;
}

/** The first parts of a plan; those that are empty are left out. An ended run is told as what was. */
export function briefParts(
  { run, plan }: Scene,
  more: string,
  room = ALL,
): { readonly found: KnownBlock[]; readonly warnings: KnownBlock[]; readonly leftOut: KnownBlock[] } {
  if (plan === null) return { found: [], warnings: [], leftOut: [] };
  const { view }: Plan = plan;
  const lines = (title: string, all: readonly string[], most: number) =>
    all.length === 0 ? [] : [list(title, all, more, most)];
  return {
    found: lines(hasEnded(run) ? 'What was found then' : PART_TITLES.found, view.facts.map(factLine), room.facts),
    warnings: lines(
      hasEnded(run) ? 'Warnings then' : PART_TITLES.warnings,
      view.warnings.map((one) => safe(one, 400)),
      room.others,
    ),
    leftOut: lines(
      hasEnded(run) ? 'Was left out' : PART_TITLES.leftOut,
      view.leftOut.map(({ what, because }) => `${safe(what, 200)}, because ${safe(because, 300)}`),
      room.others,
    ),
  };
}

/** The same as blocks, in their order. */
export function briefBlocks(scene: Scene, more: string, room = ALL): KnownBlock[] {
  return inPlanOrder<KnownBlock>(briefParts(scene, more, room));
}

function factLine(fact: PlanView['facts'][number]): string {
  const value = { ...fact, value: safe(fact.value, 300) };
  return `${safe(fact.label, 100)}: ${factText(value, when)}`;
}
