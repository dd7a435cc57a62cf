/**
 * What documents and maps point at, and is not there: a link in Markdown, its heading, a path in backquotes, a file that
 * the map at a folder's head names. Code moves; a reader at 3 a.m. must not be led to where it was.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { HOUSE } from '../imports/house.ts';

/** Names that the guides invent, for what their reader will add. */
const INVENTED = /\bevacuate\b|</;

const FOLDERS = new Set([...HOUSE.map(({ folder }) => folder.split('/')[0]), 'docs', 'examples', 'deploy']);

/** One sentence for each dead end. `files` are paths from `root`; Markdown and sources are looked at, the rest is not. */
export function deadEnds(root: string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    if (file.endsWith('.md')) return [...deadLinks(root, file, text), ...deadPaths(root, file, text)];
    return file.endsWith('.ts') ? deadNames(root, file, text) : [];
  });
}

function deadLinks(root: string, file: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => link ?? []);
  return links.flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', heading] = link.split('#');
    const target = path === '' ? file : normalize(join(dirname(file), path));
    if (!existsSync(join(root, target))) return [`${file} links to ${link}, and ${target} is not there.`];
    if (heading === undefined || !target.endsWith('.md')) return [];
    const headings = headingsOf(readFileSync(join(root, target), 'utf8'));
    return headings.has(heading) ? [] : [`${file} links to ${link}, and ${target} has no such heading.`];
  });
}

/** As GitHub makes them from headings. */
function headingsOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** `kernel/plan/plan.ts` in backquotes is a path, where it begins with a folder of ours. */
function deadPaths(root: string, file: string, text: string): string[] {
  const paths = [...text.matchAll(/`([\w.-]+\/[\w./*<>-]*)`/g)].flatMap(([, path]) => path ?? []);
  return paths.flatMap((path) => {
    if (!FOLDERS.has(path.split('/')[0]) || INVENTED.test(path) || path.includes('*')) return [];
    return existsSync(join(root, path)) ? [] : [`${file} names ${path}, which is not there.`];
  });
}

/** Lines of the first comment that are indented further are a folder's map: names of files and folders, and words. */
function deadNames(root: string, file: string, text: string): string[] {
  const head = /^(?:#!.*\n)?\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';
  const lines = head.split('\n').filter((line) => /^ \* {3}[\w./-]+(\.ts|\/)/.test(line));
  const names = lines.flatMap((line) => [...line.matchAll(/(?<![\w`/])[\w./-]+(?:\.ts\b|\/(?=[ :;,)]|$))/g)]);
  const here = join(root, dirname(file));
  // A map may say in one line what a folder holds: a name without a path may stand in any folder below.
  const below = new Set(readdirSync(here, { recursive: true, withFileTypes: true }).map(({ name }) => name));
  return names.flatMap(([name]) => {
    const there =
      below.has(name) ||
      [join(here, name), join(root, name)].some(
        (path) => existsSync(path) && statSync(path).isDirectory() === name.endsWith('/'),
      );
    return there ? [] : [`The map at the head of ${file} names ${name}, which is not there.`];
  });
}
