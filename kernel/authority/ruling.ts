/**
 * Which estate file rules, where several control workers answer for one estate: kept in the lease, which all of them share.
 *
 * Every control worker polls the same queue, so one with another file (of a region that was away, of a half-finished
 * roll-out) would answer part of the tasks: starts refused, plans that flip, permits refused. It must not decide anything.
 *
 * Files are ordered by the `generation` that stands in them, which review raises with each change. A clock would order
 * them by when a disk was written, and a returned host writes its disk anew; a digest says only that two differ; a number
 * in the file is seen by whoever reviews it, and is the same on every host. Of two files of one generation the first that
 * was shown rules, because nobody can say which is right.
 *
 * Must never happen: a file rules because somebody says so. That one rules only keeps the others from answering; what is
 * permitted is still judged by each signer's and each agent's own file (I2). Nor: nobody rules any more, because those
 * that had the newest file died with it. So the place of a file that no living worker has may be taken, even by an older.
 */

/** A control worker and the estate file that it read. */
export interface OwnFile {
  /** Names the process and its host: `control/4711@host`. */
  readonly worker: string;
  readonly digest: string;
  readonly generation: number;
}

export interface Ruling extends OwnFile {
  /** When the first worker that had it showed it, in milliseconds since 1970. */
  readonly since: number;
}

/** A worker that answers nothing, because its file does not rule. */
export interface StandsAside extends OwnFile {
  /** When it said so last; it says it again every `SAID_AGAIN_MS`. */
  readonly at: number;
}

export interface RulingState {
  readonly ruling: Ruling | null;
  readonly aside: readonly StandsAside[];
}

export type RulingAnswer = { readonly rules: true } | { readonly rules: false; readonly ruling: Ruling };

export const NOBODY_RULES: RulingState = { ruling: null, aside: [] };

/** Type of the passing error of a control worker that does not answer; another one takes the task. */
export const STALE_ESTATE = 'stale-estate';

export const SAID_AGAIN_MS = 60_000;
/** A worker that has not said it for so long has ended, or has another file by now. */
const SAID_FOR_MS = 2.5 * SAID_AGAIN_MS;
/** More than an estate has control workers. */
const MAX_ASIDE = 50;

/** Whether a file rules already, would if it were shown, or does not. */
export function judgeFile(ruling: Ruling | null, { digest, generation }: OwnFile): 'rules' | 'newer' | 'aside' {
  if (ruling?.digest === digest) return 'rules';
  return ruling === null || generation > ruling.generation ? 'newer' : 'aside';
}

export interface Shown {
  readonly file: OwnFile;
  /** Digest of the ruling file whose place it takes, since no living worker has that one any more. */
  readonly instead?: string;
}

/** A control worker shows its file. */
export function showFile(
  state: RulingState,
  { file, instead }: Shown,
  now: number,
): { readonly state: RulingState; readonly answer: RulingAnswer } {
  const others = state.aside.filter(({ worker, at }) => worker !== file.worker && now - at < SAID_FOR_MS);
  const { ruling } = state;
  const judged = judgeFile(ruling, file);
  if (judged === 'aside' && ruling !== null && ruling.digest !== instead) {
    const aside = [...others, { ...file, at: now }].slice(-MAX_ASIDE);
    return { state: { ruling, aside }, answer: { rules: false, ruling } };
  }
  const rules = judged === 'rules' ? ruling : { ...file, since: now };
  // Whoever has this file too does not stand aside any more; it has not heard of it yet.
  const aside = others.filter(({ digest }) => digest !== file.digest);
  return { state: { ruling: rules, aside }, answer: { rules: true } };
}

/** Who stands aside at this moment. */
export function standingAside({ aside }: Pick<RulingState, 'aside'>, now: number): readonly StandsAside[] {
  return aside.filter(({ at }) => now - at < SAID_FOR_MS);
}

/** Why a worker stands aside, as a full sentence. */
export function asideText({ worker, generation, digest }: OwnFile, ruling: OwnFile): string {
  const mine = `generation ${generation} (${short(digest)})`;
  if (generation === ruling.generation)
    return `Control worker ${worker} stands aside: its estate file is ${mine}, and another of the same generation (${short(ruling.digest)}, first shown by ${ruling.worker}) is ruling. Give both the right file, with a higher generation.`;
  return `Control worker ${worker} stands aside: its estate file is ${mine}, generation ${ruling.generation} (${short(ruling.digest)}) is ruling. Give it the estate file that the others have.`;
}

/** A sentence for each worker that stands aside. */
export function asideTexts(state: RulingState, now: number): string[] {
  const { ruling } = state;
  return ruling === null ? [] : standingAside(state, now).map((one) => asideText(one, ruling));
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
