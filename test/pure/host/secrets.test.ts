/** Pins: a secret or a foreign error's text never leaves a process, whatever prints or stores it (I8). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { failureOf } from '../../../activities/failures.ts';
import { createSecrets, Secret } from '../../../host/secrets.ts';
import { passing, refusal } from '../../../kernel/errors.ts';

const SENTINEL = 'sentinel-of-a-secret';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a secret', () => {
  it('is not in what prints it, and throws where it would be stored', () => {
    const secret = new Secret(SENTINEL);
    expect(
      [String(secret), `${secret}`, inspect({ secret }), inspect(secret, { showHidden: true, depth: 9 })].join(' '),
    ).not.toContain(SENTINEL);
    expect(() => JSON.stringify({ deep: [secret] })).toThrow('about to be written');
    expect(secret.reveal()).toBe(SENTINEL);
  });

  it('is read anew from its file and from the environment', async () => {
    const env: { [name: string]: string } = { TOKEN: 'from-env' };
    const secrets = createSecrets({ folder, env });
    await writeFile(join(folder, 'token'), 'one\n');
    expect((await secrets.resolve('file:token')).reveal()).toBe('one');
    await writeFile(join(folder, 'token'), 'two\n');
    expect((await secrets.resolve('file:token')).reveal()).toBe('two');
    expect((await secrets.resolve(`file:${join(folder, 'token')}`)).reveal()).toBe('two');
    expect((await secrets.resolve('env:TOKEN')).reveal()).toBe('from-env');
  });

  it.each([
    ['file:none', 'secret-missing'],
    ['file:empty', 'secret-missing'],
    ['env:NONE', 'secret-missing'],
    ['op://vault/item/field', 'secret-provider-missing'],
    [SENTINEL, 'bad-secret-reference'],
  ])('%s is refused as %s, and never repeated when it may be the secret itself', async (reference, type) => {
    await writeFile(join(folder, 'empty'), '\n');
    const error: unknown = await createSecrets({ folder, env: {} })
      .resolve(reference)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type, retryable: false });
    expect(inspect(error)).not.toContain(SENTINEL);
  });
});

describe('what Temporal stores of an error', () => {
  it('is type, message, place and mend of a known one, and whether it may pass', () => {
    const known = failureOf(refusal('unsafe-traffic', 'Refused.', 'items', 'Plan again.'), 'traffic.set', false);
    expect(known).toMatchObject({
      message: 'Refused.',
      type: 'unsafe-traffic',
      nonRetryable: true,
      details: [{ where: 'items', mend: 'Plan again.' }],
      stack: '',
    });
    expect(failureOf(passing('t', 'm', 'w', 'x'), 'a', false)).toMatchObject({ nonRetryable: false });
  });

  it('is the class of a foreign one, without its text, cause and stack', () => {
    const foreign = new TypeError(SENTINEL, { cause: new Error(SENTINEL) });
    const failure = failureOf(foreign, 'traffic.set', false);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'unexpected', message: 'unexpected TypeError', nonRetryable: false });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(SENTINEL);
  });

  it('is the cancellation itself, also when a socket only told that it was aborted', () => {
    const cancelled = new CancelledFailure('cancelled');
    expect(failureOf(cancelled, 'a', true)).toBe(cancelled);
    expect(failureOf(new DOMException('aborted', 'AbortError'), 'a', true)).toBeInstanceOf(CancelledFailure);
    expect(failureOf(new DOMException('aborted', 'AbortError'), 'a', false)).toBeInstanceOf(ApplicationFailure);
  });
});
