/**
 * Pages that are made from code: written where they are stale, or told of. One that cannot be made keeps no other from it:
 * whoever adds something mends the rest with what is fresh.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { factsOf, LifeboatError } from '../../kernel/errors.ts';

export interface Page {
  /** From the root: `docs/errors.md`. */
  readonly file: string;
  /** @param written the page as it stands, empty where there is none */
  readonly make: (written: string) => string;
}

export interface Outcome {
  /** Files that were written. */
  readonly wrote: readonly string[];
  /** A sentence for each page that is stale or cannot be made. */
  readonly problems: readonly string[];
}

/** @param check nothing is written; what is stale is a problem */
export function refreshPages(root: string, pages: readonly Page[], { check }: { readonly check: boolean }): Outcome {
  const wrote: string[] = [];
  const problems: string[] = [];
  for (const { file, make } of pages) {
    try {
      const written = textOf(join(root, file));
      const text = make(written);
      if (written === text) continue;
      if (check) {
        problems.push(`${file} is stale. Run \`npm run docs\`.`);
        continue;
      }
      writeFileSync(join(root, file), text);
      wrote.push(file);
    } catch (error) {
      problems.push(sayOf(error, file));
    }
  }
  return { wrote, problems };
}

function sayOf(error: unknown, file: string): string {
  const { message, where, mend } = factsOf(error, file);
  if (LifeboatError.is(error)) return `${file} cannot be made: ${message} (${where}). ${mend}`;
  return `${file} cannot be made: ${error instanceof Error ? (error.stack ?? error.message) : message}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
