/**
 * Failure modes pinned: two bots that post; a bot that was killed and is never followed; a bot that waits and fills the
 * history; a holder that is forgotten when the history begins anew.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Lifeboat } from '../../client/api.ts';
import { openLifeboat } from '../../client/connect.ts';
import { noSigner } from '../../client/keys.ts';
import { postingId, postingQuery } from '../../kernel/run/messages.ts';
import { estateAt } from './harness/estate.ts';
import { devServer } from './harness/server.ts';
import { startWorkers } from './harness/workers.ts';
import { type Harness, startHarness } from './harness.ts';

const FOR_MS = 15_000;

let harness: Harness;
let lifeboat: Lifeboat;
let handle: WorkflowHandle;

beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

/** The operators' API on a server, and who posts there. */
async function openOn({ connection, client, namespace }: TestWorkflowEnvironment): Promise<void> {
  const { estate, digest } = estateAt('none');
  handle = client.workflow.getHandle(postingId(estate.name));
  const on = namespace ?? 'default';
  lifeboat = await openLifeboat({ estate, digest, signer: noSigner(), connection, namespace: on, environment: {} });
}

beforeEach(async () => openOn(harness.environment));
afterEach(async () => {
  await handle.terminate('the next test begins anew').catch(() => undefined);
});

const asks = (bot: string, forMs = FOR_MS) => lifeboat.post({ bot, forMs });
const events = async (): Promise<number> => (await handle.fetchHistory()).events?.length ?? 0;

async function leftMsOf(bot: string): Promise<number> {
  const answer = await asks(bot);
  if (answer.granted) throw new Error(`${bot} may post`);
  return answer.held.leftMs;
}

describe('of two bots', () => {
  it('one posts, and the other hears which and until when', async () => {
    const first = await asks('one');
    expect(first).toMatchObject({ granted: true, grant: { bot: 'one' } });
    const until = first.granted ? first.grant.until : 0;
    const answer = await asks('two');
    expect(answer).toEqual({ granted: false, held: { bot: 'one', until, leftMs: expect.any(Number) } });
    const leftMs = answer.granted ? 0 : answer.held.leftMs;
    expect(leftMs).toBeGreaterThan(FOR_MS / 2);
    expect(leftMs).toBeLessThanOrEqual(FOR_MS);
  }, 30_000);

  it('the other takes over when the time has run out, and not before', async () => {
    const first = await asks('one');
    await harness.environment.sleep((await leftMsOf('two')) - 5_000);
    expect(await asks('two')).toMatchObject({ granted: false });
    await harness.environment.sleep(5_000);
    const second = await asks('two');
    expect(second).toMatchObject({ granted: true, grant: { bot: 'two' } });
    if (first.granted && second.granted) expect(second.grant.since).toBeGreaterThanOrEqual(first.grant.until);
    expect(await asks('one')).toMatchObject({ granted: false, held: { bot: 'two' } });
  }, 30_000);

  it('the one that renews keeps it, in one term', async () => {
    const first = await asks('one');
    for (let round = 0; round < 5; round += 1) {
      await harness.environment.sleep(FOR_MS / 3);
      const renewed = await asks('one');
      expect(renewed.granted && first.granted && renewed.grant.since === first.grant.since).toBe(true);
      expect(await asks('two')).toMatchObject({ granted: false });
    }
  }, 30_000);

  it('the other may post at once when the one gives it back; nobody gives back what another holds', async () => {
    await asks('one');
    await lifeboat.stopPosting('two');
    expect(await asks('two')).toMatchObject({ granted: false });
    await lifeboat.stopPosting('one');
    expect(await asks('two')).toMatchObject({ granted: true, grant: { bot: 'two' } });
    expect(await asks('one')).toMatchObject({ granted: false });
  }, 30_000);

  it('the one that comes back in time knows that nobody has posted, and else that somebody may have', async () => {
    const first = await asks('one');
    await harness.environment.sleep(2 * FOR_MS);
    const alone = await asks('one');
    expect(alone.granted && first.granted && alone.grant.since === first.grant.since).toBe(true);
    await lifeboat.stopPosting('one');
    await asks('two');
    await lifeboat.stopPosting('two');
    const again = await asks('one');
    expect(again.granted && first.granted && again.grant.since > first.grant.since).toBe(true);
  }, 30_000);
});

describe('the history', () => {
  // The time-skipping server writes down every workflow task; the real one forgets those that only refused.
  it('does not grow while a bot waits', async () => {
    const environment = await devServer();
    const workers = await startWorkers(environment);
    try {
      await openOn(environment);
      await asks('one');
      const before = await events();
      for (let round = 0; round < 20; round += 1) expect(await asks('two')).toMatchObject({ granted: false });
      expect(await events()).toBe(before);
    } finally {
      await workers.stop();
      await environment.teardown();
    }
  }, 60_000);

  it('begins anew after many renewals, and the holder keeps its term', async () => {
    const first = await asks('one');
    const { runId } = await handle.describe();
    let renewals = 0;
    while ((await handle.describe()).runId === runId) {
      expect(renewals).toBeLessThan(400);
      renewals += 1;
      expect(await asks('one')).toMatchObject({ granted: true });
    }
    expect(await handle.query(postingQuery)).toMatchObject({ bot: 'one', since: first.granted && first.grant.since });
    expect(await asks('two')).toMatchObject({ granted: false, held: { bot: 'one' } });
  }, 60_000);
});

it('no bot may ask for so long that its end would silence the others', async () => {
  await expect(asks('one', 3_600_000)).rejects.toMatchObject({ type: 'posting-too-long' });
  await expect(asks('one', Number.NaN)).rejects.toMatchObject({ type: 'posting-too-long' });
  expect(await asks('two')).toMatchObject({ granted: true });
}, 30_000);
