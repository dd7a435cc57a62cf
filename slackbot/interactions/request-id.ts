/** The id of a run that is started from Slack: the same for every delivery of one command or press, so that none starts twice. */
import { createHash } from 'node:crypto';

/** @param trigger what Slack gives anew for each thing that a person does */
export function requestIdOf(trigger: string): string {
  return `s-${createHash('sha256').update(`slack ${trigger}`).digest('hex').slice(0, 12)}`;
}
