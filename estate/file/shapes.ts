/**
 * The scalars that an estate file is made of: what each looks like, what is said when one is wrong, and the mend.
 *
 * A message here never repeats the value (I8): the wrong value may be a secret that was pasted into the wrong place.
 */
import { z } from 'zod';

/** One kind of scalar. `message` is unique: it is how the parser finds the mend again. */
export interface Shape {
  readonly pattern: RegExp;
  readonly message: string;
  readonly mend: string;
  /** For what a pattern cannot say; runs after it. */
  readonly accepts?: (text: string) => boolean;
}

const shapes = {
  /** Names become task queues and scopes, whose separators are `.` and `/`; so neither may stand in a name. */
  name: {
    pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    message: 'this is not a name',
    mend: 'Write 1 to 63 lower-case letters, digits and hyphens, with a letter or a digit at each end.',
  },
  datacentre: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    message: 'this is not the name of a datacentre or rack',
    mend: 'Write the name as the snitch reports it: letters, digits, hyphens and underscores.',
  },
  keyspace: {
    pattern: /^[A-Za-z][A-Za-z0-9_]{0,47}$/,
    message: 'this is not the name of a keyspace',
    mend: 'Write a letter, then at most 47 letters, digits and underscores.',
  },
  /** Goes into a line of HAProxy's runtime API, so whitespace, `;` and `/` must never pass. */
  haproxyName: {
    pattern: /^[A-Za-z0-9_.:-]{1,64}$/,
    message: 'this is not the name of a backend or server of HAProxy',
    mend: 'Write the name as in haproxy.cfg: letters, digits and `_`, `.`, `:`, `-`.',
  },
  duration: {
    pattern: /^(0|[1-9][0-9]{0,6})(ms|s|m|h|d)$/,
    message: 'this is not a duration',
    mend: 'Write a whole number and a unit without a space: 250ms, 30s, 5m, 1h or 10d.',
  },
  secret: {
    pattern:
      /^(op:\/\/[A-Za-z0-9._-][A-Za-z0-9 ._-]*(\/[A-Za-z0-9 ._-]+){2,3}|env:[A-Za-z_][A-Za-z0-9_]*|file:[^\s:\p{C}][^:\p{C}]*)$/u,
    message: 'here must stand a reference to a secret, never the secret itself',
    mend: 'Write op://vault/item/field, env:NAME or file:PATH; if a real secret stood here, replace that secret.',
  },
  /** 32 bytes are 43 characters, and the last of them has two bits that must be 0: one key has one spelling. */
  key: {
    pattern: /^ed25519:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/,
    message: 'this is not a public key',
    mend: 'Write the public half that `lifeboat keys new` printed: `ed25519:` and 43 characters of base64url.',
  },
  host: {
    pattern: /^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,45})$/,
    message: 'this is not a host name or address',
    mend: 'Write a DNS name or an IP address, without a scheme and without a port.',
  },
  hostPort: {
    pattern: /^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\]):[1-9][0-9]{0,4}$/,
    message: 'this is not a host with a port',
    mend: 'Write host:port, for example temporal.internal:7233.',
    accepts: (text: string) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535,
  },
  url: {
    pattern: /^https?:\/\/[^\s/?#@\\]+(\/[^\s?#\\]*)?(\?[^\s#\\]*)?$/,
    message: 'this is not an address that Lifeboat can call',
    mend: 'Write an http or https address without a user, a password and a fragment.',
    accepts: (text: string) => URL.canParse(text),
  },
  urlPath: {
    pattern: /^\/[^\s?#\\]*$/,
    message: 'this is not a path of a URL',
    mend: 'Write a path that begins with `/`, without a query.',
  },
  filePath: {
    pattern: /^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$/u,
    message: 'this is not a path',
    mend: 'Write a path; a relative one is read from the folder of this file.',
  },
  /** Without control and direction characters: these words stand beside what people approve. */
  words: {
    pattern: /^[^\s\p{C}]([^\p{C}]{0,198}[^\s\p{C}])?$/u,
    message: 'this is not one line of text',
    mend: 'Write one line of 1 to 200 characters.',
  },
  slackUser: {
    pattern: /^[UW][A-Z0-9]{2,20}$/,
    message: 'this is not the id of a Slack user',
    mend: 'Write the member id from the profile in Slack; it begins with U or W.',
  },
  slackTeam: {
    pattern: /^[TE][A-Z0-9]{2,20}$/,
    message: 'this is not the id of a Slack workspace',
    mend: 'Write the id from the address of the workspace; it begins with T (or E).',
  },
  slackApp: {
    pattern: /^A[A-Z0-9]{2,20}$/,
    message: 'this is not the id of a Slack app',
    mend: 'Write the App ID from the page of the app; it begins with A.',
  },
  slackChannel: {
    pattern: /^[CG][A-Z0-9]{2,20}$/,
    message: 'this is not the id of a Slack channel',
    mend: "Write the id at the foot of the channel's details; it begins with C or G, and is not the channel's name.",
  },
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof shapes;

/** The pattern of a kind of scalar, for the few who test a text themselves. */
export function patternOf(name: ShapeName): RegExp {
  return shapes[name].pattern;
}

/** A string of the given shape. */
export function text(name: ShapeName): z.ZodString {
  const shape: Shape = shapes[name];
  const schema = z.string().regex(shape.pattern, { error: shape.message, abort: true });
  const { accepts } = shape;
  return accepts === undefined ? schema : schema.refine(accepts, { error: shape.message });
}

/** The mend that belongs to a message of {@link text}, if it is one. */
export function mendOfShape(message: string): string | undefined {
  return Object.values(shapes).find((shape) => shape.message === message)?.mend;
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30s` to 30000; undefined for what is no duration. */
export function readDuration(written: unknown): number | undefined {
  if (typeof written !== 'string' || !patternOf('duration').test(written)) return undefined;
  const count = Number.parseInt(written, 10);
  return count * unitMs[written.slice(String(count).length) as keyof typeof unitMs];
}

/** The text has passed the shape, so there is a number. */
const durationMs = (written: string): number => readDuration(written) ?? Number.NaN;

/** A duration: written `250ms`, `30s`, `5m`, `1h` or `10d`, and a whole number of milliseconds after parsing. */
export function duration(description: string) {
  return text('duration').transform(durationMs).describe(`${description} A duration: 250ms, 30s, 5m, 1h, 10d.`);
}

/** As {@link duration}, but longer than nothing. */
export function positiveDuration(description: string) {
  return z
    .string()
    .regex(/^[1-9][0-9]{0,6}(ms|s|m|h|d)$/, { error: shapes.duration.message })
    .transform(durationMs)
    .describe(`${description} A duration longer than nothing: 250ms, 30s, 5m, 1h, 10d.`);
}

/** A reference to a secret, never the secret (I8): `op://vault/item/field`, `env:NAME` or `file:PATH`. */
export function secretReference(description: string) {
  return text('secret').describe(`${description} A reference: op://vault/item/field, env:NAME or file:PATH.`);
}
