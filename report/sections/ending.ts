/** How the run ended, in a sentence that claims no more than the record holds (I11). */
import { stepsOf } from '../../kernel/plan/plan.ts';
import { leftText } from '../../kernel/run/left.ts';
import type { RunRecord } from '../../kernel/run/record.ts';
import { hasEnded } from '../../kernel/run/state.ts';
import type { Block, Section, Tone } from '../document.ts';
import { proofsOf, skipsOf, stepTold } from '../story.ts';
import { STATUS_TONES, statusWord } from '../words.ts';

export function endingSection(record: RunRecord): Section {
  const { state, plan } = record;
  const blocks: Block[] = [
    { kind: 'callout', tone: toneOf(record), title: `${statusWord(state)}.`, text: sentence(record) },
  ];
  blocks.push(...leftBlocks(record));
  for (const { decision } of state.decisions) {
    if (decision.override === undefined) continue;
    blocks.push({
      kind: 'callout',
      tone: 'bad',
      title: `BREAK-GLASS by ${decision.by}: the rule ${decision.override} was overridden.`,
      text: decision.reason,
    });
  }
  if (!hasEnded(record.state) && state.question) {
    const { say, error } = state.question;
    blocks.push({ kind: 'callout', tone: 'warn', title: say, text: `${error.message} (${error.where}) ${error.mend}` });
  }
  const warnings = plan?.view.warnings ?? [];
  if (warnings.length > 0) blocks.push({ kind: 'list', items: warnings.map((one) => [{ strong: 'Warning: ' }, one]) });
  return { title: 'How it ended', blocks };
}

/** What stays otherwise than it was to be, each with what it means and the next command. */
function leftBlocks({ state: { left = [] } }: RunRecord): Block[] {
  if (left.length === 0) return [];
  return [
    { kind: 'paragraph', text: [{ strong: 'Left as it is, and what to do:' }] },
    { kind: 'list', items: left.map((one) => firstUp(leftText(one))) },
  ];
}

function firstUp(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Done is only good news when nothing is left: stepped over, owed, or not proven. */
export function toneOf(record: RunRecord): Tone {
  const { status, left = [] } = record.state;
  if (status === 'done' && (left.length > 0 || skipsOf(record).length > 0)) return 'warn';
  return STATUS_TONES[record.state.status];
}

function sentence(record: RunRecord): string {
  const { state } = record;
  if (!hasEnded(record.state)) return 'The run has not ended: what follows is where it stood when this was written.';
  const why = state.ending ? [stopped(state.ending.message)] : [];
  // What an abort took back is told from the record below, and not from what was hoped when it began.
  if (state.ending && state.status !== 'aborted') why.push(state.ending.mend);
  return [...why, ...(state.status === 'done' ? [doneSentence(record)] : []), touchedSentence(record)]
    .filter((part) => part !== '')
    .join(' ');
}

function stopped(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

function doneSentence(record: RunRecord): string {
  const proofs = proofsOf(record);
  const held = proofs.filter(({ id }) => stepTold(record, id).fate === 'done').length;
  const skips = skipsOf(record).length;
  const owed = (record.state.left ?? []).filter(({ kind }) => kind === 'owed').length;
  const proved = proofs.length === 0 ? 'The plan held no proof.' : `${held} of ${proofs.length} proofs held.`;
  if (skips === 0 && owed > 0) return `Every step was carried out but what is owed. ${proved}`;
  return skips === 0
    ? `Every step was carried out. ${proved}`
    : `Something was skipped ${skips === 1 ? 'once' : `${skips} times`}. ${proved}`;
}

function touchedSentence(record: RunRecord): string {
  const { state } = record;
  if (!state.touched) return 'Nothing in the estate was changed.';
  if (state.status === 'done') return '';
  const open = state.undo.filter((one) => one.state !== 'undone').length;
  if (state.pivoted) return 'It was past the point of no return, so nothing was taken back.';
  if (open > 0) return `${open} change(s) still stand: see “Undo”.`;
  const forGood = irreversible(record);
  if (forGood > 0) return `${forGood} step(s) were carried out that cannot be taken back: see the plan.`;
  return state.undo.length === 0 ? 'There was nothing to take back.' : 'Everything that was changed was taken back.';
}

/** Steps that were begun and have no undo; whether a failed one took effect is not known. */
function irreversible(record: RunRecord): number {
  const steps = record.plan?.core.entries.flatMap(stepsOf) ?? [];
  return steps.filter(({ id, undo }) => {
    const { fate } = stepTold(record, id);
    return undo.kind === 'irreversible' && (fate === 'done' || fate === 'failed');
  }).length;
}
