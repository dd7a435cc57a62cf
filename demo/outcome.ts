/** What the demo measured, and whether every proof held. */
import { formatDuration } from '../kernel/duration.ts';

export interface Outcome {
  readonly ok: boolean;
  /** From the fault, as the canary outside saw it; null is "not measured". */
  readonly rtoSeconds: number | null;
  readonly rtoFromApprovalSeconds: number | null;
  readonly rpoSeconds: number | null;
  readonly failedRequests: number;
  /** Sent from one second after the approval of the failover until the end, and failed. */
  readonly failedAfterApproval: number;
  readonly strandedWrites: number;
  readonly lostWrites: number | null;
  readonly reports: readonly string[];
  readonly urls: { readonly [name: string]: string };
  readonly problems: readonly string[];
}

export function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms / 10) / 100;
}

/** The closing page of the terminal. */
export function renderOutcome(outcome: Outcome): string {
  const time = (value: number | null): string => (value === null ? 'not measured' : formatDuration(value * 1_000));
  const rows: [string, string][] = [
    ['RTO from the fault', time(outcome.rtoSeconds)],
    ['RTO from the approval', time(outcome.rtoFromApprovalSeconds)],
    ['RPO (oldest missing canary)', time(outcome.rpoSeconds)],
    ['Failed requests', String(outcome.failedRequests)],
    ['… sent 1 s after approval or later', String(outcome.failedAfterApproval)],
    ['Stranded writes, while the region was away', String(outcome.strandedWrites)],
    ['Lost writes, after the repair', outcome.lostWrites === null ? 'not measured' : String(outcome.lostWrites)],
  ];
  const table = rows.map(([label, value]) => `  ${label.padEnd(46)}${value}\n`).join('');
  const reports = outcome.reports.map((report) => `  ${report}\n`).join('');
  const urls = Object.entries(outcome.urls)
    .map(([name, url]) => `  ${name.padEnd(14)}${url}\n`)
    .join('');
  const problems = outcome.problems.map((problem) => `  ${problem}\n`).join('');
  const verdict = outcome.ok ? 'Every proof held.' : `Not every proof held:\n${problems}`;
  return `\n${table}\nReports:\n${reports}\nPages:\n${urls}\n${verdict.trimEnd()}\n`;
}
