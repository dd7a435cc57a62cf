/**
 * Failure modes pinned, with real control workers on a real Temporal: one that comes back with a stale estate file polls on
 * beside the others; nobody sees which one it is; it needs somebody to start it anew once its file is renewed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { pollersOf } from '../../activities/runs/index.ts';
import { openLifeboat } from '../../client/connect.ts';
import { noSigner } from '../../client/keys.ts';
import { mustParseEstate } from '../../estate/file/parse.ts';
import { asideTexts } from '../../kernel/authority/ruling.ts';
import { newKeyPair } from '../../kernel/signing/keys.ts';
import { exampleEstate, exampleText, replaced } from '../pure/estate/estate-fixture.ts';
import { devServer } from '../workflows/harness/server.ts';

const MAIN = new URL('../../worker/main.ts', import.meta.url).pathname;
const SIGNER = newKeyPair();

let folder: string;
let environment: TestWorkflowEnvironment;
const children: ChildProcess[] = [];

function textOf(generation: number): string {
  const [signer = ''] = exampleEstate('lab').signers['control']?.keys ?? [];
  const changes = [
    [signer, SIGNER.publicKey],
    ['127.0.0.1:21000', environment.address],
    ['namespace: default', `namespace: ${environment.namespace ?? 'default'}`],
    ['generation: 1', `generation: ${generation}`],
  ] as const;
  return changes.reduce((text, [from, to]) => replaced(text, from, to), exampleText('lab'));
}

interface Control {
  readonly estate: string;
  readonly pid: number;
  /** Until it has written a line with these words, once more than before. */
  says(words: string): Promise<string>;
}

async function startControl(name: string, generation: number): Promise<Control> {
  const home = join(folder, name);
  await mkdir(home);
  const estate = join(home, 'estate.yaml');
  const signerKeyFile = join(home, 'signer.key');
  await writeFile(estate, textOf(generation));
  await writeFile(signerKeyFile, `${SIGNER.privateKey}\n`, { mode: 0o600 });
  const config = join(home, 'config.json');
  await writeFile(config, JSON.stringify({ estate, folder: home, signerKeyFile, signer: 'control' }));
  const child = spawn(process.execPath, [MAIN, 'control', '--config', config], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  children.push(child);
  if (child.stdout === null || child.pid === undefined) throw new TypeError('it was started, and this is a pipe');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    estate,
    pid: child.pid,
    async says(words) {
      for (;;) {
        const at = lines.findIndex((line) => line.includes(words));
        if (at !== -1) return lines.splice(0, at + 1).at(-1) ?? '';
        await once(reader, 'line');
      }
    },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-stale-'));
  environment = await devServer();
}, 60_000);

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  await environment?.teardown();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

it('stands aside, is named to people, and takes tasks again by itself when its file is renewed', async () => {
  const first = await startControl('first', 2);
  await first.says('takes tasks: its estate file is generation 2');
  const second = await startControl('second', 1);
  await second.says('ready on lab.control');
  const said = await second.says('stands aside');
  expect(said).toContain(`control/${second.pid}@`);
  const { estate, digest } = mustParseEstate(textOf(2), 'estate.yaml');
  const lifeboat = await openLifeboat({ estate, digest, signer: noSigner(), folder, environment: {} });
  const texts = asideTexts(await lifeboat.lease(), Date.now());
  expect(texts).toEqual([said]);
  const pollers = await pollersOf(environment.client, 'lab.control');
  expect(pollers.filter((one) => one.startsWith('control/'))).toEqual([expect.stringContaining(`/${first.pid}@`)]);

  await writeFile(second.estate, textOf(2));
  await second.says('begins anew');
  await second.says('takes tasks: its estate file is generation 2');
  expect(asideTexts(await lifeboat.lease(), Date.now())).toEqual([]);

  // A newer file takes over at once; whoever still has the old one notices by itself.
  await writeFile(second.estate, textOf(3));
  const third = await startControl('third', 3);
  await third.says('takes tasks: its estate file is generation 3');
  expect(await first.says('stands aside')).toContain('generation 3');
  await second.says('begins anew');
  await second.says('takes tasks: its estate file is generation 3');
  await lifeboat.close();
}, 90_000);
