/**
 * What carries a run is killed in the middle of a graceful shift: both control workers, the agent of the load balancer,
 * Temporal itself. Pinned: a run that stops half-way, shifts twice, or shifts back by itself.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { performRun, startRun, UP_TIMEOUT_MS, untilEnded, untilStep, type WholeLab, wholeLab } from './whole-lab.ts';

let whole: WholeLab;
const ROUND_TIMEOUT_MS = 240_000;

beforeAll(async () => {
  whole = await wholeLab();
}, UP_TIMEOUT_MS);

afterEach(async () => {
  // Graceful there, so graceful back: nothing to repair.
  await performRun(whole, 'failback', { region: 'us-central1' });
}, ROUND_TIMEOUT_MS);

afterAll(async () => {
  await whole?.close();
});

describe('killed in mid-shift', () => {
  it.each([
    ['one of two control workers', ['control']],
    ['the agent of the load balancer', ['traffic-agent']],
    ['Temporal itself', ['temporal']],
  ])(
    '%s: the run goes on to its end, each shift once',
    async (_, targets) => {
      const { lab, ben } = whole;
      await lab.up();
      const run = await startRun(whole, 'failover', { from: 'us-central1' });
      await ben.approve({ run, by: 'ben', reason: 'a test' });
      await untilStep(whole, run, /^Set items to us-central1 45 %/);
      for (const target of targets) await lab.kill(target);
      for (const target of targets) await lab.start(target);
      const ended = await untilEnded(whole, run);
      expect(ended.status).toBe('done');
      const shifts = ended.timeline.filter(
        ({ kind, say, outcome }) => kind === 'step' && outcome === 'ok' && say.startsWith('Set items to'),
      );
      expect(shifts.map(({ say }) => say)).toEqual([
        'Set items to us-central1 45 %, europe-west1 55 %',
        'Set items to us-central1 25 %, europe-west1 75 %',
        'Set items to us-central1 0 % (drained), europe-west1 100 %',
      ]);
    },
    ROUND_TIMEOUT_MS,
  );
});
