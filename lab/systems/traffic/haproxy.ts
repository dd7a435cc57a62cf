/**
 * HAProxy as the global load balancer, outside both regions.
 *
 * Must never happen: a start or reload that forgets a drain. Weights and drains live in HAProxy's memory; whoever
 * changes them writes the state file, and every start and reload loads it. The lab writes that file once, for a new
 * instance, and never again.
 */
import { connect } from 'node:net';
import { join } from 'node:path';
import { writeJson, writeOnce, writeWhole } from '../../../host/whole-files.ts';
import { passing } from '../../../kernel/errors.ts';
import { run } from '../../commands.ts';
import type { Instance } from '../../instance.ts';
import { type DebianProgram, obtainFromDebian } from '../../obtain/debian.ts';
import { type Command, goneWithin, logPath, recordPath, startProcess, stateOf } from '../../processes.ts';
import { silent } from '../../progress.ts';
import { notYet, READY, type Readiness, waitFor } from '../../wait.ts';
import type { LabServer } from '../system.ts';
import { renderFirstState, renderHaproxy } from './config.ts';

const SOCKET_TIMEOUT_MS = 2000;
/** `hard-stop-after` and a little. */
const OLD_GONE_TIMEOUT_MS = 7000;

export const HAPROXY: DebianProgram = {
  package: 'haproxy',
  program: 'haproxy',
  versionArgs: ['-v'],
  from: [2, 6],
  below: [3, 4],
};
const TARGET = 'haproxy';
/** Below the instance's root, as the estate file names them. */
export const SOCKET = 'run/haproxy.sock';
export const STATE_FILE = 'haproxy/state';

function haproxySocket(instance: Instance): string {
  return join(instance.root, SOCKET);
}

export function haproxyStateFile(instance: Instance): string {
  return join(instance.root, STATE_FILE);
}

export const haproxy: LabServer = {
  target: TARGET,
  kind: 'haproxy',
  place: 'outside',
  needs: [],
  readyTimeoutMs: 20_000,
  stopGraceMs: 3000,
  missing: () => undefined,
  configure,
  ready,
};

/**
 * A reload as `systemctl reload` does it: a new process that loads the state file takes the ports over, the old one
 * finishes its requests and ends. Says nothing to the state file; what was not written there is forgotten.
 */
export async function reloadHaproxy(instance: Instance): Promise<void> {
  const state = await stateOf(instance, TARGET);
  if (state.kind !== 'running') {
    throw passing('lab-not-running', 'haproxy is not running', 'haproxy', 'Run `npm run lab -- start haproxy`.');
  }
  const command = await configure(instance);
  await startProcess(instance, TARGET, 'outside', {
    ...command,
    args: [...command.args, '-sf', String(state.record.pid)],
  });
  try {
    const where = logPath(instance, TARGET);
    await waitFor(() => ready(instance), { timeoutMs: 10_000, everyMs: 50, what: 'the reloaded haproxy', where });
  } catch (error) {
    // The old one serves on when the new one could not start: it stays the one that the lab knows.
    if ((await stateOf(instance, TARGET)).kind === 'dead') {
      await writeJson(recordPath(instance, TARGET), state.record);
    }
    throw error;
  }
  if (!(await goneWithin(state.record, OLD_GONE_TIMEOUT_MS))) {
    throw passing('lab-reload', 'the old haproxy did not end', 'haproxy', 'Look at its log.');
  }
}

/** One command over the runtime socket; the answer as text. A refusal is text too, there is no code. */
export function askHaproxy(instance: Instance, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(haproxySocket(instance));
    let answer = '';
    socket.setEncoding('utf8');
    socket.setTimeout(SOCKET_TIMEOUT_MS, () => socket.destroy(new Error('haproxy did not answer')));
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('end', () => resolve(answer.trim()));
    socket.end(`${command}\n`);
  });
}

async function configure(instance: Instance): Promise<Command> {
  const program = await obtainFromDebian(HAPROXY, silent);
  const config = join(instance.root, 'haproxy', 'haproxy.cfg');
  const paths = { socket: haproxySocket(instance), stateFile: haproxyStateFile(instance) };
  await writeOnce(paths.stateFile, () => renderFirstState(instance.slot));
  await writeWhole(config, renderHaproxy(instance.slot, paths));
  await run(program, ['-c', '-q', '-f', config], { mend: `Read ${config} at the place that haproxy names.` });
  return { file: program, args: ['-db', '-f', config] };
}

/** The process of the record itself must answer: during a reload the old one may still hold the socket. */
async function ready(instance: Instance): Promise<Readiness> {
  const state = await stateOf(instance, TARGET);
  if (state.kind !== 'running') return notYet('it is not running');
  const pid = /^Pid: (\d+)$/m.exec(await askHaproxy(instance, 'show info'))?.[1];
  return Number(pid) === state.record.pid ? READY : notYet(`process ${pid ?? '?'} answers`);
}
