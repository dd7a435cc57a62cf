/**
 * What all systems of the memory estate stand on: regions that can be lost, and the record of every effect.
 *
 * Must never happen: a step changes the world around `change`, which writes down under whose permit and fence it was.
 */
import type { Estate } from '../../estate/schema.ts';
import type { Fence } from '../../kernel/authority/fence.ts';
import { type Random, randomFrom } from './random.ts';

/** `cut`: it lives, and its own clients reach it, but nothing outside does. `dead`: ended uncleanly. */
export type RegionState = 'up' | 'cut' | 'dead';

/** One change that a step made. */
export interface Effect {
  readonly at: number;
  readonly run: string;
  readonly stepId: string;
  readonly direction: 'do' | 'undo';
  readonly fence: Fence;
  readonly say: string;
}

export interface Ground {
  readonly estate: Estate;
  readonly random: Random;
  readonly regions: Map<string, RegionState>;
  readonly effects: Effect[];
  /** Told after every effect; throws to fail the test. */
  readonly watchers: ((effect: Effect) => void)[];
}

/** All regions up, nothing done yet. */
export function createGround(estate: Estate, seed: number): Ground {
  return {
    estate,
    random: randomFrom(seed),
    regions: new Map(Object.keys(estate.regions).map((region) => [region, 'up'])),
    effects: [],
    watchers: [],
  };
}

/** What a step knows of the call that changes the world. */
export interface Doer {
  readonly run: string;
  readonly stepId: string;
  readonly direction: 'do' | 'undo';
  readonly fence: Fence | null;
  now(): number;
}

/** The only way in which a step changes the world: at once, whole, and written down. */
export function change(world: Ground, doer: Doer, say: string, mutate: () => void): void {
  if (doer.fence === null) throw new Error(`${doer.stepId} changes the world without a fence.`);
  mutate();
  const { run, stepId, direction, fence } = doer;
  const effect: Effect = { at: doer.now(), run, stepId, direction, fence, say };
  world.effects.push(effect);
  for (const watcher of world.watchers) watcher(effect);
}

/** Whether anything outside the region can speak with it. */
export function answers(world: Ground, region: string): boolean {
  return world.regions.get(region) === 'up';
}
