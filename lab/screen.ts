/** How the lab's command line shows things: progress lines on stderr, tables on stdout. */
import type { Finding } from './doctor.ts';
import type { LabStatus } from './lab.ts';
import { type OnProgress, type ProgressEvent, sayBytes } from './progress.ts';

const SUBJECT_WIDTH = 34;
/** A reason for waiting is repeated at most this often; downloads tell at each tenth. */
const WAIT_EVERY_MS = 3000;

/** Writes events as lines with the time since the start, leaving out those that say little new. */
export function progressLines(write: (line: string) => void, now: () => number = Date.now): OnProgress {
  const startedAt = now();
  const lastWait = new Map<string, number>();
  const lastTenth = new Map<string, number>();
  return (event) => {
    if (event.phase === 'running') return;
    if (event.phase === 'start') lastWait.set(event.subject, now());
    if (event.phase === 'wait' && now() - (lastWait.get(event.subject) ?? startedAt) < WAIT_EVERY_MS) return;
    if (event.phase === 'wait') lastWait.set(event.subject, now());
    if (event.percent !== undefined) {
      const tenth = Math.floor(event.percent / 10);
      if (lastTenth.get(event.subject) === tenth) return;
      lastTenth.set(event.subject, tenth);
    }
    write(renderEvent(event, (now() - startedAt) / 1000));
  };
}

function renderEvent(event: ProgressEvent, seconds: number): string {
  const mark = { failed: '✗', missing: '!', ready: '✓' }[event.phase as 'failed' | 'missing' | 'ready'] ?? '·';
  return `${seconds.toFixed(1).padStart(6)} s ${mark} ${event.subject.padEnd(SUBJECT_WIDTH)} ${event.text}\n`;
}

/** One line per target. */
export function renderStatus(status: LabStatus): string {
  const lines = status.targets.map((target) => {
    const memory = target.memoryBytes === undefined ? '' : sayBytes(target.memoryBytes);
    const pid = target.pid === undefined ? '' : String(target.pid);
    return `${target.target.padEnd(26)} ${target.state.padEnd(9)} ${pid.padStart(8)} ${memory.padStart(9)}  ${target.why}`;
  });
  const cut = status.cut.length === 0 ? '' : `cut off: ${status.cut.join(', ')}\n`;
  const paths = status.cutPaths.length === 0 ? '' : `not reached by the load balancer: ${status.cutPaths.join(', ')}\n`;
  return `${lines.join('\n')}\n${cut}${paths}memory: ${sayBytes(status.memoryBytes)} (shared pages counted once)\n`;
}

/** One line per finding, with the mend below it. */
export function renderFindings(findings: readonly Finding[]): string {
  return findings
    .map((finding) => {
      const mark = { ok: '✓', lacks: '✗', 'will-be-installed': '·' }[finding.state];
      const mend = finding.mend === undefined ? '' : `\n    needed for ${finding.needed}; mend: ${finding.mend}`;
      return `${mark} ${finding.what.padEnd(12)} ${finding.says}${mend}\n`;
    })
    .join('');
}
