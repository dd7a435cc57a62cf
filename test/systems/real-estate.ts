/**
 * The lab's real servers for the tests of `activities/`, and its estate as a worker would have it.
 *
 * With LIFEBOAT_TEST_LAB set, the instance of that name is used and left running (who set it ends it), so that several
 * files share one cluster; without it each file ends what it started.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Implementation } from '../../activities/step-implementation.ts';
import type { Estate } from '../../estate/schema.ts';
import { readEstate } from '../../host/estate-file.ts';
import { createSecrets, type Secrets } from '../../host/secrets.ts';
import { type Lab, openLab } from '../../lab/lab.ts';

/** From an empty cache the servers are obtained first. */
export const UP_TIMEOUT_MS = 600_000;

export interface RealEstate {
  readonly lab: Lab;
  readonly estate: Estate;
  /** Of the estate file. */
  readonly folder: string;
  readonly secrets: Secrets;
  close(): Promise<void>;
}

export async function openRealEstate(only: readonly string[]): Promise<RealEstate> {
  const shared = process.env.LIFEBOAT_TEST_LAB;
  const lab = await openLab({ name: shared ?? 'systems' });
  await lab.up({ only });
  const { estate, folder } = await readEstate(lab.estateFile);
  return {
    lab,
    estate,
    folder,
    secrets: createSecrets({ folder }),
    close: async () => {
      if (shared === undefined) await lab.down();
    },
  };
}

export interface TestContext extends Context {
  /** What was said on the way. */
  readonly said: string[];
}

export function contextOf({ runStartedAt = Date.now(), signal = new AbortController().signal } = {}): TestContext {
  const said: string[] = [];
  return {
    run: 'test/lab/1',
    runStartedAt,
    stepId: '1.1',
    direction: 'do',
    fence: null,
    signal,
    said,
    resumed: null,
    progress: (_, say) => {
      said.push(say);
    },
    now: Date.now,
  };
}

/** As the wrapper does it: read, act unless it is proven, read again. Gives the reading and what is not proven. */
export async function carryOut(
  step: Implementation | undefined,
  args: object,
  context: Context = contextOf(),
): Promise<{ reading: unknown; acted: boolean; proven: true | string }> {
  if (!step) throw new Error('there is no such step');
  const answer = (seen: unknown, acted: boolean) => ({
    reading: step.result(seen),
    acted,
    proven: step.proven?.(seen, args) ?? true,
  });
  const before = answer(await step.read(args, context), false);
  if (step.act === undefined || before.proven === true) return before;
  await step.act(args, context);
  return answer(await step.read(args, context), true);
}

/** Looks until it holds; a look that throws does not hold yet. */
export async function until(what: string, limitMs: number, look: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    if (await look().catch(() => false)) return;
    if (performance.now() > untilMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(100);
  }
}
