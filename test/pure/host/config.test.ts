/** Failure modes pinned: a process that dies of its configuration with a stack, or says a token when it does (I8, I12). */
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readConfig, readPrivateConfig } from '../../../host/config.ts';
import { readEstate } from '../../../host/estate-file.ts';
import { BotConfig } from '../../../slackbot/config.ts';

const SENTINEL = 'sentinel-of-a-token';
const Schema = z.strictObject({ name: z.string(), token: z.string().startsWith('xoxb-') });

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-config-'));
  path = join(folder, 'config.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a configuration file', () => {
  it('is given as its schema says', async () => {
    await writeFile(path, '{"name": "a", "token": "xoxb-1"}');
    expect(await readConfig(Schema, path)).toEqual({ name: 'a', token: 'xoxb-1' });
  });

  it.each([
    [undefined, 'cannot be read'],
    [`{"token": "${SENTINEL}`, 'no JSON'],
    [`{"name": 1, "token": "${SENTINEL}"}`, 'name: '],
    [`{"name": "a", "token": "${SENTINEL}"}`, 'token: '],
    [`{"name": "a", "token": "xoxb-1", "more": "${SENTINEL}"}`, 'more'],
  ])('%s is refused: %s', async (text, why) => {
    if (text !== undefined) await writeFile(path, text);
    const error: unknown = await readConfig(Schema, path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: 'bad-config', where: path, retryable: false });
    expect(error).toMatchObject({ message: expect.stringContaining(why) });
    expect(inspect(error)).not.toContain(SENTINEL);
  });

  it('that holds secrets is refused when others can read it', async () => {
    await writeFile(path, '{"name": "a", "token": "xoxb-1"}', { mode: 0o640 });
    await expect(readPrivateConfig(Schema, path)).rejects.toMatchObject({
      type: 'bad-config',
      message: expect.stringContaining('can be read by others'),
    });
    await chmod(path, 0o600);
    expect(await readPrivateConfig(Schema, path)).toMatchObject({ name: 'a' });
    await expect(readPrivateConfig(Schema, join(folder, 'none'))).rejects.toMatchObject({ type: 'bad-config' });
  });

  it('of a bot in HTTP mode needs an address', async () => {
    await writeFile(path, JSON.stringify({ estate: 'e', botKeyFile: 'k', tokensFile: 't', mode: 'http' }));
    await expect(readConfig(BotConfig, path)).rejects.toMatchObject({
      type: 'bad-config',
      message: expect.stringContaining('http: HTTP mode'),
    });
  });
});

describe('the estate file', () => {
  it('comes with its digest and the folder where its paths begin', async () => {
    await copyFile(new URL('../../../examples/lab.yaml', import.meta.url), join(folder, 'estate.yaml'));
    const { estate, digest, folder: found } = await readEstate(join(folder, 'estate.yaml'));
    expect(estate.name).toBe('lab');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(found).toBe(folder);
  });

  it('is refused when it is not there, or is none', async () => {
    await expect(readEstate(path)).rejects.toMatchObject({ type: 'no-estate', where: path });
    await writeFile(path, 'version: 1');
    await expect(readEstate(path)).rejects.toMatchObject({ type: 'bad-estate' });
  });
});
