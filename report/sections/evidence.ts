/** What the probes found, and when: what the approvers were shown last. */
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { RunRecord } from '../../kernel/run/record.ts';
import type { Inline, Row, Section } from '../document.ts';
import { timeText } from '../text.ts';

/** Readings are small; a foreign one must not make the page unreadable. */
const MAX_CHARACTERS = 600;

export function evidenceSection({ state }: RunRecord): Section {
  const rows = Object.entries(state.evidence).map(([name, one]) => rowOf(name, one));
  if (rows.length === 0) {
    return { title: 'Evidence', blocks: [{ kind: 'paragraph', text: 'Nothing was probed.' }] };
  }
  return {
    title: 'Evidence',
    blocks: [
      {
        kind: 'table',
        columns: [
          { title: 'Probe' },
          { title: 'Found' },
          { title: 'Read at (UTC)', short: true },
          { title: 'Read by the queue' },
        ],
        rows,
      },
    ],
  };
}

function rowOf(name: string, one: Evidence<unknown>): Row {
  const at = one.at > 0 ? timeText(one.at) : '—';
  if (one.ok) return { cells: [[{ code: name }], valueText(one.value), at, [{ code: one.by }]] };
  const from = one.from === undefined ? '' : ` (asked from ${one.from})`;
  return { cells: [[{ code: name }], [{ mark: 'no answer', tone: 'warn' }, ` ${one.reason}${from}`], at, '—'] };
}

function valueText(value: unknown): readonly Inline[] {
  const text = plain(value);
  return [text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}… (cut; the record has all of it)` : text];
}

/** JSON as people write it: `healthy: yes, workers: 4`. */
function plain(value: unknown, key = ''): string {
  if (value === null || value === undefined) return key.endsWith('At') ? 'never' : 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return key.endsWith('At') ? timeText(value) : String(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => nested(one)).join(', ');
  const entries = Object.entries(value);
  if (entries.length === 0) return 'none';
  return entries.map(([name, one]) => `${name}: ${nested(one, name)}`).join(', ');
}

function nested(value: unknown, key = ''): string {
  const text = plain(value, key);
  const bracket = typeof value === 'object' && value !== null && !Array.isArray(value) && text !== 'none';
  return bracket ? `{${text}}` : text;
}
