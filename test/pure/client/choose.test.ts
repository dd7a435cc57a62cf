/** Pins: which run is meant by little or nothing: never one of several, and never an ended one by its region. */
import { describe, expect, it } from '@jest/globals';
import { chooseRun, noSuchRun } from '../../../client/runs/choose.ts';

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

  // It ended while somebody typed, and was then said never to have been.
  it('by a region or a runbook of which all have ended is none, and the last one is named', () => {
    expect(noSuchRun('lab', 'failover', [ENDED]).message).toBe(
      'No run about failover is open; the last one has ended: failover/lab/s-old.',
    );
    expect(noSuchRun('lab', 'nothing', [ENDED]).message).toBe('No run of lab is called that.');
  });

  it('by its id or a part of one is that run, ended or not', () => {
    expect(chooseRun([ENDED, OPEN], 'failover/lab/s-old')).toBe(ENDED.run);
    expect(chooseRun([ENDED, OPEN], 's-old')).toBe(ENDED.run);
    expect(chooseRun([ENDED, OPEN], 'new')).toBe(OPEN.run);
    expect(() => chooseRun([ENDED, OPEN], 's-')).toThrow(expect.objectContaining({ type: 'ambiguous-run' }));
  });

  it('by the beginning of its name as it is printed, with its runbook before it', () => {
    expect(chooseRun([ENDED, OPEN, BACK], 'failover/lab/s-n')).toBe(OPEN.run);
    expect(chooseRun([ENDED, OPEN, BACK], 'failb')).toBe(BACK.run);
    expect(chooseRun([OPEN, ENDED], 'failover/lab/s-x')).toBeUndefined();
    expect(() => chooseRun([ENDED, OPEN, BACK], 'failover/lab/s-')).toThrow(
      /failover\/lab\/s-old, failover\/lab\/s-new/,
    );
  });

  it('by the beginning of its request id before a part in the midst of another', () => {
    const other = { run: 'failover/lab/7-s-new', closed: false, about: ['failover'] };
    expect(chooseRun([OPEN, other], 's-n')).toBe(OPEN.run);
  });
});
