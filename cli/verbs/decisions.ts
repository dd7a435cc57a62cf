/** The verbs that decide: approve, reject, break-glass, resolve, pause, resume, abort. */
import { createInterface } from 'node:readline/promises';
import type { Shown } from '../../client/api.ts';
import type { Command } from '../../client/grammar/command.ts';
import { refuseAhead } from '../../client/runs/ahead.ts';
import { openGateId, shownOf } from '../../client/runs/shown.ts';
import { refusal } from '../../kernel/errors.ts';
import type { PlanAnswer, RunView } from '../../kernel/run/state.ts';
import { shortHash } from '../../kernel/signing/hash.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { renderPlan } from '../render/plan.ts';
import { harmless } from '../render/text.ts';
import { type GlobalOptions, print, type Session, sheetFor, type Terminal, withSession } from '../session.ts';

export interface ApproveOptions extends GlobalOptions {
  /** Without the question; for scripts that have looked at the plan by other means. */
  readonly yes?: boolean;
  /** The plan that was looked at, or its first 12 digits or more: another one is not approved. */
  readonly planHash?: string;
}

type Deciding = 'approve' | 'reject' | 'break-glass' | 'resolve' | 'pause' | 'resume' | 'abort';
type Decision = Command & { verb: Deciding };

const DONE: { readonly [verb in Deciding]: string } = {
  approve: 'Approved',
  reject: 'Rejected',
  'break-glass': 'Approved over the rule; this will be reviewed',
  resolve: 'Answered',
  pause: 'It pauses before its next step',
  resume: 'It goes on',
  abort: 'The abort is on its way',
};

export function decisionVerb(terminal: Terminal, options: ApproveOptions, command: Decision): Promise<ExitCode> {
  return withSession(terminal, options, async (session) => {
    const { lifeboat } = session;
    const by = session.person();
    const run = await lifeboat.find(command.run);
    switch (command.verb) {
      case 'approve':
      case 'break-glass': {
        const glass = command.verb === 'break-glass' ? { override: command.rule, reason: command.reason } : {};
        const shown = await reviewed(terminal, session, options, {
          command,
          run,
          wanted: { by, reason: '', ...glass },
        });
        await lifeboat.approve({ run, by, shown, ...glass });
        break;
      }
      case 'reject':
        await lifeboat.reject({ run, by, reason: command.reason });
        break;
      case 'resolve':
        await lifeboat.resolve({ run, by, reason: command.reason, choice: command.choice });
        break;
      case 'pause':
      case 'resume':
      case 'abort':
        await lifeboat[command.verb]({ run, by, reason: command.reason });
    }
    print(terminal, options, { ok: true, run, verb: command.verb, by }, `${DONE[command.verb]}: ${run}`);
    return EXIT.ok;
  });
}

/** Shows the plan and asks, where the run would not refuse it anyway; what was shown is what is signed, so a plan that changes meanwhile is refused. */
async function reviewed(
  terminal: Terminal,
  { lifeboat, estate }: Session,
  options: ApproveOptions,
  { command, run, wanted }: { command: Decision; run: string; wanted: Parameters<typeof refuseAhead>[2] },
): Promise<Shown> {
  const [view, answer] = await Promise.all([lifeboat.state(run), lifeboat.plan(run)]);
  const shown = shownOf(answer, openGateId(view));
  refuseAhead(view, answer.plan, wanted);
  if (options.planHash !== undefined) {
    if (options.planHash.length >= 12 && answer.planHash.startsWith(options.planHash)) return shown;
    const mend = `Look at it again: \`lifeboat review ${run}\`; its plan is now ${shortHash(answer.planHash)}.`;
    throw refusal('stale', 'The plan is not the one that was named.', run, mend);
  }
  if (options.yes) return shown;
  if (!terminal.input.isTTY || options.json) {
    const mend = 'Give `--plan-hash HASH` with the plan that you reviewed (`lifeboat review RUN`), or `--yes`.';
    throw refusal('usage', 'There is no terminal to show the plan on and to ask.', run, mend);
  }
  await confirm(terminal, { estate }, view, answer, command);
  return shown;
}

async function confirm(
  terminal: Terminal,
  { estate }: Pick<Session, 'estate'>,
  view: RunView,
  answer: PlanAnswer,
  command: Decision,
): Promise<void> {
  const around = { requester: view.request.requester, expiresAt: view.gate?.expiresAt };
  terminal.out.write(`${renderPlan(harmless(answer), sheetFor(terminal, estate), around)}\n\n`);
  const word = command.verb === 'break-glass' ? command.rule : 'approve';
  const lines = createInterface({ input: terminal.input, output: terminal.out });
  try {
    const given = await lines.question(`Type ${word} to sign plan ${shortHash(answer.planHash)}: `, {
      signal: terminal.signal,
    });
    if (given.trim() === word) return;
  } finally {
    lines.close();
  }
  throw refusal('not-confirmed', 'Nothing was signed.', view.request.run, 'Say it again when you are sure.');
}
