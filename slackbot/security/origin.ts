/**
 * Which workspace and which app a payload says it comes from, and who sent it: read from the payload's documented
 * places, compared with the estate's allow-list (`bots.slack`).
 *
 * Must never happen: a payload of a foreign team or app, or of a kind that we do not know, that reaches a handler.
 * Failing closed: a missing field is a refusal.
 */
import type { Verdict } from './signature.ts';

export interface Allowed {
  readonly team: string;
  readonly app: string;
}

export interface Sender {
  /** Slack's user id, the only thing that says who decides. */
  readonly user: string;
  readonly kind: 'command' | 'action' | 'submission' | 'closed';
  /** Unique for each thing that a person does; the same when Slack delivers it again. */
  readonly trigger: string | undefined;
}

export type Origin = { readonly ok: true; readonly sender: Sender } | { readonly ok: false; readonly rule: string };

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function within(value: unknown, key: string): unknown {
  return isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

const KINDS: Readonly<Record<string, Sender['kind']>> = {
  block_actions: 'action',
  view_submission: 'submission',
  view_closed: 'closed',
};

/** Whether the payload comes from the estate's own workspace and app, and from whom. */
export function checkOrigin(payload: unknown, allowed: Allowed): Origin {
  if (!isFields(payload)) return { ok: false, rule: 'malformed' };
  return text(payload['command']) === undefined ? checkInteraction(payload, allowed) : checkCommand(payload, allowed);
}

function checkCommand(payload: Fields, allowed: Allowed): Origin {
  // A slash command has no `type`; a payload that pretends to be two things is neither.
  if (payload['type'] !== undefined) return { ok: false, rule: 'malformed' };
  const verdict = checkIds(payload, text(payload['team_id']), allowed);
  if (!verdict.ok) return verdict;
  const user = text(payload['user_id']);
  const trigger = text(payload['trigger_id']);
  if (user === undefined || trigger === undefined) return { ok: false, rule: 'malformed' };
  return { ok: true, sender: { user, kind: 'command', trigger } };
}

function checkInteraction(payload: Fields, allowed: Allowed): Origin {
  const type = text(payload['type']) ?? '';
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined) return { ok: false, rule: 'kind' };
  const verdict = checkIds(payload, text(within(payload['team'], 'id')), allowed);
  if (!verdict.ok) return verdict;
  const user = text(within(payload['user'], 'id'));
  const home = within(payload['user'], 'team_id');
  if (user === undefined) return { ok: false, rule: 'malformed' };
  // A person of another workspace, in a shared channel.
  if (home !== undefined && home !== null && home !== allowed.team) return { ok: false, rule: 'foreign-user' };
  const view = payload['view'];
  const viewApp = within(view, 'app_id');
  if (viewApp !== undefined && viewApp !== allowed.app) return { ok: false, rule: 'foreign-app' };
  const trigger = text(payload['trigger_id']);
  if (trigger === undefined && kind !== 'closed') return { ok: false, rule: 'malformed' };
  return { ok: true, sender: { user, kind, trigger } };
}

function checkIds(payload: Fields, team: string | undefined, allowed: Allowed): Verdict {
  // An org-wide installation speaks for many workspaces; none is in the estate.
  const orgWide = payload['is_enterprise_install'];
  if (orgWide !== undefined && orgWide !== false && orgWide !== 'false') return { ok: false, rule: 'org-wide' };
  if (team !== allowed.team) return { ok: false, rule: 'foreign-team' };
  return text(payload['api_app_id']) === allowed.app ? { ok: true } : { ok: false, rule: 'foreign-app' };
}
