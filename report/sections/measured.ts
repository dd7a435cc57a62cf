/** What was promised and what was measured. Null is "not measured", and nothing is concluded from it (I11). */
import type { RunRecord } from '../../kernel/run/record.ts';
import type { Figure, Section } from '../document.ts';
import { NOT_MEASURED, offsetText, spanText, timeText } from '../text.ts';

export function measuredSection({ measured, plan }: RunRecord): Section {
  const { faultAt, approvedAt, recoveredAt, rtoFromFaultMs, rtoFromApprovalMs, rpoMs } = measured;
  const objectives = plan?.core.objectives;
  const moment = (at: number | null): string =>
    at === null || faultAt === null || at === faultAt
      ? timeText(at)
      : `${timeText(at)} (${offsetText(at, faultAt)} from the fault)`;
  return {
    title: 'Measured',
    blocks: [
      {
        kind: 'figures',
        figures: [
          figure('Recovery time (RTO), from the fault', rtoFromFaultMs, objectives?.rto),
          figure('Recovery time (RTO), from approval', rtoFromApprovalMs, objectives?.rto),
          figure('Data loss (RPO)', rpoMs, objectives?.rpo),
        ],
      },
      {
        kind: 'pairs',
        pairs: [
          ['First failure seen from outside', timeText(faultAt)],
          ['Approved', moment(approvedAt)],
          ['Recovery proven', moment(recoveredAt)],
        ],
      },
    ],
  };
}

function figure(label: string, ms: number | null, objectiveMs: number | undefined): Figure {
  const value = spanText(ms);
  if (objectiveMs === undefined) return { label, value, verdict: 'The estate names no objective.', tone: 'quiet' };
  const objective = objectiveMs === 0 ? 'none may be lost' : `objective ${spanText(objectiveMs)}`;
  if (ms === null) return { label, value: NOT_MEASURED, verdict: `Not known whether met: ${objective}`, tone: 'warn' };
  return ms <= objectiveMs
    ? { label, value, verdict: `Met: ${objective}`, tone: 'good' }
    : { label, value, verdict: `Missed: ${objective}`, tone: 'bad' };
}
