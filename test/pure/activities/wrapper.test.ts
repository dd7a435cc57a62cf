/**
 * Pins: only what the contract lets out leaves a step, whatever it saw; a proof is judged by all that was seen; a try that
 * was cut short leaves the next one its place.
 */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type Attempt, defineActivities } from '../../../activities/define-activities.ts';
import { failureOf } from '../../../activities/failures.ts';
import { memoryMarks } from '../../../activities/fencing/marks.ts';
import {
  asSeen,
  type Context,
  type Implementations,
  implement,
  provenHealthy,
} from '../../../activities/step-implementation.ts';
import { LifeboatError, passing } from '../../../kernel/errors.ts';
import type { Json } from '../../../kernel/json.ts';
import { READ, step } from '../../../runbooks/steps/contract.ts';
import { HealthReading } from '../../../runbooks/steps/health.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

const estate = exampleEstate('lab');
const look = step({
  name: 'test.look',
  effect: 'read',
  args: z.strictObject({ thing: z.string() }),
  result: HealthReading,
  queue: () => 'lab.control',
  limits: READ,
  say: ({ thing }) => `Look at ${thing}`,
});

function call(
  implementations: Implementations,
  attempt: Partial<Attempt> = {},
  vantage?: string,
): Promise<unknown> | undefined {
  const { signal } = new AbortController();
  return defineActivities(implementations, {
    clock: () => 0,
    vantage,
    authority: { estate, estateDigest: 'd', signers: [] },
    marks: memoryMarks(),
    attempt: () => ({ attempt: 1, taskQueue: 'lab.control', signal, heartbeat: () => undefined, ...attempt }),
  })['test.look']?.({
    ...{ run: 'r', runStartedAt: 0, stepId: 's', direction: 'do', args: { thing: 'it' } },
    ...{ estateDigest: 'd', fence: null, permit: null },
  });
}

describe('what was seen', () => {
  const seeing = (lacks: string | undefined) =>
    implement(look, {
      read: async ({ thing }) => ({ reading: { healthy: true, why: `${thing} is there` }, lacks, token: 'secret' }),
      proven: (seen) => seen.lacks ?? true,
      result: ({ reading }) => reading,
    });

  it('proves the step, and leaves it only as the result', async () => {
    expect(await call(seeing(undefined))).toEqual({ result: { healthy: true, why: 'it is there' }, acted: false });
    await expect(call(seeing('its file is old'))).rejects.toMatchObject({
      type: 'not-proven',
      message: expect.stringMatching(/^“.*” does not hold: its file is old\.$/),
      mend: expect.stringMatching(/^Look at .*retry.*skip/),
    });
  });

  it('says from which region it was read, where the process stands in one', async () => {
    expect(await call(seeing(undefined), {}, 'europe-west1')).toMatchObject({ from: 'europe-west1' });
  });

  it('says so too where nothing could be read: another region may reach it', async () => {
    const silent = implement(look, {
      read: async () => {
        throw passing('unreachable', 'It did not answer.', 'it', 'Start it.');
      },
      result: () => ({ healthy: true, why: '' }),
    });
    await expect(call(silent, {}, 'europe-west1')).rejects.toMatchObject({ type: 'unreachable', from: 'europe-west1' });
    const sent = failureOf(passing('unreachable', '', '', ''), 'x', false);
    expect(sent).toMatchObject({ details: [{ where: '', mend: '' }] });
    const seen = new LifeboatError({ type: 'a', message: '', where: '', mend: '', retryable: true, from: 'eu' });
    expect(failureOf(seen, 'x', false)).toMatchObject({ details: [{ from: 'eu' }] });
  });

  it('is the result itself where nothing is left out, and never more than the contract has', async () => {
    const healthy = { healthy: true, why: '' };
    expect(await call(implement(look, { read: async () => healthy, proven: provenHealthy, result: asSeen }))).toEqual({
      result: healthy,
      acted: false,
    });
    const more = implement(look, { read: async () => ({ ...healthy, more: 1 }), result: asSeen });
    await expect(call(more)).rejects.toThrow('more');
    const sick = implement(look, { read: async () => ({ ...healthy, healthy: false, why: 'ill' }), result: asSeen });
    expect(await call(sick)).toMatchObject({ result: { healthy: false } });
  });

  it('does not compile where it is not what the contract says', () => {
    // @ts-expect-error the contract has `healthy` and `why`
    implement(look, { read: async () => ({ healthy: 'yes' }), result: asSeen });
    // @ts-expect-error the contract has no such argument
    implement(look, { read: async ({ other }) => ({ healthy: true, why: String(other) }), result: asSeen });
  });
});

describe('a try that was cut short', () => {
  /** A long step, as the last heartbeat left it; gives what it saw of the last try, and what it said. */
  async function attempt(lastHeartbeat: unknown, work: (context: Context) => void = () => undefined) {
    const said: Json[] = [];
    let resumed: Json = 'not called';
    const long = implement(look, {
      async read(_, context) {
        resumed = context.resumed;
        work(context);
        return { healthy: true, why: '' };
      },
      result: asSeen,
    });
    await call(long, { lastHeartbeat, heartbeat: (details) => said.push(details) });
    return { resumed, said };
  }

  it('leaves its place to the next, also through one that only told how far it is', async () => {
    const first = await attempt(undefined, ({ progress }) => progress(0.5, 'half', { upTo: 500 }));
    expect(first.resumed).toBeNull();
    const second = await attempt(first.said.at(-1), ({ progress }) => progress(0.5, 'going on'));
    expect(second.resumed).toEqual({ upTo: 500 });
    expect((await attempt(second.said.at(-1))).resumed).toEqual({ upTo: 500 });
  });

  it.each([[null], ['half'], [{ fraction: 2 }]])('and said %j leaves nothing', async (lastHeartbeat) => {
    expect((await attempt(lastHeartbeat)).resumed).toBeNull();
  });
});
