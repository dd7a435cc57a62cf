/** Failure modes pinned: a pause that keeps a process which was told to end; one that leaves its listener behind. */
import { describe, expect, it } from '@jest/globals';
import { pause } from '../../../host/pause.ts';

describe('a pause', () => {
  it('lasts as long as it was asked for', async () => {
    const startedMs = performance.now();
    await pause(30);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(29);
  });

  it('ends at once by its signal, also by one that was given before', async () => {
    const stopping = new AbortController();
    const all = Promise.all([pause(60_000, stopping.signal), pause(60_000, stopping.signal)]);
    stopping.abort();
    await all;
    await pause(60_000, stopping.signal);
  });
});
