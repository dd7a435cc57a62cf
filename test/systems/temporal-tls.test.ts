/**
 * Failure modes pinned: an operator or a worker that reaches Temporal in the clear, or without its certificate, where the
 * estate asks for mutual TLS; a certificate path that is looked for elsewhere than beside the estate file.
 *
 * Temporal's development server speaks no TLS, so a real HAProxy ends it in front of a real Temporal, as in a data centre.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { openLifeboat } from '../../client/connect.ts';
import { noSigner } from '../../client/keys.ts';
import type { Estate } from '../../estate/schema.ts';
import { createSecrets } from '../../host/secrets.ts';
import { obtainFromDebian } from '../../lab/obtain/debian.ts';
import { OPENSSL } from '../../lab/obtain/tools.ts';
import { silent } from '../../lab/progress.ts';
import { connectClient, connectWorker } from '../../worker/temporal.ts';
import { exampleEstate } from '../pure/estate/estate-fixture.ts';
import { devServer } from '../workflows/harness/server.ts';

const NAME = 'temporal.example.test';
const run = promisify(execFile);

let folder: string;
let environment: TestWorkflowEnvironment;
let proxy: ReturnType<typeof spawn>;
let port: number;

async function openssl(...args: readonly string[]): Promise<void> {
  await run('openssl', [...args], { cwd: folder });
}

/** A certificate of the authority in `ca.crt`, with its key in `NAME.key`. */
async function issue(name: string, authority = 'ca'): Promise<void> {
  const request = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`];
  await openssl(
    'req',
    ...request,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-addext',
    `subjectAltName=DNS:${NAME}`,
  );
  const signer = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  await openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...signer,
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    `${name}.crt`,
  );
}

async function authority(name: string): Promise<void> {
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await openssl('req', ...made, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilListening(): Promise<void> {
  for (const endAt = Date.now() + 10_000; ; ) {
    const socket = connectSocket(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (up) return;
    if (Date.now() > endAt) throw new Error('HAProxy did not listen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-tls-'));
  await obtainFromDebian(OPENSSL, silent);
  environment = await devServer();
  await Promise.all([authority('ca'), authority('strangers')]);
  await issue('server');
  await issue('operator');
  await issue('stranger', 'strangers');
  await run('sh', ['-c', 'cat server.crt server.key > server.pem'], { cwd: folder });
  port = await freePort();
  const config = `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend temporal
  bind 127.0.0.1:${port} ssl crt ${join(folder, 'server.pem')} ca-file ${join(folder, 'ca.crt')} verify required alpn h2
  default_backend temporal
backend temporal
  server one ${environment.address} proto h2
`;
  await writeFile(join(folder, 'haproxy.cfg'), config);
  proxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' });
  await untilListening();
}, 120_000);

afterAll(async () => {
  if (proxy) {
    const ended = once(proxy, 'exit');
    proxy.kill('SIGKILL');
    await ended;
  }
  await environment?.teardown();
  await rm(folder, { recursive: true, force: true });
});

/** Paths relative to the estate file, as an estate's owner writes them. */
function estate(tls: Estate['temporal']['tls'] | undefined): Estate {
  const { tls: _, ...temporal } = exampleEstate('lab').temporal;
  const address = `127.0.0.1:${port}`;
  return { ...exampleEstate('lab'), temporal: { ...temporal, address, ...(tls === undefined ? {} : { tls }) } };
}

const certified = (name: string): Estate =>
  estate({ authority: 'ca.crt', certificate: `${name}.crt`, key: `file:${name}.key`, serverName: NAME });

const operator = (described: Estate): ReturnType<typeof openLifeboat> =>
  openLifeboat({ estate: described, digest: 'd'.repeat(64), signer: noSigner(), folder, environment: {} });

describe('mutual TLS to Temporal', () => {
  it('lets in an operator with a certificate of the authority', async () => {
    const lifeboat = await operator(certified('operator'));
    expect(await lifeboat.list({ limit: 1 })).toEqual([]);
    await lifeboat.close();
  });

  it('lets in nobody without one, or with one of another authority', async () => {
    for (const described of [estate(undefined), certified('stranger')]) {
      await expect(operator(described)).rejects.toMatchObject({ type: 'temporal-unreachable' });
    }
  }, 30_000);

  it('carries the workers, whose key may come from a file or a variable', async () => {
    const secrets = createSecrets({ folder });
    const native = await connectWorker(certified('operator'), { folder, secrets });
    const answer = await native.workflowService.getSystemInfo({});
    expect(answer.serverVersion).toMatch(/^\d/);
    await native.close();
    const { stdout: key } = await run('cat', [join(folder, 'operator.key')]);
    const described = estate({
      authority: 'ca.crt',
      certificate: 'operator.crt',
      key: 'env:TLS_KEY',
      serverName: NAME,
    });
    const client = await connectClient(described, {
      folder,
      secrets: createSecrets({ folder, env: { TLS_KEY: key } }),
    });
    const namespace = client.workflow.list({ pageSize: 1 });
    for await (const _ of namespace) throw new Error('there are no workflows yet');
    await client.connection.close();
  });

  it('carries a worker whose certificate stands in the environment, as an operator', async () => {
    const variables = {
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'operator.crt'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: join(folder, 'operator.key'),
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'ca.crt'),
      TEMPORAL_TLS_SERVER_NAME: NAME,
    };
    const access = { folder, secrets: createSecrets({ folder }), environment: variables };
    const native = await connectWorker(estate(undefined), access);
    expect((await native.workflowService.getSystemInfo({})).serverVersion).toMatch(/^\d/);
    await native.close();
  });

  it('refuses a worker whose certificate cannot be read, and does not wait for ever', async () => {
    const missing = estate({ certificate: 'nowhere.crt', key: 'file:operator.key' });
    const access = { folder, secrets: createSecrets({ folder }) };
    await expect(connectWorker(missing, access)).rejects.toMatchObject({ type: 'tls-file', where: 'nowhere.crt' });
    const keyless = estate({ certificate: 'operator.crt', key: 'file:nowhere.key' });
    await expect(connectClient(keyless, access)).rejects.toMatchObject({ type: 'secret-missing' });
  });
});
