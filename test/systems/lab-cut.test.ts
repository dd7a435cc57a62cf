/**
 * A cut really isolates: new and established connections, from outside in and from inside out, also of clients that
 * speak from 127.0.0.1 as nearly all do. Within the region everything goes on. Where nftables may not be used, it is
 * refused with what to do about it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalToCut } from '../../lab/faults/cut.ts';
import { type Lab, openLab } from '../../lab/lab.ts';
import { logTail, startProcess } from '../../lab/processes.ts';
import { loadEndpoint } from '../../lab/systems/load/load.ts';
import { serviceEndpoints } from '../../lab/systems/services/addresses.ts';
import { notYet, READY, waitFor } from '../../lab/wait.ts';

const PORT = 9999;
/** A process of the region: serves, keeps a connection within the region and one to the outside, counts what comes. */
const INSIDE = `
import { connect, createServer } from 'node:net';
const [inside, outside] = process.argv.slice(2);
const quiet = (socket) => socket.on('error', () => {});
createServer((socket) => { quiet(socket); setInterval(() => socket.write('x'), 50); })
  .listen(${PORT}, inside, () => {
    let within = 0;
    let fromOutside = 0;
    quiet(connect(${PORT}, inside)).on('data', () => { within += 1; });
    const out = quiet(connect(${PORT}, outside)).on('data', () => { fromOutside += 1; });
    setInterval(() => out.write('x'), 50);
    setInterval(() => console.log(JSON.stringify({ within, fromOutside })), 50);
  });
`;

if (refusalToCut() === undefined) describe('a cut', isolates);
else describe('a cut where nftables may not be used', isRefused);

function isRefused(): void {
  it('is refused, and says what to do', async () => {
    const lab = await openLab({ name: 'cut' });
    await expect(lab.cut('us-central1')).rejects.toMatchObject({ type: 'lab-cut', mend: expect.stringMatching(/\S/) });
    expect((await lab.status()).cut).toEqual([]);
  });
}

function isolates(): void {
  let home = '';
  let lab: Lab;
  let outside: Server;
  let client: Socket;
  let heardOutside = 0;
  let heardFromInside = 0;
  let insideAddress = '';

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lifeboat-cut-'));
    process.env.LIFEBOAT_LAB_HOME = home;
    lab = await openLab({ name: 'cut' });
    await lab.up({ only: ['haproxy'] });
    insideAddress = serviceEndpoints(lab.instance.slot)['us-central1'].address;
    const outsideAddress = loadEndpoint(lab.instance.slot).address;
    outside = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        heardFromInside += 1;
      });
      const timer = setInterval(() => socket.write('x'), 50);
      socket.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => outside.listen(PORT, outsideAddress, resolve));
    const script = join(home, 'inside.mjs');
    await writeFile(script, INSIDE);
    const args = [script, insideAddress, outsideAddress];
    await startProcess(lab.instance, 'us-central1/service', 'us-central1', { file: process.execPath, args });
    await until('a connection from outside', async () => (await reachable(insideAddress)) === 'connected');
    client = connect(PORT, insideAddress);
    client.on('error', () => undefined);
    client.on('data', () => {
      heardOutside += 1;
    });
  }, 120_000);

  afterAll(async () => {
    client.destroy();
    await lab.down({ remove: true });
    outside.close();
    delete process.env.LIFEBOAT_LAB_HOME;
    await rm(home, { recursive: true, force: true });
  }, 60_000);

  function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const look = async () => ((await holds()) ? READY : notYet('not yet'));
    return waitFor(look, { timeoutMs: 20_000, everyMs: 50, what, where: 'test' });
  }

  async function counts(): Promise<{ within: number; fromOutside: number }> {
    // The last whole line: behind the last newline one may be half written.
    const line = (await logTail(lab.instance, 'us-central1/service')).split('\n').at(-2);
    return line === undefined ? { within: 0, fromOutside: 0 } : JSON.parse(line);
  }

  /** Waits until all four counters have risen by ten from now on. */
  async function everythingFlows(): Promise<void> {
    const start = { outside: heardOutside, fromInside: heardFromInside, ...(await counts()) };
    await until('traffic in every direction', async () => {
      const now = await counts();
      const rises = [now.within - start.within, now.fromOutside - start.fromOutside];
      return [...rises, heardOutside - start.outside, heardFromInside - start.fromInside].every((rise) => rise >= 10);
    });
  }

  it('ends what is established in both directions, lets nothing new in, and leaves the region itself alone', async () => {
    await everythingFlows();
    await lab.cut('us-central1');
    expect((await lab.status()).cut).toEqual(['us-central1']);
    // What was under way is read before the count begins: the region itself has gone on for twenty beats.
    const settled = (await counts()).within;
    await until('twenty beats within the region', async () => (await counts()).within >= settled + 20);
    const start = { outside: heardOutside, fromInside: heardFromInside, ...(await counts()) };
    await until('forty beats within the region', async () => (await counts()).within >= start.within + 40);
    const end = { outside: heardOutside, fromInside: heardFromInside, ...(await counts()) };
    expect(end).toMatchObject({ outside: start.outside, fromInside: start.fromInside, fromOutside: start.fromOutside });
    expect(await reachable(insideAddress)).toBe('silent');
  }, 60_000);

  it('ends with heal, and what was established goes on', async () => {
    await lab.heal();
    expect((await lab.status()).cut).toEqual([]);
    expect(await reachable(insideAddress)).toBe('connected');
    await everythingFlows();
  }, 60_000);
}

function reachable(address: string): Promise<'connected' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connect({ port: PORT, host: address, timeout: 1000 });
    const end = (result: 'connected' | 'refused' | 'silent'): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end('connected'));
    socket.once('timeout', () => end('silent'));
    socket.once('error', () => end('refused'));
  });
}
