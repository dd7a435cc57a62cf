/** By shape and not by `instanceof`: Node's own errors are of another realm in a sandboxed module registry. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
