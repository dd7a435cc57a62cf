/** What binds this report to what was signed: the hashes, made again here from the record itself. */

import { signedStart } from '../../kernel/decision/policy.ts';
import { evidenceHash } from '../../kernel/plan/evidence.ts';
import { planHash } from '../../kernel/plan/plan.ts';
import type { RunRecord } from '../../kernel/run/record.ts';
import type { Inline, Section } from '../document.ts';

export function identitySection(record: RunRecord): Section {
  const { plan, state, run, estate, runbook } = record;
  const { request } = state;
  const start = signedStart(request.start);
  return {
    title: 'Names and hashes',
    blocks: [
      {
        kind: 'pairs',
        pairs: [
          ['Run', [{ code: run }]],
          ['Estate', [{ code: estate }]],
          ['Runbook', plan ? `${runbook}, version ${plan.core.version}` : runbook],
          ['Input', [{ code: JSON.stringify(request.input) }]],
          ['Attempt', String(state.attempt)],
          ['Plan hash', hashText(record.planHash, plan ? planHash(plan.core) : '')],
          ['Evidence hash', [{ code: evidenceHash(state.evidence) }]],
          ['Estate file digest', [{ code: plan?.core.estateDigest ?? request.estateDigest }]],
          start === undefined
            ? ['Started by', [{ code: request.requester }, ', which stands in the estate file']]
            : ['Start, signed over', [{ code: start.decision.target }]],
          ...(state.report === null ? [] : [['Record', [{ code: state.report }]] as const]),
        ],
      },
    ],
  };
}

function hashText(recorded: string, made: string): readonly Inline[] {
  if (made === '') return ['there is no plan'];
  if (recorded === made) return [{ code: recorded }, ' (made again from the plan in this record: the same)'];
  return [
    { code: recorded },
    ' ',
    { mark: 'not the hash of the plan in this record', tone: 'bad' },
    ' ',
    { code: made },
  ];
}
