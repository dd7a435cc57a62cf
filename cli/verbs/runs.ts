/** The verbs that start and look: plan, run, list, status, review, who, watch. */
import { randomUUID } from 'node:crypto';
import type { Command } from '../../client/grammar/command.ts';
import { overviewOf } from '../../client/overview.ts';
import { pendingIfAny } from '../../client/runs/under-way.ts';
import { asideTexts } from '../../kernel/authority/ruling.ts';
import { parseDuration } from '../../kernel/duration.ts';
import { refusal } from '../../kernel/errors.ts';
import { standingAhead } from '../../kernel/run/gates.ts';
import { hasEnded, type PlanAnswer, type RunView } from '../../kernel/run/state.ts';
import { EXIT, type ExitCode, exitOfRun } from '../exit.ts';
import { follow } from '../follow.ts';
import { renderList, renderOverview, renderWho } from '../render/list.ts';
import { renderPlan } from '../render/plan.ts';
import { renderState } from '../render/state.ts';
import { harmless } from '../render/text.ts';
import {
  type GlobalOptions,
  planIfAny,
  print,
  type Session,
  sheetFor,
  type Terminal,
  withSession,
} from '../session.ts';

export interface WaitOptions extends GlobalOptions {
  readonly wait?: boolean;
  readonly timeout?: string;
}

/** A dry run: probes, shows the plan, changes nothing. It is signed too, so that the record says who asked. */
export function planVerb(
  terminal: Terminal,
  options: GlobalOptions,
  command: Command & { verb: 'plan' | 'run' },
): Promise<ExitCode> {
  return withSession(terminal, options, async (session) => {
    const started = await start(session, command, 'plan');
    const view =
      started.status === 'planning'
        ? await follow(terminal, session, started.request.run, { ...options, json: true, timeoutMs: 30_000 })
        : started;
    const answer = await planIfAny(session.lifeboat, view.request.run);
    const sheet = sheetFor(terminal, session.estate);
    const text = answer?.plan
      ? renderPlan(harmless(answer), sheet, { requester: view.request.requester })
      : renderState(harmless(view), undefined, sheet);
    print(
      terminal,
      options,
      { ok: view.status === 'planned', run: view.request.run, status: view.status, ending: view.ending, ...answer },
      text,
    );
    return exitOfRun(view);
  });
}

/** Starts a live run and shows its plan; with `--wait` follows it to its end. */
export function runVerb(
  terminal: Terminal,
  options: WaitOptions,
  command: Command & { verb: 'plan' | 'run' },
): Promise<ExitCode> {
  return startedVerb(terminal, options, (session) => start(session, command, 'live'));
}

/** Starts what a policy lets run without people, as a Schedule would. It needs no key: nothing is signed. */
export function policyVerb(
  terminal: Terminal,
  options: WaitOptions,
  policy: string,
  words: readonly string[],
): Promise<ExitCode> {
  if (words.length > 0) {
    const mend = 'Write `lifeboat run --policy NAME`: its runbook and its input stand in the estate file.';
    throw refusal('usage', 'A policy is given neither a runbook nor input.', '--policy', mend);
  }
  return startedVerb(terminal, options, ({ lifeboat }) => lifeboat.startPolicy({ policy, requestId: newRequestId() }));
}

function startedVerb(
  terminal: Terminal,
  options: WaitOptions,
  begin: (session: Session) => Promise<RunView>,
): Promise<ExitCode> {
  const timeoutMs = timeoutOf(options);
  return withSession(terminal, options, async (session) => {
    const view = await begin(session);
    const { run } = view.request;
    const answer = await planIfAny(session.lifeboat, run);
    const sheet = sheetFor(terminal, session.estate);
    if (!options.json && answer?.plan) {
      const around = { requester: view.request.requester, expiresAt: view.gate?.expiresAt };
      terminal.out.write(`${renderPlan(harmless(answer), sheet, around)}\n\n`);
    }
    if (options.wait && !hasEnded(view)) return followed(terminal, session, run, { ...options, timeoutMs });
    print(terminal, options, runJson(view, answer), renderState(harmless(view), answer && harmless(answer), sheet));
    return hasEnded(view) ? exitOfRun(view) : EXIT.ok;
  });
}

async function start(
  { lifeboat, person }: Session,
  command: Command & { verb: 'plan' | 'run' },
  mode: 'plan' | 'live',
): Promise<RunView> {
  const { runbook, input, reason } = command;
  return lifeboat.start({ runbook, input, mode, by: person(), requestId: newRequestId(), reason });
}

function newRequestId(): string {
  return randomUUID().slice(0, 13);
}

