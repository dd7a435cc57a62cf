/**
 * The order in which a plan is told to a person who was woken: first what was found and what stands against it, then what
 * will be done, and last what only a machine compares. Terminal and Slack fill the parts in their own way; neither
 * orders them.
 */
const PARTS = [
  'found',
  'warnings',
  'leftOut',
  'inTheWay',
  'changed',
  'steps',
  'touched',
  'wayBack',
  'approval',
  'evidence',
  'signed',
] as const;
export type PlanPart = (typeof PARTS)[number];

/** What stands over each part. */
export const PART_TITLES: { readonly [part in PlanPart]: string } = {
  found: 'What was found',
  warnings: 'Warnings',
  leftOut: 'Left out',
  inTheWay: 'Stands in the way',
  changed: 'Changed since the last plan',
  steps: 'Exactly this will happen, in this order',
  touched: 'What it touches',
  wayBack: 'Can it be taken back?',
  approval: 'Approval',
  evidence: 'Evidence and its age',
  signed: 'Signed with an approval',
};

/** All parts that a skin has, in their order. */
export function inPlanOrder<T>(parts: { readonly [part in PlanPart]?: readonly T[] }): T[] {
  return PARTS.flatMap((part) => parts[part] ?? []);
}
