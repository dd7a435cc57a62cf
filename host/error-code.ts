/**
 * The code of one of Node's own errors (`ENOENT`, `EEXIST`), undefined for what has none. By shape and not by
 * `instanceof`: in a sandboxed module registry, as of a test runner, Node's errors are of another realm.
 */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