export function listVerb(
  terminal: Terminal,
  options: GlobalOptions & { open?: boolean; limit?: string },
): Promise<ExitCode> {
  const limit = options.limit === undefined ? 20 : Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) {
    throw refusal('usage', '--limit is a whole number from 1 to 500.', '--limit', 'Write `--limit 50`.');
  }
  return withSession(terminal, options, async ({ lifeboat, estate }) => {
    const runs = await lifeboat.list({ open: options.open ?? false, limit });
    print(terminal, options, { ok: true, runs }, renderList(harmless(runs), sheetFor(terminal, estate)));
    return EXIT.ok;
  });
}

/** Of one run; without a name how the regions stand, and what is open. */
export function statusVerb(terminal: Terminal, options: GlobalOptions, name: string | undefined): Promise<ExitCode> {
  return withSession(terminal, options, async (session) => {
    const { lifeboat, estate } = session;
    const sheet = sheetFor(terminal, estate);
    if (name === undefined) {
      const overview = await overviewOf(lifeboat);
      print(terminal, options, { ok: true, ...overview }, renderOverview(harmless(overview), sheet));
      return EXIT.ok;
    }
    const run = await lifeboat.find(name);
    const [view, answer] = await Promise.all([lifeboat.state(run), planIfAny(lifeboat, run)]);
    const pending = await pendingIfAny(lifeboat, view);
    const text = renderState(harmless(view), answer && harmless(answer), sheet, harmless(pending));
    print(terminal, options, { ...runJson(view, answer), pending }, text);
    return exitOfRun(view);
  });
}

/** The plan of a run that exists, as its approver must see it. */
export function reviewVerb(terminal: Terminal, options: GlobalOptions, name: string | undefined): Promise<ExitCode> {
  return withSession(terminal, options, async (session) => {
    const run = await session.lifeboat.find(name);
    const [view, answer] = await Promise.all([session.lifeboat.state(run), session.lifeboat.plan(run)]);
    const around = { requester: view.request.requester, expiresAt: view.gate?.expiresAt };
    print(
      terminal,
      options,
      { ok: true, run, ...answer },
      renderPlan(harmless(answer), sheetFor(terminal, session.estate), around),
    );
    return EXIT.ok;
  });
}

export function whoVerb(terminal: Terminal, options: GlobalOptions, name: string | undefined): Promise<ExitCode> {
  return withSession(terminal, options, async ({ lifeboat, estate }) => {
    const run = await lifeboat.find(name);
    const [view, { plan }, lease] = await Promise.all([lifeboat.state(run), lifeboat.plan(run), lifeboat.lease()]);
    const standing = plan ? standingAhead(plan.core, view) : undefined;
    const taken = lease.taken.find((one) => one.run === run);
    const json = {
      ok: true,
      run,
      requester: view.request.requester,
      approvedBy: standing?.approvedBy ?? [],
      missing: standing?.missing ?? [],
      mayApprove: standing?.mayApprove ?? [],
      takenOver: taken ?? null,
      standAside: asideTexts(lease, Date.now()),
    };
    const who = harmless({ view, core: plan?.core, standing, taken, aside: json.standAside });
    print(terminal, options, json, renderWho(who, sheetFor(terminal, estate)));
    return EXIT.ok;
  });
}

export function watchVerb(terminal: Terminal, options: WaitOptions, name: string | undefined): Promise<ExitCode> {
  const timeoutMs = timeoutOf(options);
  return withSession(terminal, options, async (session) =>
    followed(terminal, session, await session.lifeboat.find(name), { ...options, timeoutMs }),
  );
}

async function followed(
  terminal: Terminal,
  session: Session,
  run: string,
  options: WaitOptions & { readonly timeoutMs: number | undefined },
): Promise<ExitCode> {
  const view = await follow(terminal, session, run, options);
  if (options.json || !terminal.out.isTTY) {
    const answer = await planIfAny(session.lifeboat, run);
    const text = `\n${renderState(harmless(view), answer && harmless(answer), sheetFor(terminal, session.estate))}`;
    print(terminal, options, runJson(view, answer), text);
  }
  return exitOfRun(view);
}

function timeoutOf({ timeout }: WaitOptions): number | undefined {
  const ms = timeout === undefined ? undefined : parseDuration(timeout);
  if (timeout === undefined || ms !== undefined) return ms;
  throw refusal('usage', '--timeout is not a duration.', '--timeout', 'Write 30s, 10m or 1h.');
}

function runJson(view: RunView, answer: PlanAnswer | undefined): object {
  const standing = answer?.plan ? standingAhead(answer.plan.core, view) : undefined;
  const waitsFor =
    standing && view.gate
      ? { approvedBy: standing.approvedBy, missing: standing.missing, mayApprove: standing.mayApprove }
      : null;
  return { ok: true, run: view.request.run, status: view.status, waitsFor, state: view };
}
