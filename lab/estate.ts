/**
 * The lab's estate file: the systems' sections, rendered into `<root>/estate.yaml` in the shape of `estate/schema.ts`.
 * It describes the whole lab, whatever part of it runs. No secret enters it; it names them by `file:`.
 */
import { Document, stringify } from 'yaml';
import { readIfThere, writeWhole } from '../host/whole-files.ts';
import { ESTATE_NAME, estatePath, type Instance } from './instance.ts';
import { byRegion, type Region } from './places.ts';
import { ensureSecrets, type LabSecret, publicHalf, readSecret, secretPath } from './secrets.ts';
import { SYSTEMS } from './systems/index.ts';
import type { PublicKeyOf } from './systems/system.ts';

const CONTINENTS: Readonly<Record<Region, string>> = { 'us-central1': 'north-america', 'europe-west1': 'europe' };
const HEADER = ` The estate of a Lifeboat lab: two regions of real servers on this machine.
 Written by the lab at every \`up\`; changes here are lost. Paths are relative to this file.`;

/** Makes missing secrets and keys and writes the estate file, unless it already says the same. Gives its path. */
export async function ensureEstate(instance: Instance): Promise<string> {
  const secrets = SYSTEMS.flatMap((system) => system.secrets ?? []);
  await ensureSecrets(instance, secrets);
  const text = renderEstate(instance.slot, await publicKeysOf(instance, secrets));
  const path = estatePath(instance);
  if ((await readIfThere(path)) !== text) await writeWhole(path, text);
  return path;
}

/** The estate file's text. */
export function renderEstate(slot: number, publicKeyOf: PublicKeyOf): string {
  const sections = SYSTEMS.map((system) => system.estateSections?.(slot, publicKeyOf) ?? {});
  const document = new Document({
    version: 1,
    name: ESTATE_NAME,
    generation: 1,
    regions: byRegion((region) => ({ continent: CONTINENTS[region], site: 'gcp' })),
    ...Object.assign({}, ...sections),
    reports: { location: 'reports' },
  });
  document.commentBefore = HEADER;
  return stringify(document, { lineWidth: 0 });
}

async function publicKeysOf(instance: Instance, secrets: readonly LabSecret[]): Promise<PublicKeyOf> {
  const halves = new Map<string, string>();
  for (const secret of secrets.filter((one) => 'kind' in one)) {
    halves.set(secret.file, publicHalf(await readSecret(instance, secret), secretPath(instance, secret)));
  }
  return (key) => {
    const half = halves.get(key.file);
    if (half === undefined) throw new TypeError(`${key.file} is not among the secrets of its system`);
    return half;
  };
}
