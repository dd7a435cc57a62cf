/**
 * The destination's word is not enough: HAProxy sends nothing to a server that its own checks hold for down, so a share
 * there would serve nobody (I1). Drained servers are checked like others. A server that was just readmitted is given
 * time for its checks to see it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../step-implementation.ts';

/** Below the step's limit of 15 s, with room for the change and the reading that proves it. */
const LIMIT_MS = 8_000;
const EVERY_MS = 250;

/** True, or why nobody is to be sent there. `down`: regions that the load balancer holds for down now. */
export async function untilUp(
  region: string,
  down: () => Promise<readonly string[]>,
  { progress, signal }: Pick<Context, 'progress' | 'signal'>,
  limitMs = LIMIT_MS,
): Promise<true | string> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    if (!(await down()).includes(region)) return true;
    if (performance.now() >= untilMs) return 'the load balancer holds its server for down by its own checks';
    progress(null, `waiting for the load balancer's checks to see ${region}`);
    await sleep(EVERY_MS, undefined, { signal });
  }
}
