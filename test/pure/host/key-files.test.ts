/** Failure modes pinned: a key that others can read is used; a key file is written over, or half (I2, I8). */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newKeyFile, readPrivateKey } from '../../../host/key-files.ts';
import { publicKeyOf } from '../../../kernel/signing/keys.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-keys-'));
  path = join(folder, 'key');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a key file', () => {
  it('is made for its owner alone, and read again', async () => {
    const { publicKey } = await newKeyFile(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['key']);
    expect(publicKeyOf(await readPrivateKey(path))).toBe(publicKey);
  });

  it('is never written over, nor put into a folder that is not there', async () => {
    await newKeyFile(path);
    const before = await readFile(path, 'utf8');
    await expect(newKeyFile(path)).rejects.toMatchObject({ type: 'key-file-exists', where: path });
    expect(await readFile(path, 'utf8')).toBe(before);
    await expect(newKeyFile(join(folder, 'none', 'key'))).rejects.toMatchObject({ type: 'key-file' });
  });

  it.each([0o644, 0o640, 0o604, 0o620])('that others may read or write is refused: mode %i', async (mode) => {
    await newKeyFile(path);
    await chmod(path, mode);
    await expect(readPrivateKey(path)).rejects.toMatchObject({ type: 'key-file-open', where: path });
  });

  it('that is a pipe or a folder is refused, and nobody waits for it', async () => {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    await expect(readPrivateKey(path)).rejects.toMatchObject({ type: 'key-file', where: path });
    await expect(readPrivateKey(folder)).rejects.toMatchObject({ type: 'key-file', where: folder });
  });

  it('that is none is refused, and what stands there never told', async () => {
    await expect(readPrivateKey(path)).rejects.toMatchObject({ type: 'key-file' });
    for (const text of ['sentinel', `ed25519-private:${'A'.repeat(9_000)}`]) {
      await writeFile(path, text, { mode: 0o600 });
      const error: unknown = await readPrivateKey(path).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ type: 'bad-key' });
      expect(inspect(error)).not.toContain(text);
    }
  });
});
