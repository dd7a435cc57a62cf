/** Failure mode pinned: the permit signer's key is read from a file that others can read, as it once was (I2). */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newKeyPair } from '../../../kernel/signing/keys.ts';
import { readSigner } from '../../../worker/signer.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

const { publicKey, privateKey } = newKeyPair();
const estate = { ...exampleEstate('lab'), signers: { control: { keys: [publicKey] } } };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-signer-'));
  path = join(folder, 'control');
  await writeFile(path, `${privateKey}\n`, { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the permit signer's key", () => {
  it('is the one that the estate names', async () => {
    const signer = await readSigner(estate, 'control', path);
    expect([signer.publicKey, signer.privateKey()]).toEqual([publicKey, privateKey]);
    for (const [described, name] of [
      [estate, 'another'],
      [exampleEstate('lab'), 'control'],
    ] as const) {
      await expect(readSigner(described, name, path)).rejects.toMatchObject({ type: 'unknown-signer', where: path });
    }
  });

  it('is refused when others can read its file', async () => {
    await chmod(path, 0o644);
    await expect(readSigner(estate, 'control', path)).rejects.toMatchObject({ type: 'key-file-open', where: path });
  });
});
