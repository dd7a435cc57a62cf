/** What lasted: waits, shifts, other changes, holds, proofs and undo, as bars from a time to a time. */
import type { RunRecord } from '../../kernel/run/record.ts';
import type { TimelineItem } from '../../kernel/run/state.ts';
import { stepKinds } from './moments.ts';

export const LANES = ['Waiting for people', 'Recovery', 'Other changes', 'Holds', 'Proofs', 'Undo'] as const;
export type Lane = (typeof LANES)[number];

export interface Bar {
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  readonly say: string;
  /** What was not as it should be: `failed`, `must not be restored`; else empty. */
  readonly note: string;
}

/** Ends a wait at a gate: the run went on, or away. */
const AFTER_GATE: readonly TimelineItem['kind'][] = ['step', 'lease', 'hold', 'pivot', 'undo', 'replanned', 'ended'];
const STEP_LANES = { recovery: 'Recovery', proof: 'Proofs', change: 'Other changes' } as const;

/** In order of their start. @param end where a bar ends that never did */
export function barsOf(record: RunRecord, end: number): Bar[] {
  const { timeline } = record.state;
  const bars = [
    ...timeline.flatMap((item, index) => waitBar(record, item, timeline.slice(index + 1), end)),
    ...stepBars(record),
  ];
  return bars.sort((a, b) => a.from - b.from || a.to - b.to);
}

function waitBar(record: RunRecord, item: TimelineItem, after: readonly TimelineItem[], end: number): Bar[] {
  const wait = (say: string, until: number | undefined): Bar[] => [
    { lane: 'Waiting for people', from: item.at, to: Math.max(item.at, until ?? end), say, note: '' },
  ];
  if (item.kind === 'gate') {
    const next = after.find(({ kind }) => AFTER_GATE.includes(kind))?.at ?? end;
    const { approvedAt } = record.state;
    return wait('approval', approvedAt !== null && approvedAt >= item.at && approvedAt <= next ? approvedAt : next);
  }
  if (item.kind === 'question') {
    const answered = after.find(({ kind, id }) => kind === 'decision' && id === item.id);
    return wait('an answer', answered?.at ?? after.find(({ kind }) => AFTER_GATE.includes(kind))?.at);
  }
  if (item.kind === 'paused')
    return wait('paused', after.find(({ kind }) => kind === 'resumed' || kind === 'ended')?.at);
  return [];
}

/** Targets of one entry are one bar: a repair of thirty nodes is one thing that lasts. Each try is its own. */
function stepBars(record: RunRecord): Bar[] {
  const kinds = stepKinds(record);
  const says = record.plan?.view.says ?? {};
  const planned = record.state.timeline.findLastIndex(({ kind }) => kind === 'planned' || kind === 'replanned');
  const bars = new Map<string, Bar>();
  for (const [index, { kind, id, entry, at, ms, say, outcome }] of record.state.timeline.entries()) {
    if ((kind !== 'step' && kind !== 'hold' && kind !== 'undo') || outcome === 'skipped') continue;
    const lane = kind === 'hold' ? 'Holds' : kind === 'undo' ? 'Undo' : STEP_LANES[kinds[id] ?? 'change'];
    const note = outcome === 'failed' ? 'failed' : outcome === 'must-not' ? 'must not be restored' : '';
    const key = entry === undefined || note !== '' ? `${index}` : `${kind} ${entry} ${index > planned}`;
    const known = bars.get(key);
    const from = at - (ms ?? 0);
    bars.set(key, {
      lane,
      from: Math.min(from, known?.from ?? from),
      to: Math.max(at, known?.to ?? at),
      say: index > planned && kind !== 'undo' ? (says[known ? (entry ?? id) : id] ?? say) : withoutReason(say),
      note,
    });
  }
  return [...bars.values()];
}

/** An undo that must not be done names its reason after the sentence; the table has it. */
function withoutReason(say: string): string {
  return say.split(': must not be restored')[0] ?? say;
}
