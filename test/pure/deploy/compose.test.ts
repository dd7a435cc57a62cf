/**
 * Pins: the compose file for production-like use stays whole although nothing here can start it. A service that waits
 * for one that is not there, a moving image, a password in the file, a search attribute that the code sets and the
 * namespace lacks: each would be found on the night when Temporal has to be set up again.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { looksSecret } from '../../../estate/file/secrets.ts';
import { SEARCH_ATTRIBUTES } from '../../../kernel/run/search-attributes.ts';

const url = new URL('../../../temporal-docker-compose.yml', import.meta.url);
const text = readFileSync(url, 'utf8');

const Service = z.strictObject({
  image: z.string(),
  restart: z.string(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully', 'service_started']) }),
    )
    .default({}),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  entrypoint: z.array(z.string()).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
});

const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
});

const { services, volumes } = Compose.parse(parse(text, { merge: true }));

describe('temporal-docker-compose.yml', () => {
  it('is well-formed YAML without doubled keys', () => {
    expect(parseDocument(text, { merge: true }).errors).toEqual([]);
  });

  it('has what production-like use needs', () => {
    expect(Object.keys(services)).toEqual(['postgres', 'schema', 'temporal', 'namespace', 'ui']);
  });

  it.each(Object.entries(services))('%s waits only for what is there and can be waited for so', (_, { depends_on }) => {
    for (const [target, { condition }] of Object.entries(depends_on)) {
      const there = services[target];
      expect(there).toBeDefined();
      if (condition === 'service_healthy') expect(there?.healthcheck).toBeDefined();
      // What restarts for ever never completes.
      if (condition === 'service_completed_successfully') expect(there?.restart).toMatch(/^on-failure/);
    }
  });

  it('starts in the one order that works', () => {
    const after = (name: string): string[] =>
      Object.keys(services[name]?.depends_on ?? {}).flatMap((target) => [target, ...after(target)]);
    expect(after('temporal')).toEqual(expect.arrayContaining(['postgres', 'schema']));
    expect(after('ui')).toEqual(expect.arrayContaining(['temporal', 'namespace', 'schema', 'postgres']));
    for (const name of Object.keys(services)) expect(after(name)).not.toContain(name);
  });

  it.each(Object.entries(services))('%s has a pinned image', (_, { image }) => {
    expect(image).toMatch(/^[a-z0-9/.-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(image).not.toContain('auto-setup');
  });

  it('server and tools are of one version, so that the schema fits', () => {
    const versions = ['schema', 'temporal', 'namespace'].map((name) => services[name]?.image.split(':')[1]);
    expect(new Set(versions).size).toBe(1);
  });

  it('holds no secret: passwords come from the environment and have no default', () => {
    expect(looksSecret(text)).toBe(false);
    const secrets = Object.values(services).flatMap(({ environment }) =>
      Object.entries(environment).filter(([key]) => /PASSWORD|PWD|SECRET|TOKEN|KEY/.test(key)),
    );
    expect(secrets).toHaveLength(3);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
  });

  it('makes exactly the search attributes that the code sets', () => {
    const made = services['namespace']?.environment['LIFEBOAT_SEARCH_ATTRIBUTES']?.split(' ') ?? [];
    expect(made.toSorted()).toEqual(Object.values(SEARCH_ATTRIBUTES).toSorted());
    const script = readFileSync(new URL('deploy/temporal/namespace.sh', url), 'utf8');
    expect(script).toContain('--type Keyword');
  });

  it('listens on this machine alone until it is told otherwise', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports).toHaveLength(2);
    for (const port of ports) expect(port).toMatch(/^\$\{TEMPORAL_BIND:-127\.0\.0\.1\}:\d+:\d+$/);
  });

  it('mounts only files that are in the repository, and volumes that it declares', () => {
    for (const mount of Object.values(services).flatMap((service) => service.volumes)) {
      const [source = ''] = mount.split(':');
      if (!source.startsWith('./')) {
        expect(Object.keys(volumes)).toContain(source);
        continue;
      }
      const file = new URL(source, url);
      expect(existsSync(file) && statSync(file).isFile()).toBe(true);
      expect(mount).toMatch(/:ro$/);
    }
  });

  it('its dynamic config is a map of lists of values', () => {
    const config: unknown = parse(readFileSync(new URL('deploy/temporal/dynamic-config.yaml', url), 'utf8'));
    const Config = z.record(z.string(), z.array(z.strictObject({ value: z.union([z.string(), z.number()]) })).min(1));
    expect(Config.safeParse(config).success).toBe(true);
  });

  it('its header says that it was not started', () => {
    expect(text.split('\n').slice(0, 4).join('\n')).toContain('NOT STARTED');
  });
});
