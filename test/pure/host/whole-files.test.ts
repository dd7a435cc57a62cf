/** Failure modes pinned: a half-written file that looks whole; a temporary one that stays; a key that is written over. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createWhole, readIfThere, writeJson, writeOnce, writeWhole } from '../../../host/whole-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-whole-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a file that is written whole', () => {
  it('stands with its folders, content and mode, and nothing beside it', async () => {
    const path = join(folder, 'a', 'b', 'secret');
    await writeWhole(path, 'one', { mode: 0o600 });
    await writeWhole(path, Buffer.from('two'), { mode: 0o600 });
    expect(await readFile(path, 'utf8')).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['secret']);
    await writeJson(join(folder, 'c.json'), { a: 1 });
    expect(await readIfThere(join(folder, 'c.json'))).toBe('{\n  "a": 1\n}\n');
  });

  it('is never seen in part by a reader, whoever else writes', async () => {
    const path = join(folder, 'shared');
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(100_000));
    await writeWhole(path, texts[0] ?? '');
    const writing = Promise.all(texts.flatMap((text) => [writeWhole(path, text), writeWhole(path, text)]));
    let done = false;
    const ended = writing.then(() => {
      done = true;
    });
    while (!done) expect(texts).toContain(await readFile(path, 'utf8'));
    await ended;
    expect(await readdir(folder)).toEqual(['shared']);
  });

  it('leaves what stood there, and no temporary file, when it fails', async () => {
    const path = join(folder, 'taken');
    await mkdir(path);
    await writeFile(join(path, 'inside'), '');
    await expect(writeWhole(path, 'text')).rejects.toMatchObject({ code: expect.any(String) });
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('a file that is made once', () => {
  it('is never written over', async () => {
    const path = join(folder, 'key');
    await createWhole(path, 'first', { mode: 0o600 });
    await expect(createWhole(path, 'second')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('first');
    expect(await readdir(folder)).toEqual(['key']);
  });

  it('is one and the same to all who make it at once', async () => {
    const path = join(folder, 'keys', 'key');
    const made = await Promise.all([1, 2, 3, 4, 5].map((each) => writeOnce(path, () => `key ${each}`)));
    expect(new Set(made)).toEqual(new Set([await readFile(path, 'utf8')]));
    expect(await writeOnce(path, () => 'another')).toBe(made[0]);
  });
});
