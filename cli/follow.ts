/** Follows a run: on a terminal redrawn in place, elsewhere one line per event, with `--json` in silence. */
import { stripVTControlCharacters } from 'node:util';
import { pendingIfAny } from '../client/runs/under-way.ts';
import type { LifeboatError } from '../kernel/errors.ts';
import { hasEnded, type PlanAnswer, type RunView } from '../kernel/run/state.ts';
import type { PendingCall } from '../kernel/run/under-way.ts';
import { stateLines, timelineLine } from './render/state.ts';
import { harmless } from './render/text.ts';
import { type GlobalOptions, planIfAny, type Session, sheetFor, type Terminal } from './session.ts';

/** A hold counts down in seconds; twice as often looks alive. */
const REDRAW_MS = 500;
const POLL_MS = 250;
const PENDING_EVERY_MS = 1_000;
const EVENTS_IN_PLACE = 6;

export interface FollowOptions extends GlobalOptions {
  /** Milliseconds; without it, until the run ends. */
  readonly timeoutMs?: number | undefined;
}

/** The last view: ended, or as far as it came when the time was over or the person left. */
export async function follow(
  terminal: Terminal,
  { lifeboat, estate }: Session,
  run: string,
  options: FollowOptions,
): Promise<RunView> {
  const limits = [
    terminal.signal,
    ...(options.timeoutMs === undefined ? [] : [AbortSignal.timeout(options.timeoutMs)]),
  ];
  const signal = AbortSignal.any(limits);
  const screen = options.json
    ? silent()
    : terminal.out.isTTY
      ? inPlace(terminal, estate)
      : lineByLine(terminal, estate);
  let plan: PlanAnswer | undefined;
  let last: RunView | undefined;
  let looking = false;
  /** What runs now changes without the run's state: it is asked for by itself, one question at a time. */
  function look(): void {
    if (looking || last === undefined || !terminal.out.isTTY || options.json) return;
    looking = true;
    void pendingIfAny(lifeboat, last)
      .then((pending) => screen.pending(harmless(pending)))
      // It is shown without; a connection that is closed meanwhile is no trouble of the run.
      .catch(() => undefined)
      .finally(() => {
        looking = false;
      });
  }
  const timer = setInterval(look, PENDING_EVERY_MS);
  try {
    const onTrouble = (error: LifeboatError | undefined): void => screen.trouble(error);
    for await (const view of lifeboat.watch(run, { everyMs: POLL_MS, signal, onTrouble })) {
      if (view.planHash !== '' && plan?.planHash !== view.planHash) plan = await planIfAny(lifeboat, run);
      last = view;
      screen.show(harmless(view), plan && harmless(plan));
      look();
      if (hasEnded(view)) break;
    }
  } finally {
    clearInterval(timer);
    screen.end();
  }
  return last ?? lifeboat.state(run);
}

interface Screen {
  show(view: RunView, plan: PlanAnswer | undefined): void;
  trouble(error: LifeboatError | undefined): void;
  /** What runs now. */
  pending(calls: readonly PendingCall[]): void;
  end(): void;
}

function silent(): Screen {
  return { show() {}, trouble() {}, pending() {}, end() {} };
}

type Estate = Session['estate'];

function lineByLine(terminal: Terminal, estate: Estate): Screen {
  let last: string | undefined;
  let troubled = '';
  return {
    show({ timeline }) {
      // By content, not by count: the oldest events of a very long run are dropped from its state.
      const known = timeline.findLastIndex((item) => JSON.stringify(item) === last);
      for (const item of timeline.slice(known + 1)) {
        terminal.out.write(`${timelineLine(item, { ...sheetFor(terminal, estate), width: 10_000 }).join('\n')}\n`);
        last = JSON.stringify(item);
      }
    },
    trouble(error) {
      const say = error ? `${error.message} Waiting for it.` : 'It answers again.';
      if (say !== troubled) terminal.err.write(`${say}\n`);
      troubled = say;
    },
    pending() {},
    end() {},
  };
}

/** Redraws its own lines only, so that what stood on the screen before stays there. */
function inPlace(terminal: Terminal, estate: Estate): Screen {
  let drawn = 0;
  let current: { view: RunView; plan: PlanAnswer | undefined } | undefined;
  let troubled: string | undefined;
  let calls: readonly PendingCall[] = [];
  const draw = (): void => {
    if (!current) return;
    const sheet = sheetFor(terminal, estate);
    const { view, plan } = current;
    const events = view.timeline.slice(-EVENTS_IN_PLACE).flatMap((item) => timelineLine(item, sheet));
    const trouble = troubled === undefined ? [] : ['', sheet.paint.warn(troubled)];
    const lines = [...stateLines(view, plan, sheet, calls), '', ...events, ...trouble];
    // Only what fits can be redrawn; the head and the newest events matter most.
    const room = Math.max(10, (terminal.out.rows ?? 40) - 1);
    const fitting: string[] = [];
    let rows = 0;
    for (const line of lines) {
      const more = rowsOf(line, terminal.out.columns);
      if (rows + more > room) break;
      fitting.push(line);
      rows += more;
    }
    terminal.out.write(`${drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : ''}${fitting.join('\n')}\n`);
    drawn = rows;
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    show(view, plan) {
      current = { view, plan };
      draw();
    },
    trouble(error) {
      troubled = error && `${error.message} Waiting for it.`;
      draw();
    },
    pending(now) {
      calls = now;
    },
    end() {
      clearInterval(timer);
      draw();
    },
  };
}

/** A line that is wider than the screen takes several of its rows. */
function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(stripVTControlCharacters(line).length / Math.max(1, columns)));
}
