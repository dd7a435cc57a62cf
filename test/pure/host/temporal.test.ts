/**
 * Failure modes pinned: a worker that goes to another Temporal than its operators, because it reads other variables; an
 * API key or a certificate that is sent in the clear, or not at all.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Estate } from '../../../estate/schema.ts';
import { createSecrets } from '../../../host/secrets.ts';
import { type ConnectionSettings, connectionSettings, type Environment, namespaceOf } from '../../../host/temporal.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

const { tls: _, ...plain } = exampleEstate('lab').temporal;
const bare: Estate = { ...exampleEstate('lab'), temporal: { ...plain, address: 'estate:7233', namespace: 'ours' } };
const mutual: Estate = {
  ...bare,
  temporal: {
    ...bare.temporal,
    tls: { certificate: 'own.crt', key: 'file:own.key', authority: 'ca.crt', serverName: 'temporal.test' },
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-way-'));
  for (const name of ['own.crt', 'own.key', 'ca.crt', 'other.crt', 'other.key']) {
    await writeFile(join(folder, name), name);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settings = (estate: Estate, environment: Environment): Promise<ConnectionSettings> =>
  connectionSettings(estate, { folder, secrets: createSecrets({ folder, env: environment }), environment });

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

describe('the way to Temporal', () => {
  it("is the estate's, and in the clear only where neither it nor the environment asks for TLS", async () => {
    expect(await settings(bare, {})).toEqual({ address: 'estate:7233' });
    expect(namespaceOf(bare, {})).toBe('ours');
    const { tls } = await settings(mutual, {});
    if (tls === undefined || tls === true) throw new TypeError('the estate describes it');
    expect([text(tls.clientCertPair?.crt), text(tls.clientCertPair?.key)]).toEqual(['own.crt', 'own.key']);
    expect([text(tls.serverRootCACertificate), tls.serverNameOverride]).toEqual(['ca.crt', 'temporal.test']);
  });

  it("is the environment's where that says something, and empty is nothing", async () => {
    const environment = {
      TEMPORAL_ADDRESS: 'other:7233',
      TEMPORAL_NAMESPACE: 'theirs',
      TEMPORAL_TLS_CLIENT_CERT_PATH: 'other.crt',
      TEMPORAL_TLS_CLIENT_KEY_PATH: 'other.key',
      TEMPORAL_TLS_SERVER_NAME: '',
    };
    const { address, tls } = await settings(mutual, environment);
    if (tls === undefined || tls === true) throw new TypeError('it is described');
    expect(address).toBe('other:7233');
    expect(namespaceOf(mutual, environment)).toBe('theirs');
    expect([text(tls.clientCertPair?.crt), text(tls.clientCertPair?.key)]).toEqual(['other.crt', 'other.key']);
    expect(tls.serverNameOverride).toBe('temporal.test');
    const empty = { TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_API_KEY: '', TEMPORAL_TLS: '' };
    expect(await settings(bare, empty)).toEqual({ address: 'estate:7233' });
    expect(namespaceOf(bare, empty)).toBe('ours');
  });

  it('never sends an API key in the clear', async () => {
    expect(await settings(bare, { TEMPORAL_API_KEY: 'key' })).toMatchObject({ apiKey: 'key', tls: true });
    expect(await settings(bare, { TEMPORAL_TLS: 'true' })).toMatchObject({ tls: true });
  });

  it('is in the clear by no misspelling: a word that is neither true nor false, and data that is not read, are refused', async () => {
    for (const TEMPORAL_TLS of ['True', 'TRUE', '1']) {
      expect((await settings(bare, { TEMPORAL_TLS })).tls).toBe(true);
    }
    for (const TEMPORAL_TLS of ['yes', 'on', 't']) {
      await expect(settings(bare, { TEMPORAL_TLS })).rejects.toMatchObject({ type: 'bad-tls-setting' });
    }
    const inline = { TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'a certificate' };
    await expect(settings(bare, inline)).rejects.toMatchObject({ type: 'bad-tls-setting' });
  });

  it('is refused with half a certificate, or one that cannot be read', async () => {
    const half = { TEMPORAL_TLS_CLIENT_CERT_PATH: 'own.crt' };
    await expect(settings(bare, half)).rejects.toMatchObject({ type: 'tls-half' });
    const none = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'none.crt' };
    await expect(settings(bare, none)).rejects.toMatchObject({ type: 'tls-file', where: 'none.crt' });
  });

  it('takes its key by reference, as every secret', async () => {
    const key = (reference: string): Estate => ({
      ...bare,
      temporal: { ...bare.temporal, tls: { certificate: 'own.crt', key: reference } },
    });
    const { tls } = await settings(key('env:KEY'), { KEY: 'of the environment' });
    expect(text(tls === true ? undefined : tls?.clientCertPair?.key)).toBe('of the environment');
    await expect(settings(key('env:KEY'), {})).rejects.toMatchObject({ type: 'secret-missing' });
    await expect(settings(key('op://a/b'), {})).rejects.toMatchObject({ type: 'secret-provider-missing' });
  });
});
