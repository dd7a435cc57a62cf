/** The verb `report`: a run's record as Markdown or HTML, from its file, or from the run itself where that is elsewhere. */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { refusal } from '../../kernel/errors.ts';
import { type RunRecord, recordOf } from '../../kernel/run/record.ts';
import { renderHtml, renderMarkdown } from '../../report/render.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { type GlobalOptions, print, type Session, type Terminal, withSession } from '../session.ts';

export interface ReportOptions extends GlobalOptions {
  readonly html?: boolean;
  readonly out?: string;
}

/** `what` is a record's file (it ends in `.json`) or a run. @throws LifeboatError `no-report`, `unknown-run`. */
export async function reportVerb(terminal: Terminal, options: ReportOptions, what: string): Promise<ExitCode> {
  const record = what.endsWith('.json')
    ? await recordIn(resolve(terminal.folder, what))
    : await withSession(terminal, options, (session) => recordOfRun(session, what));
  const text = options.html ? renderHtml(record) : renderMarkdown(record);
  if (options.out === undefined) {
    print(terminal, options, { ok: true, record }, text);
    return EXIT.ok;
  }
  const path = resolve(terminal.folder, options.out);
  await writeFile(path, text).catch(() => {
    throw refusal('no-report', 'The report cannot be written there.', path, 'Name a file in a folder that is yours.');
  });
  print(terminal, options, { ok: true, run: record.run, file: path }, `Written: ${path}`);
  return EXIT.ok;
}

async function recordIn(path: string): Promise<RunRecord> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const value = text === undefined ? undefined : parsed(text);
  if (isRecord(value)) return value;
  const problem = text === undefined ? 'The record cannot be read.' : 'This file is no record of a run.';
  throw refusal('no-report', problem, path, 'Name a run instead: `lifeboat report RUN`.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Records are written by `run.record` alone; the format number tells that it is one. */
function isRecord(value: unknown): value is RunRecord {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 1 && 'state' in value;
}

/** The record's file lies where the control worker runs; the run itself tells the same. */
async function recordOfRun({ lifeboat }: Session, name: string): Promise<RunRecord> {
  const run = await lifeboat.find(name);
  const [view, { plan }] = await Promise.all([lifeboat.state(run), lifeboat.plan(run)]);
  return recordOf(view, plan);
}
