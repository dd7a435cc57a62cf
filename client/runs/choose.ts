/** Which run is meant by what a person wrote, or by nothing at all. Pure. */
import { type LifeboatError, refusal } from '../../kernel/errors.ts';

export interface Choosable {
  readonly run: string;
  readonly closed: boolean;
  /** Its runbook, and the regions that its input names. */
  readonly about: readonly string[];
}

const NAMES_SHOWN = 5;

/**
 * A whole name or request id, then a region or a runbook of an open run, then the beginning of either name as it is printed,
 * and last any part of the request id. Undefined when none fits. @throws LifeboatError `ambiguous-run`, naming those that do.
 */
export function chooseRun(known: readonly Choosable[], written: string | undefined): string | undefined {
  const open = known.filter(({ closed }) => !closed);
  if (written === undefined) return only(open, 'What is open');
  const requestId = ({ run }: Choosable): string => run.split('/').slice(2).join('/');
  const exact = known.filter((one) => one.run === written || requestId(one) === written);
  if (exact.length > 0) return only(exact, written);
  const about = open.filter((one) => one.about.includes(written));
  if (about.length > 0) return only(about, written);
  // A runbook's name, or the beginning of one, says nothing of which of its ended runs is meant.
  const namesMore = written.includes('/');
  const begun = known.filter(
    (one) => requestId(one).startsWith(written) || (one.run.startsWith(written) && (namesMore || !one.closed)),
  );
  if (begun.length > 0) return only(begun, written);
  return only(
    known.filter((one) => requestId(one).includes(written)),
    written,
  );
}

function only(fitting: readonly Choosable[], written: string): string | undefined {
  if (fitting.length <= 1) return fitting[0]?.run;
  const names = fitting.slice(0, NAMES_SHOWN).map(({ run }) => run);
  const more = fitting.length > names.length ? ` and ${fitting.length - names.length} more` : '';
  const where = 'run';
  throw refusal('ambiguous-run', `${written} fits ${names.join(', ')}${more}.`, where, 'Write more of the name.');
}

/** @param known the newest first: one that has ended is named, and never taken for the open one that was meant */
export function noSuchRun(
  estate: string,
  written: string | undefined,
  known: readonly Choosable[] = [],
): LifeboatError {
  const mend = 'See which there are: `lifeboat list`.';
  const ended =
    written === undefined ? undefined : known.find(({ closed, about }) => closed && about.includes(written));
  if (ended !== undefined) {
    return refusal(
      'unknown-run',
      `No run about ${written} is open; the last one has ended: ${ended.run}.`,
      'run',
      `Look at it: \`lifeboat status ${ended.run}\`.`,
    );
  }
  return written === undefined
    ? refusal('unknown-run', `No run of ${estate} is open.`, 'run', mend)
    : refusal('unknown-run', `No run of ${estate} is called that.`, written, mend);
}
