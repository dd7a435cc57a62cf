/**
 * Owns the marker that says whether this region's service may serve: a file in its folder, named `admitted` while it
 * is stopped and `serving` while it runs.
 *
 *   start     admitted -> serving            serving or nothing found: not admitted
 *   readmit   (anything) -> serving
 *   withhold  serving, admitted -> (nothing)
 *   stop      serving -> admitted            only when it was admitted, and only after the last answer
 *
 * What must never happen: a service that ended uncleanly serves again by itself, because its region may have missed
 * writes (I1: traffic goes only where health has been shown). So the change on disk that forbids comes before the one
 * that allows, and whatever dies between two of them leaves "not admitted".
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from '../../../host/whole-files.ts';
import { type DurableFiles, durableFiles } from './durable.ts';

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly why: string };

export interface Marker {
  /** What holds now; before `start` nothing is admitted. */
  admission(): Admission;
  /** Reads the marker of the last run and takes it. Call it once, after the port is bound: the port is the lock. */
  start(): Promise<Admission>;
  readmit(): Promise<void>;
  withhold(): Promise<void>;
  /** The clean stop: call it last, when no request is in flight. */
  stop(): Promise<void>;
}

const ADMITTED_FILE = 'admitted';
const SERVING_FILE = 'serving';

/** Writes the marker of a service that never ran: what whoever sets it up does once. Makes the folder. */
export async function writeAdmitted(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await durableFiles.replace(join(folder, ADMITTED_FILE), `${new Date().toISOString()}\n`);
}

/** The marker in `folder`, which must exist. `files` is replaced in tests only. */
export function openMarker(folder: string, files: DurableFiles = durableFiles): Marker {
  const admittedPath = join(folder, ADMITTED_FILE);
  const servingPath = join(folder, SERVING_FILE);
  let admission: Admission = { admitted: false, why: 'starting' };
  // One change at a time: a stop that overtakes a withhold must not bring the marker back.
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = last.then(change);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function start(): Promise<Admission> {
    const serving = (await readIfThere(servingPath)) !== undefined;
    const admitted = (await readIfThere(admittedPath)) !== undefined;
    if (serving) {
      // Kept, so that a further restart says so too. A stray `admitted` beside it must not win later.
      if (admitted) await files.remove(admittedPath);
      admission = { admitted: false, why: 'not admitted: it ended uncleanly, and may have missed writes' };
      return admission;
    }
    if (!admitted) {
      admission = { admitted: false, why: 'not admitted: withheld, or never admitted' };
      return admission;
    }
    await files.rename(admittedPath, servingPath);
    admission = { admitted: true };
    return admission;
  }

  async function readmit(): Promise<void> {
    await files.replace(servingPath, `${new Date().toISOString()}\n`);
    await files.remove(admittedPath);
    admission = { admitted: true };
  }

  async function withhold(): Promise<void> {
    admission = { admitted: false, why: 'not admitted: withheld' };
    // `admitted` first: with `serving` still there a crash reads as an unclean end.
    await files.remove(admittedPath);
    await files.remove(servingPath);
  }

  async function stop(): Promise<void> {
    if (!admission.admitted) return;
    admission = { admitted: false, why: 'stopped' };
    await files.rename(servingPath, admittedPath);
  }

  return {
    admission: () => admission,
    start: () => inTurn(start),
    readmit: () => inTurn(readmit),
    withhold: () => inTurn(withhold),
    stop: () => inTurn(stop),
  };
}
