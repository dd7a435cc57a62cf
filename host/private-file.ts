/** Files that their owner alone may read: keys, tokens. What others can read is nobody's own. */
import { constants, open } from 'node:fs/promises';
import { codeOf } from './error-code.ts';

const OTHERS_MAY = 0o077;

export type PrivateText =
  | { readonly kind: 'text'; readonly text: string }
  /** Its group or others may read or write it, or it is another user's. */
  | { readonly kind: 'open-to-others' }
  /** Larger than anything of its kind: somebody named another file. */
  | { readonly kind: 'too-large' }
  /** Node's code: `ENOENT`, `EACCES`. */
  | { readonly kind: 'unreadable'; readonly code: string };

/** Looks at the mode and the content of the same open file, so that it cannot be exchanged in between. */
export async function readPrivateText(path: string, maxBytes: number): Promise<PrivateText> {
  try {
    // Without waiting: a named pipe would keep its reader for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      const { mode, size, uid } = found;
      if (!found.isFile()) return { kind: 'unreadable', code: 'not a file' };
      // Who owns it may read it and change its mode; the system's own user may anyway.
      if (uid !== process.getuid?.() && uid !== 0) return { kind: 'open-to-others' };
      if ((mode & OTHERS_MAY) !== 0) return { kind: 'open-to-others' };
      if (size > maxBytes) return { kind: 'too-large' };
      return { kind: 'text', text: await file.readFile('utf8') };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { kind: 'unreadable', code: String(codeOf(error) ?? 'unknown') };
  }
}
