/** A process's own copy of the estate file; it alone counts for what that process may do (I2). */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { mustParseEstate } from '../estate/file/parse.ts';
import type { Estate } from '../estate/schema.ts';
import { refusal } from '../kernel/errors.ts';

export interface OwnEstate {
  readonly estate: Estate;
  readonly digest: string;
  /** Absolute: where the relative paths of the estate file begin. */
  readonly folder: string;
}

/** Reads and checks it. @throws LifeboatError `no-estate`, `bad-estate` */
export async function readEstate(path: string): Promise<OwnEstate> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw refusal('no-estate', 'The estate file cannot be read.', path, 'Name a readable estate file.');
  });
  return { ...mustParseEstate(text, path), folder: dirname(resolve(path)) };
}
