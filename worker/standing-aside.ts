/**
 * A control worker takes tasks only while its estate file rules. Where another one does it stands aside by itself, says so,
 * and goes on looking: when its file is renewed it begins anew with that, and when nobody rules any more it takes its place.
 *
 * Its workflows run on meanwhile: they decide nothing from a file, and the lease, which is one of them, must answer.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Standing } from '../activities/lease/standing.ts';
import { asideText, type OwnFile } from '../kernel/authority/ruling.ts';
import { LifeboatError } from '../kernel/errors.ts';

export interface AsideDeps {
  readonly standing: Standing;
  readonly file: OwnFile;
  /** Begins to take tasks; answers how that is ended. */
  readonly poll: () => Promise<() => Promise<void>>;
  /** Digest of the file as it lies on the disk now; undefined where it cannot be read, or is half written. */
  readonly digestNow: () => Promise<string | undefined>;
  readonly say: (line: string) => void;
  /** Aborted when the process is told to end. */
  readonly signal: AbortSignal;
  /** Between two looks; 5 s when left out. A task that was refused is looked after at once. */
  readonly everyMs?: number;
}

/** Ends with `renewed` where the process should begin anew with the file that it has now. */
export async function takeTasksWhileRuling(deps: AsideDeps): Promise<'stopped' | 'renewed'> {
  const { standing, file, signal, everyMs = 5_000 } = deps;
  let stop: (() => Promise<void>) | undefined;
  let said = '';
  const say = (line: string): void => {
    if (line !== said) deps.say(line);
    said = line;
  };
  let wake = new AbortController();
  standing.onAside(() => wake.abort());
  try {
    while (!signal.aborted) {
      const answer = await known(standing, say);
      if (answer?.rules && !stop) {
        stop = await deps.poll();
        say(`takes tasks: its estate file is generation ${file.generation}, which is ruling`);
      }
      if (answer?.rules === false) {
        say(asideText(file, answer.ruling));
        await stop?.();
        stop = undefined;
        const digest = await deps.digestNow();
        if (digest !== undefined && digest !== file.digest) {
          say('its estate file was renewed; it begins anew with it');
          return 'renewed';
        }
      }
      // What was refused before this look is behind us; what is refused from here on wakes it.
      if (stop === undefined || wake.signal.aborted) wake = new AbortController();
      await wait(everyMs, undefined, { signal: AbortSignal.any([signal, wake.signal]) }).catch(() => undefined);
    }
    return 'stopped';
  } finally {
    await stop?.();
  }
}

/** Undefined where nobody could be asked: then it takes no more tasks than before, and each asks for itself. */
async function known(standing: Standing, say: (line: string) => void) {
  try {
    return await standing.ask();
  } catch (error) {
    if (!LifeboatError.is(error)) throw error;
    say(error.message);
    return undefined;
  }
}
