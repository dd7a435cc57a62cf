/** The runbook catalogue: what each is asked, reads and does, with plans that its own planner made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf, usageOf } from '../../client/grammar/inputs.ts';
import { mustParseEstate } from '../../estate/file/parse.ts';
import type { Estate } from '../../estate/schema.ts';
import { formatDuration } from '../../kernel/duration.ts';
import { refusal } from '../../kernel/errors.ts';
import { type Call, type Entry, type Plan, stepsOf, type Undo } from '../../kernel/plan/plan.ts';
import { RUNBOOKS } from '../../runbooks/index.ts';
import type { Example } from '../../runbooks/inputs/definition.ts';
import { RUNBOOK_INPUTS } from '../../runbooks/inputs/index.ts';
import type { Runbook } from '../../runbooks/runbook.ts';
import { CONTRACTS } from '../../runbooks/steps/index.ts';
import { cell, table } from './markdown.ts';
import { syntheticEvidence } from './synthetic-evidence.ts';

const ESTATE_FILE = 'examples/lab.yaml';
/** Any fixed time: the plans must come out the same each time that they are made. */
const NOW = Date.UTC(2026, 0, 1);

export function runbooksPage(root: string): string {
  const { estate, digest } = mustParseEstate(readFileSync(join(root, ESTATE_FILE), 'utf8'), ESTATE_FILE);
  return [
    '# Runbooks',
    '',
    'Generated from the code by `npm run docs`; do not edit. The plans were made by the planners themselves, for',
    `\`${ESTATE_FILE}\`, from invented evidence: a real plan follows what the probes find. \`lifeboat plan RUNBOOK …\``,
    'shows the plan of your estate and changes nothing.',
    '',
    ...RUNBOOKS.map(({ name, summary }) => `- [${name}](#${name}): ${summary}`),
    ...RUNBOOKS.flatMap((runbook) => runbookLines(runbook, estate, digest)),
    '',
  ].join('\n');
}

function runbookLines(runbook: Runbook, estate: Estate, digest: string): string[] {
  const asked = RUNBOOK_INPUTS.find(({ name }) => name === runbook.name);
  if (!asked) {
    throw refusal(
      'no-input',
      `nobody is told how to ask for \`${runbook.name}\``,
      'runbooks/inputs/index.ts',
      'Add its line there.',
    );
  }
  const fields = fieldsOf(asked);
  const [first] = asked.examples;
  return [
    '',
    `## ${runbook.name}`,
    '',
    `${runbook.summary}. Version ${runbook.version}.`,
    '',
    '```',
    `/lifeboat run ${runbook.name} ${fields.map(usageOf).join(' ')}`.trimEnd(),
    '```',
    '',
    ...table(
      ['Input', 'Required', 'Meaning'],
      fields.map((field) => [`\`${field.name}\``, field.required ? 'yes' : 'no', cell(field.description)]),
    ),
    '',
    'It reads first:',
    '',
    ...Object.values(runbook.probes(estate, first.input)).map((call) => `- ${sayOf(call)}`),
    ...asked.examples.flatMap((example) => exampleLines(runbook, estate, digest, example)),
  ];
}

function exampleLines(runbook: Runbook, estate: Estate, digest: string, { title, input, scene }: Example): string[] {
  const evidence = syntheticEvidence(estate, runbook.probes(estate, input), scene(NOW));
  const plan = runbook.plan({ estate, estateDigest: digest, input, evidence, now: NOW });
  const given = Object.entries(input).map(([key, value]) => `${key}=${String(value)}`);
  return [
    '',
    `### ${runbook.name}: ${title}`,
    '',
    `\`lifeboat run ${[runbook.name, ...given].join(' ')}\` → **${plan.view.headline}**`,
    ...plan.core.phases.flatMap((phase, index) => [
      '',
      `${index + 1}. **${phase.title}**${phase.scopes.length > 0 ? ` (holds ${phase.scopes.map((scope) => `\`${scope}\``).join(', ')})` : ''}`,
      ...plan.core.entries.filter((entry) => entry.phase === index).flatMap((entry) => entryLines(plan, entry)),
    ]),
    ...(plan.view.leftOut.length === 0
      ? []
      : ['', 'Left out:', '', ...plan.view.leftOut.map(({ what, because }) => `- ${what}, because ${because}`)]),
  ];
}

function entryLines(plan: Plan, entry: Entry): string[] {
  const bullet = (text: string): string => `   - ${text}`;
  switch (entry.kind) {
    case 'step':
    case 'each': {
      const together = entry.kind === 'each' && entry.parallel > 1 ? ` (up to ${entry.parallel} at a time)` : '';
      return stepsOf(entry).map(({ id, undo }) => bullet(`${plan.view.says[id]}${together}${undoText(undo)}`));
    }
    case 'gate': {
      const { approvals, personalKeys, botSuffices, expires, name } = entry.tier;
      const own = personalKeys > 0 || !botSuffices ? `, ${Math.max(1, personalKeys)} with a personal key` : '';
      const bounds = entry.bounds.map(({ measure, atMost, unit }) => {
        return `; asks again when ${measure} is over ${unit === 'ms' ? formatDuration(atMost) : atMost}`;
      });
      return [
        bullet(
          `Gate: ${entry.title}. Tier \`${name}\`: ${approvals} approval(s) by someone other than the requester${own}, within ${formatDuration(expires)}${bounds.join('')}`,
        ),
      ];
    }
    case 'hold': {
      const bad = entry.onFailure === 'ask' ? 'asks people' : 'takes the step before back, and asks people';
      return [
        bullet(
          `Hold: ${entry.title}. For ${formatDuration(entry.for)}, every ${formatDuration(entry.every)}; on bad health ${bad}`,
        ),
        ...entry.samples.map((sample) => `     - ${sayOf(sample)}`),
      ];
    }
    case 'pivot':
      return [bullet(`${plan.view.says[entry.id]}`)];
  }
}

function undoText(undo: Undo): string {
  if (undo.kind === 'none') return '';
  if (undo.kind === 'irreversible') return `. No undo: ${undo.because}`;
  return `. Undo: ${sayOf(undo.call)}`;
}

function sayOf({ step, args }: Pick<Call, 'step' | 'args'>): string {
  return CONTRACTS.find(({ name }) => name === step)?.say(args) ?? step;
}
