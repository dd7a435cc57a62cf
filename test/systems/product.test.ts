/** The product starts by itself, without the lab and without its database, and says what is wrong with what it is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadClient } from '../../lab/product/load/client.ts';
import { until } from './real-estate.ts';

const ADDRESS = '127.0.0.1';
let folder = '';
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'product-'));
  await writeFile(join(folder, 'secret'), 'a secret\n');
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, ADDRESS);
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function start(program: 'service' | 'load', config: object): Promise<ChildProcess> {
  const path = join(folder, `${program}.json`);
  await writeFile(path, JSON.stringify(config));
  const child = spawn(process.execPath, [`lab/product/${program}/main.ts`, '--config', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  return child;
}

describe('the product', () => {
  it('serves, tells that it is not healthy, and ends cleanly', async () => {
    const [port, loadPort, closed] = await Promise.all([freePort(), freePort(), freePort()]);
    const database = { contactPoints: [ADDRESS], port: closed };
    const url = `http://${ADDRESS}:${port}`;
    const access = { username: 'somebody', passwordFile: join(folder, 'secret') };
    const service = await start('service', {
      ...{ region: 'north', address: ADDRESS, port, folder: join(folder, 'service') },
      cassandra: { ...database, datacentre: 'north', ...access },
      ...{ tokenFile: join(folder, 'secret'), workers: 1, capacityPerWorker: 10 },
    });
    const load = await start('load', {
      ...{
        address: ADDRESS,
        port: loadPort,
        folder: join(folder, 'load'),
        target: url,
        rps: 1,
        services: { north: url },
      },
      cassandra: { ...access, datacentres: { north: database } },
    });
    await until('the service answers', 20_000, async () => {
      const health: unknown = await (await fetch(`${url}/health`)).json();
      expect(health).toMatchObject({ healthy: false, region: 'north' });
      return true;
    });
    const client = loadClient(`http://${ADDRESS}:${loadPort}`);
    await until('the load client answers', 20_000, async () => (await client.stats()).acked === 0);
    expect(await client.stranded('north')).toMatchObject({ measured: false });
    await expect(client.compare('south')).rejects.toMatchObject({ type: 'load-refused' });
    for (const child of [load, service]) {
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
    }
  }, 60_000);

  it('refuses a configuration that is not right, with the field', async () => {
    const child = await start('service', { region: 'north' });
    if (child.stderr === null) throw new Error('its errors are piped');
    const said = text(child.stderr);
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(await said).toContain('tokenFile');
  }, 20_000);
});
