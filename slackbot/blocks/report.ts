/** The report of a run as a file in Slack, and the message of its thread that shows it. Pure. */
import { asClause } from '../../kernel/errors.ts';
import { recordOf } from '../../kernel/run/record.ts';
import { renderHtml } from '../../report/render.ts';
import { headlineOf, type Scene } from './scene.ts';
import { code, fallback, type Message, safe, section } from './text.ts';

/** One page with nothing to fetch; made here from what the run tells, as the worker made its own. */
export function reportFile({ run, plan }: Scene): {
  readonly name: string;
  readonly title: string;
  readonly content: string;
} {
  const name = run.request.run.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100);
  return {
    name: `${name}.html`,
    title: `Report of ${run.request.run}`.slice(0, 200),
    content: renderHtml(recordOf(run, plan)),
  };
}

/** @param link of a file of ours; the message that has it shows the file to the channel */
export function reportMessage(scene: Scene, link: string): Message {
  const name = safe(scene.run.request.run, 200);
  return {
    text: `The report of ${name}: ${fallback(asClause(headlineOf(scene)))}.`,
    blocks: [section(`*Report* <${link}|${name}>`)],
  };
}

/** @param why Slack's own name of its refusal */
export function noReportMessage({ run }: Scene, why: string): Message {
  const command = code(`lifeboat report ${run.request.run} --html --out FILE`);
  const mend = why === 'missing_scope' ? ' The app lacks the scope `files:write`: see `slackbot/manifest.json`.' : '';
  return {
    text: `The report of ${safe(run.request.run, 200)} is not here as a file (${safe(why, 60)}).`,
    blocks: [
      section(`*Report* Slack did not take it as a file (${code(why, 60)}).${mend} In the terminal: ${command}`),
    ],
  };
}
