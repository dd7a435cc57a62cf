/** The help of both skins, generated from the grammar and from the descriptions of the runbooks' inputs. */
import { RUNBOOK_INPUTS, type RunbookInput } from '../../runbooks/inputs/index.ts';
import { fieldsOf, runbookNamed, usageOf } from './inputs.ts';
import { VERBS } from './verbs.ts';

export interface HelpLine {
  /** What to write. */
  readonly usage: string;
  readonly summary: string;
}

export interface Help {
  readonly title: string;
  readonly lines: readonly HelpLine[];
}

/** All of it, or what concerns one verb or runbook. */
function helpOf(about?: string): readonly Help[] {
  const runbook = about === undefined ? undefined : runbookNamed(about);
  if (runbook) return [helpOfRunbook(runbook)];
  const verb = VERBS.find(({ name }) => name === about);
  const verbs = {
    title: verb ? verb.name : 'Verbs',
    lines: (verb ? [verb] : VERBS).map(({ usage, summary }) => ({ usage, summary })),
  };
  if (verb && verb.name !== 'plan' && verb.name !== 'run') return [verbs];
  return [verbs, ...RUNBOOK_INPUTS.map(helpOfRunbook)];
}

function helpOfRunbook(runbook: RunbookInput): Help {
  const fields = fieldsOf(runbook);
  return {
    title: `${runbook.name}: ${runbook.summary}`,
    lines: fields.map((field) => ({ usage: usageOf(field), summary: field.description })),
  };
}

/** As plain text. */
export function helpText(about?: string): string {
  const parts = helpOf(about);
  const width = widthOf(parts.flatMap(({ lines }) => lines));
  return parts.map(({ title, lines }) => table(title, lines, width)).join('\n\n');
}

const MAX_WIDTH = 44;

function widthOf(lines: readonly HelpLine[]): number {
  return Math.min(MAX_WIDTH, Math.max(...lines.map(({ usage }) => usage.length)));
}

/** A title, and a line each of what can be written and what it means. */
export function table(title: string, lines: readonly HelpLine[], width = widthOf(lines)): string {
  const line = ({ usage, summary }: HelpLine): string =>
    usage.length > width ? `  ${usage}\n  ${' '.repeat(width)}  ${summary}` : `  ${usage.padEnd(width)}  ${summary}`;
  return [title, ...lines.map(line)].join('\n');
}
