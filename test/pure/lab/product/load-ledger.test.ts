/**
 * Pins: an acknowledged write is never forgotten by the ledger, and one that was cut short is never invented.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bodyHash, type LedgerEntry, openLedger, parseLedger } from '../../../../lab/product/load/ledger.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-ledger-'));
  path = join(folder, 'ledger.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function entry(): LedgerEntry {
  return { id: randomUUID(), at: new Date().toISOString(), region: 'us-central1', hash: bodyHash(randomUUID()) };
}
const line = (it: LedgerEntry) => `${JSON.stringify(it)}\n`;

async function readBack(): Promise<readonly LedgerEntry[]> {
  const ledger = await openLedger(path);
  await ledger.close();
  return ledger.entries();
}

describe('appending', () => {
  it('counts an entry only once it is in the file', async () => {
    const ledger = await openLedger(path);
    const appended = Array.from({ length: 50 }, entry);
    const acks = appended.map(async (it) => {
      await ledger.append(it);
      expect(await readFile(path, 'utf8')).toContain(line(it));
    });
    expect(ledger.entries()).toEqual([]);
    await Promise.all(acks);
    expect(ledger.entries()).toEqual(appended);
    await ledger.close();
    expect(await readBack()).toEqual(appended);
  });

  it('keeps what was pending when it is closed', async () => {
    const ledger = await openLedger(path);
    const last = entry();
    const ack = ledger.append(last);
    await ledger.close();
    await ack;
    expect(await readBack()).toEqual([last]);
  });

  it('rejects, and does not count, when the disk refuses', async () => {
    const ledger = await openLedger(path);
    await ledger.close();
    await expect(ledger.append(entry())).rejects.toThrow();
    expect(ledger.entries()).toEqual([]);
  });
});

describe('a torn end', () => {
  it('is cut off at every possible byte, and whole entries stay', async () => {
    const [first, second] = [entry(), entry()];
    const whole = line(first) + line(second);
    for (let length = line(first).length; length < whole.length; length += 1) {
      await writeFile(path, whole.slice(0, length));
      const kept = length === whole.length - 1 ? [first, second] : [first];
      expect(await readBack()).toEqual(kept);
      expect(await readFile(path, 'utf8')).toBe(kept.map(line).join(''));
    }
  });

  it('does not spoil the next entry', async () => {
    const [first, next] = [entry(), entry()];
    await writeFile(path, `${line(first)}{"id":"${randomUUID()}","at":"2026`);
    const ledger = await openLedger(path);
    expect(ledger.recovered).toEqual({ entries: 1, torn: true });
    await ledger.append(next);
    await ledger.close();
    expect(await readBack()).toEqual([first, next]);
  });
});

describe('a broken ledger', () => {
  it('stops the start, with the line, rather than call lost writes none', async () => {
    const text = `${line(entry())}{"id":\n${line(entry())}`;
    await writeFile(path, text);
    await expect(openLedger(path)).rejects.toMatchObject({ type: 'ledger-broken', where: `${path}:2` });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('includes a last line that is complete but no entry', () => {
    expect(() => parseLedger(`${line(entry())}{"id":"x"}\n`, 'l')).toThrow('not an entry');
  });
});
