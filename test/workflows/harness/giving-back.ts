/** A failover whose destination fails on the way, and the answer that gives everything back. */
import { expect } from '@jest/globals';
import type { RunView } from '../../../kernel/run/state.ts';
import { type Harness, oneEntrance, type Running, type Stage } from '../harness.ts';

const LOOK_MS = 500;

/** A graceful failover in whose hold something `happens`; it has asked. */
export async function asksIn(
  harness: Harness,
  hold: string,
  happens: (stage: Stage) => Promise<void> | void,
): Promise<{ stage: Stage; running: Running; asked: RunView }> {
  const stage = harness.stage({ change: oneEntrance });
  const running = await harness.approved(stage);
  await harness.until(running, (view) => view.hold?.id === hold, LOOK_MS);
  await happens(stage);
  stage.watch.renew();
  return { stage, running, asked: await harness.reaches(running, 'question', LOOK_MS) };
}

/** Answers so; the way back waits at its gate. */
export async function givesBack(harness: Harness, running: Running): Promise<void> {
  expect((await running.decide('resolve', 'ada', { choice: 'give-back' })).refused).toBeUndefined();
  await harness.reaches(running, 'gate', LOOK_MS);
}
