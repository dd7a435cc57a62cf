/**
 * Finds what looks like a secret in a text. A file with one in it is refused, and what was found is never repeated, not
 * even in part (I8). It errs to the side of refusing: a false alarm costs a word, a leaked secret costs a rotation.
 */

/** The prefixes and forms that issuers document for their tokens. Each pattern is linear in the text's length. */
const forms: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/g],
  ['a private key', /AGE-SECRET-KEY-1[0-9A-Z]{8,}/gi],
  ['a URL with a user in it', /[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#@'"]*@/gi],
  ['a token in a URL', /[?&;](access_token|api_?key|auth|key|pass(word)?|secret|sig|signature|token)=[^\s&'"]/gi],
  ['a GitHub token', /\b(gh[opsur]_[A-Za-z0-9]{8,}|github_pat_[A-Za-z0-9_]{8,})/g],
  ['a GitLab token', /\bgl(pat|rt|dt|ptt|cbt|soat)-[A-Za-z0-9_-]{8,}/g],
  ['a Slack token', /\bx(ox[a-z](\.[a-z]+)?|app)-[A-Za-z0-9._-]{6,}/g],
  ['a Slack webhook', /hooks\.slack\.com\/(services|workflows|triggers)\/[A-Za-z0-9]/g],
  ['an AWS access key', /\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}/g],
  ['a Google key', /\b(AIza[A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_-]{8,}|GOCSPX-[A-Za-z0-9_-]{8,})/g],
  ['a 1Password token', /\bops_[A-Za-z0-9_-]{16,}/g],
  ['a Vault token', /\bhv[bsr]\.[A-Za-z0-9_-]{8,}/g],
  ['an API key', /\b(sk|rk|pk)[-_](live|test|proj|ant|svcacct)[-_][A-Za-z0-9_-]{6,}/g],
  ['an API key', /\b(sk-[A-Za-z0-9]{16,}|SG\.[A-Za-z0-9_-]{12,}|npm_[A-Za-z0-9]{16,}|pypi-[A-Za-z0-9_-]{16,})/g],
  ['an API key', /\b(do[opr]_v1_[a-f0-9]{16,}|shp(at|ca|pa|ss)_[a-fA-F0-9]{16,}|dckr_pat_[A-Za-z0-9_-]{8,})/g],
  ['a JSON web token', /\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*/g],
  ['an authorization header', /\b(bearer|basic)\s+(?=\S{0,99}[0-9=])[A-Za-z0-9._~+/=-]{12,}/gi],
  ['a password hash', /\$(2[abxy]|argon2(id|i|d)|5|6|y)\$[A-Za-z0-9./$=,-]{8,}/g],
];

/** What public keys look like, and references to 1Password: random, but no secrets. Blanked before words are weighed. */
const publicForms = /\bed25519:[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])|\bop:\/\/[A-Za-z0-9 ._/-]+/g;

/** A place in a text; `kind` is a noun with its article. The found text itself is left out on purpose. */
export interface SecretPlace {
  readonly kind: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Every place of a text that looks like a secret, first to last.
 * @param allowPublicKeys whether `ed25519:` with 43 characters passes; only so where a public key belongs.
 */
export function secretPlaces(text: string, { allowPublicKeys }: { allowPublicKeys: boolean }): SecretPlace[] {
  const places = forms.flatMap(([kind, pattern]) => matches(kind, pattern, text));
  const weighed = text.replace(publicForms, (found) =>
    found.startsWith('ed25519:') && !allowPublicKeys ? found : ' '.repeat(found.length),
  );
  for (const word of weighed.matchAll(/[A-Za-z0-9_+=-]{16,}/g)) {
    if (isRandom(word[0])) places.push({ kind: 'random text', offset: word.index, length: word[0].length });
  }
  return places.sort((a, b) => a.offset - b.offset);
}

function matches(kind: string, pattern: RegExp, text: string): SecretPlace[] {
  return [...text.matchAll(pattern)].map((found) => ({ kind, offset: found.index, length: found[0].length }));
}

/** Blanks whatever looks like a secret, because people write reasons in a hurry (I8); hashes and public keys are none. */
export function redact(text: string): string {
  let clean = text;
  for (const { offset, length } of secretPlaces(text, { allowPublicKeys: true }).toReversed()) {
    clean = `${clean.slice(0, offset)}[redacted]${clean.slice(offset + length)}`;
  }
  return clean;
}

/** Whether a text must not be repeated. */
export function looksSecret(text: string): boolean {
  return secretPlaces(text, { allowPublicKeys: false }).length > 0;
}

/**
 * Whether a word looks drawn by lot: hexadecimal of 32 digits or more; or letters of both cases and digits (20 or more),
 * or lower-case letters and digits (24 or more), that change class more often than names that people make. In random
 * base64 two neighbours differ in class about 6 times in 10, in `LifeboatEurope1West` about 3.
 */
function isRandom(word: string): boolean {
  const core = word.replace(/=+$/, '');
  if (/^[0-9a-f]{32,}$/i.test(core) && /[0-9]/.test(core) && /[a-f]/i.test(core)) return true;
  const mixed = /[a-z]/.test(core) && /[A-Z]/.test(core) && /[0-9]/.test(core);
  if (mixed && core.length >= 20) return entropyBits(core) >= 3.5 && classChanges(core) >= 0.4;
  // Kebab names such as `us-central1-a-node-2` are cut apart first; a random word of this alphabet has no hyphens.
  return core.split(/[-_]/).some((part) => {
    if (part.length < 24 || !/[a-z]/i.test(part) || !/[0-9]/.test(part)) return false;
    return entropyBits(part) >= 3.3 && classChanges(part) >= 0.2;
  });
}

/** Shannon's entropy of the characters, in bits per character. */
function entropyBits(word: string): number {
  const counts = new Map<string, number>();
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length);
  return bits;
}

/** The share of neighbours that are of different classes: lower case, upper case, digit, other. */
function classChanges(word: string): number {
  const classes = [...word].map((c) => (/[a-z]/.test(c) ? 'a' : /[A-Z]/.test(c) ? 'A' : /[0-9]/.test(c) ? '0' : '-'));
  const changes = classes.filter((kind, index) => index > 0 && kind !== classes[index - 1]).length;
  return changes / (word.length - 1);
}
