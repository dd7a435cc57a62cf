/**
 * The demo's own story, through the stand-in for Slack: a region dies under load, fails over, returns, is repaired and
 * fails back; no acknowledged write is lost. Pinned: a dead region that stays in service, a stale one that comes back by
 * itself, a write that was acknowledged and is gone.
 */

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../demo/outcome.ts';
import { tellStory } from '../../demo/story.ts';
import { refusalToCut } from '../../lab/faults/cut.ts';
import { UP_TIMEOUT_MS, type WholeLab, wholeLab } from './whole-lab.ts';

let whole: WholeLab;
let outcome: Outcome;
const said: string[] = [];

beforeAll(async () => {
  whole = await wholeLab();
  outcome = await tellStory(whole.lab, { played: true, fresh: false, say: (line) => void said.push(line) });
}, 2 * UP_TIMEOUT_MS);

afterAll(async () => {
  await whole?.close();
});

describe('a region dies under load', () => {
  it('ends with every proof held', () => {
    expect(outcome.problems).toEqual([]);
    expect(outcome.ok).toBe(true);
  });

  it('loses no acknowledged write, though some were stranded while the region was away', () => {
    expect(outcome.lostWrites).toBe(0);
    if (refusalToCut() === undefined) expect(outcome.strandedWrites).toBeGreaterThan(0);
    else expect(outcome.strandedWrites).toBeGreaterThanOrEqual(0);
  });

  it('fails no request that was sent one second after the approval or later', () => {
    expect(outcome.failedAfterApproval).toBe(0);
    expect(outcome.failedRequests).toBeGreaterThan(0);
  });

  it('measures recovery time and data loss from the canary outside', () => {
    expect(outcome.rtoSeconds).toBeGreaterThan(0);
    expect(outcome.rtoSeconds).toBeLessThan(120);
    expect(outcome.rtoFromApprovalSeconds).toBeGreaterThan(0);
    expect(outcome.rpoSeconds).not.toBeNull();
  });

  it('finds that the automatic load balancer rescued first, and makes it stick', () => {
    expect(said.join('\n')).toMatch(/Traffic items-auto: .*it holds us-central1 for down by its own checks/);
    expect(said.join('\n')).toMatch(/Set items-auto to us-central1 0 % \(drained\)/);
  });

  it('repairs before it readmits, and readmits before it shifts', () => {
    const at = (text: string): number => said.findIndex((line) => line.includes(`· ${text}`));
    expect(at('Full repair of shop')).toBeGreaterThan(-1);
    expect(at('Readmit items in us-central1')).toBeGreaterThan(at('Full repair of shop'));
    expect(at('Set items to us-central1 5 %')).toBeGreaterThan(at('Readmit items in us-central1'));
  });

  it('writes a report of each run that a browser can show', async () => {
    expect(outcome.reports).toHaveLength(2);
    for (const report of outcome.reports) expect(await readFile(report, 'utf8')).toContain('<html');
  });
});
