/**
 * The class data archive that lets six nodes start in 15 s on two cores: made once per Java and set of jars, by running
 * one node alone and letting it end cleanly. Its addresses are of no instance, so that nobody can meet it.
 */
import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { chmod, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isThere, writeWhole } from '../../../host/whole-files.ts';
import { LifeboatError } from '../../../kernel/errors.ts';
import { cached } from '../../cache.ts';
import { run } from '../../commands.ts';
import type { OnProgress } from '../../progress.ts';
import { notYet, READY, waitFor } from '../../wait.ts';
import { type CassandraNode, nodesOf } from './addresses.ts';
import { javaArgs, renderCassandraYaml, renderJolokia, renderLogback, renderRackDc } from './config.ts';
import { lookAt } from './jolokia.ts';

export interface CassandraJars {
  /** Jars of the class path, sorted, absolute. */
  readonly classPath: readonly string[];
  readonly jolokia: string;
  readonly jamm: string;
}

/** Ends the node when told to, and kills it when the lab is gone (its end of the pipe closes). */
const KEEPER = `
"$@" < /dev/null & node=$!
if read -r word; then kill -TERM $node; else kill -KILL $node; fi
wait $node
`;
const START_TIMEOUT_MS = 120_000;
const END_TIMEOUT_MS = 120_000;

/** Absolute path of the archive, made when the cache has none for this Java and these jars. */
export async function obtainArchive(java: string, jars: CassandraJars, onProgress: OnProgress): Promise<string> {
  const version = await run(java, ['-version'], { mend: 'Install Java 17.' });
  const hash = createHash('sha256')
    .update([version, ...jars.classPath, jars.jolokia].join('\n'))
    .digest('hex');
  const folder = await cached(`cassandra-archive-${hash.slice(0, 16)}`, (temporary) =>
    build(java, jars, temporary, onProgress),
  );
  return join(folder, 'classes.jsa');
}

async function build(java: string, jars: CassandraJars, folder: string, onProgress: OnProgress): Promise<void> {
  const tell = (text: string): void => onProgress({ subject: 'Cassandra class archive', phase: 'obtain', text });
  const node = buildNode();
  const work = join(folder, 'work');
  const files = {
    cassandraYaml: join(work, 'cassandra.yaml'),
    rackDc: join(work, 'rackdc.properties'),
    logback: join(work, 'logback.xml'),
    jolokiaConfig: join(work, 'jolokia.properties'),
  };
  await writeWhole(files.cassandraYaml, renderCassandraYaml([node], node, 'lifeboat-class-archive'));
  await writeWhole(files.rackDc, renderRackDc(node));
  await writeWhole(files.logback, renderLogback());
  await writeWhole(files.jolokiaConfig, renderJolokia(node, 'archive', 'archive'), { mode: 0o600 });

  const log = join(work, 'log');
  const archive = join(folder, 'classes.jsa');
  const output = openSync(log, 'a');
  const args = javaArgs({
    ...files,
    classPath: jars.classPath,
    jamm: jars.jamm,
    jolokia: jars.jolokia,
    dataFolder: join(work, 'data'),
    seed: true,
    nodeCount: 1,
    archive: { dump: archive },
  });
  tell('starting one node to learn its classes (once, about 30 s)');
  const child = spawn('/bin/sh', ['-c', KEEPER, 'keeper', java, ...args], {
    cwd: work,
    stdio: ['pipe', output, output],
  });
  closeSync(output);
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    await waitFor(
      async () => {
        const look = await lookAt(node, 'archive', 'archive');
        return look.native && look.mode === 'NORMAL' ? READY : notYet(look.mode);
      },
      { timeoutMs: START_TIMEOUT_MS, everyMs: 250, what: 'the node for the class archive', where: log },
    );
    tell('writing the archive');
    child.stdin?.write('end\n');
    await Promise.race([ended, sleep(END_TIMEOUT_MS, undefined, { ref: false })]);
  } finally {
    child.stdin?.end();
  }
  if (!isThere(archive)) {
    const kept = `${folder}.log`;
    await rename(log, kept);
    throw new LifeboatError({
      type: 'lab-archive',
      message: 'Java ended without writing the class archive',
      where: kept,
      mend: 'Read the log; is there disk space in the cache folder?',
      retryable: true,
    });
  }
  await chmod(archive, 0o644);
  await rm(work, { recursive: true });
  tell(`${Math.round((await stat(archive)).size / 1e6)} MB`);
}

/** Addresses behind the last slot belong to no instance; a random one meets no leftover of an interrupted build. */
function buildNode(): CassandraNode {
  const [first] = nodesOf(0);
  if (first === undefined) throw new TypeError('the ring has nodes');
  return { ...first, address: `127.${randomInt(120, 127)}.${randomInt(1, 255)}.${randomInt(1, 255)}` };
}
