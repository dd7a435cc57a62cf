/** Pins: which run is meant by little or nothing: never one of several, and never an ended one by its region. */
import { describe, expect, it } from '@jest/globals';
import { chooseRun } from '../../../client/runs/choose.ts';

const ENDED = { run: 'failover/lab/s-old', closed: true, about: ['failover', 'us-central1'] };
const OPEN = { run: 'failover/lab/s-new', closed: false, about: ['failover', 'us-central1', 'europe-west1'] };
const BACK = { run: 'failback/lab/s-back', closed: false, about: ['failback', 'us-central1'] };

describe('the run that is meant', () => {
  it('without a name is the only open one', () => {
    expect(chooseRun([ENDED, OPEN], undefined)).toBe(OPEN.run);
    expect(chooseRun([ENDED], undefined)).toBeUndefined();
    expect(() => chooseRun([OPEN, BACK], undefined)).toThrow(expect.objectContaining({ type: 'ambiguous-run' }));
  });

  it('by a region or a runbook is the only open one about it', () => {
    expect(chooseRun([ENDED, OPEN], 'us-central1')).toBe(OPEN.run);
    expect(chooseRun([ENDED, OPEN, BACK], 'failback')).toBe(BACK.run);
    expect(chooseRun([ENDED, OPEN, BACK], 'europe-west1')).toBe(OPEN.run);
    expect(() => chooseRun([OPEN, BACK], 'us-central1')).toThrow(/failover\/lab\/s-new, failback\/lab\/s-back/);
    expect(chooseRun([ENDED], 'failover')).toBeUndefined();
  });

  it('by its id or a part of one is that run, ended or not', () => {
    expect(chooseRun([ENDED, OPEN], 'failover/lab/s-old')).toBe(ENDED.run);
    expect(chooseRun([ENDED, OPEN], 's-old')).toBe(ENDED.run);
    expect(chooseRun([ENDED, OPEN], 'new')).toBe(OPEN.run);
    expect(() => chooseRun([ENDED, OPEN], 's-')).toThrow(expect.objectContaining({ type: 'ambiguous-run' }));
  });
});
