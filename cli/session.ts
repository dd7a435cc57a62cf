/** What a verb works with: the estate, the person and their key, the connection, and the two streams. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Lifeboat, Signer } from '../client/api.ts';
import { openLifeboat } from '../client/connect.ts';
import { noSigner, personSigner } from '../client/keys.ts';
import { type GoodEstate, parseEstate, refusalOf } from '../estate/file/parse.ts';
import { own } from '../estate/lookup.ts';
import { LifeboatError, refusal } from '../kernel/errors.ts';
import type { PlanAnswer } from '../kernel/run/state.ts';
import { paintFor, type Sheet } from './render/text.ts';

type Environment = { readonly [name: string]: string | undefined };

/** The process as a verb sees it; tests give their own. */
export interface Terminal {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
  readonly environment: Environment;
  readonly folder: string;
  readonly now: () => number;
  /** Ends `watch` and `--wait`: Ctrl-C. */
  readonly signal: AbortSignal;
  /** In place of a connection to Temporal. */
  readonly open?: (options: { readonly estate: GoodEstate; readonly signer: Signer }) => Promise<Lifeboat>;
}

/** Options that every verb takes. */
export interface GlobalOptions {
  readonly estate?: string;
  readonly as?: string;
  readonly key?: string;
  readonly json?: boolean;
}

export interface Session {
  readonly lifeboat: Lifeboat;
  readonly estate: GoodEstate['estate'];
  /** Who decides; @throws LifeboatError `no-key` where no key was given. */
  readonly person: () => string;
}

const DEFAULT_WIDTH = 100;

/** Text of the estate file. @throws LifeboatError `no-estate`. */
export async function readEstateText(terminal: Terminal, path: string): Promise<string> {
  try {
    return await readFile(resolve(terminal.folder, path), 'utf8');
  } catch {
    const mend = 'Name it with `--estate FILE`, or set LIFEBOAT_ESTATE.';
    throw refusal('no-estate', 'The estate file cannot be read.', path, mend);
  }
}

export function estatePath({ environment }: Terminal, options: GlobalOptions): string {
  return options.estate ?? environment.LIFEBOAT_ESTATE ?? 'estate.yaml';
}

/** Opens what a verb needs, runs it, and closes the connection whatever happened. */
export async function withSession<T>(
  terminal: Terminal,
  options: GlobalOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const path = estatePath(terminal, options);
  const parsed = parseEstate(await readEstateText(terminal, path), path);
  if (!parsed.ok) throw refusalOf(parsed.problems);
  const { estate } = parsed;
  const keyPath = options.key ?? terminal.environment.LIFEBOAT_KEY;
  const named = options.as ?? terminal.environment.LIFEBOAT_PERSON;
  const known =
    keyPath === undefined ? undefined : await personSigner(estate, resolve(terminal.folder, keyPath), named);
  const signer = known?.signer ?? noSigner();
  const lifeboat = terminal.open
    ? await terminal.open({ estate: parsed, signer })
    : await openLifeboat({
        estate,
        digest: parsed.digest,
        signer,
        folder: dirname(resolve(terminal.folder, path)),
        environment: terminal.environment,
      });
  try {
    return await work({
      lifeboat,
      estate,
      person() {
        if (known) return known.person;
        const mend = 'Give `--as PERSON --key FILE`, or set LIFEBOAT_PERSON and LIFEBOAT_KEY.';
        throw refusal('no-key', 'This must be signed, and no key was given.', 'key', mend);
      },
    });
  } finally {
    await lifeboat.close();
  }
}

/** How wide and in which colors to write, and by which names to call people. */
export function sheetFor(terminal: Terminal, estate?: GoodEstate['estate']): Sheet {
  return {
    width: terminal.out.isTTY ? Math.max(40, Math.min(terminal.out.columns, 140)) : DEFAULT_WIDTH,
    paint: paintFor(terminal.out, terminal.environment),
    now: terminal.now(),
    nameOf: (person) => (estate && own(estate.people, person)?.name) ?? person,
  };
}

/** The one document of `--json`, or text. */
export function print(terminal: Terminal, options: GlobalOptions, json: object, text: string): void {
  terminal.out.write(options.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
}

/** The plan if it can be had: without it less is shown, and an ended run without a worker still has its state. */
export async function planIfAny(lifeboat: Lifeboat, run: string): Promise<PlanAnswer | undefined> {
  try {
    return await lifeboat.plan(run);
  } catch (error) {
    if (LifeboatError.is(error)) return undefined;
    throw error;
  }
}
