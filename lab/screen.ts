/** How the lab's command line shows things: progress lines on stderr, tables on stdout. */
import type { Finding } from './doctor.ts';
import type { LabStatus } from './lab.ts';
import { type OnProgress, type ProgressEvent, sayBytes } from './progress.ts';
import type { UpResult } from './up.ts';

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

/** What `up` came to. */
export interface Up {
  readonly seconds: number;
  readonly estateFile: string;
  readonly addresses: readonly (readonly [label: string, address: string])[];
  readonly missing: UpResult['missing'];
  /** Where Lifeboat itself was brought up: from where it is spoken to, and with whose keys. */
  readonly terminal?: {
    readonly folder: string;
    readonly people: readonly { readonly person: string; readonly keyFile: string }[];
  };
}

/** Addresses, what is not there, and the lines with which another terminal speaks to Lifeboat at once. */
export function renderUp({ seconds, estateFile, addresses, missing, terminal }: Up): string {
  const lines = [
    `up after ${seconds.toFixed(1)} s`,
    `  estate       ${estateFile}`,
    ...addresses.map(([label, address]) => `  ${label.padEnd(12)} ${address}`),
    ...missing.map(({ target, why }) => `  NOT STARTED  ${target}: ${why}`),
    ...(terminal === undefined ? [] : terminalLines(estateFile, terminal)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Two people, because nobody approves their own run. */
function terminalLines(estateFile: string, { folder, people }: NonNullable<Up['terminal']>): string[] {
  const [first, second] = people;
  if (first === undefined) return [];
  const other = second && `LIFEBOAT_PERSON=${second.person} LIFEBOAT_KEY=${quoted(second.keyFile)}`;
  return [
    '',
    `Copy this into another terminal to be ${first.person} there:`,
    '',
    `  cd ${quoted(folder)}`,
    `  export LIFEBOAT_ESTATE=${quoted(estateFile)}`,
    `  export LIFEBOAT_PERSON=${first.person} LIFEBOAT_KEY=${quoted(first.keyFile)}`,
    '  npm run lifeboat -- status',
    ...(other === undefined
      ? []
      : ['', `What ${first.person} asked for, another person approves:`, '', `  export ${other}`]),
  ];
}

/** For a shell; plain where it can be. */
function quoted(path: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
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
