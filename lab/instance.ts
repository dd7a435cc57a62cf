/**
 * An instance of the lab: a name, a slot (which decides its addresses), a folder. Kept in `<root>/instance.json`.
 *
 * Slots are claimed for the whole machine in the cache folder, so that instances of several checkouts never meet. A
 * claim names its instance's folder and holds while that folder says the same.
 */
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWhole, readIfThere, writeJson } from '../host/whole-files.ts';
import { LifeboatError, refusal } from '../kernel/errors.ts';
import { withLock } from './lock.ts';
import { MAX_SLOT } from './places.ts';

export interface Instance {
  readonly name: string;
  readonly slot: number;
  /** Absolute; everything of this instance is below it. */
  readonly root: string;
}

/** The estate's name, which begins every task queue of the lab. */
export const ESTATE_NAME = 'lab';

/** The checkout that this file is in. */
export const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where downloads and built archives are kept, outside any checkout: `LIFEBOAT_CACHE` or `~/.cache/lifeboat`. */
export function cacheFolder(): string {
  return resolve(process.env.LIFEBOAT_CACHE ?? join(homedir(), '.cache', 'lifeboat'));
}

/** Where instances live: `LIFEBOAT_LAB_HOME` or `<checkout>/.lab`. */
function labHome(): string {
  return resolve(process.env.LIFEBOAT_LAB_HOME ?? join(CHECKOUT, '.lab'));
}

/** Absolute path of the rendered estate file. */
export function estatePath(instance: Instance): string {
  return join(instance.root, 'estate.yaml');
}

/**
 * The instance of that name, made with a free slot where there is none yet.
 * Throws `lab-name` for a name that cannot be a folder's, `lab-no-slot` when all 100 are taken.
 */
export async function openInstance(name: string): Promise<Instance> {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw refusal(
      'lab-name',
      `"${name}" cannot name a lab instance`,
      '--name',
      'Use lower-case letters, digits and dashes, at most 31, starting with a letter or a digit.',
    );
  }
  const root = join(labHome(), name);
  const slot = (await slotIn(root)) ?? (await claimSlot(root, name));
  return { name, slot, root };
}

/** Gives the slot back; the caller has stopped everything and removed the folder. */
export async function releaseSlot(instance: Instance): Promise<void> {
  const path = claimPath(instance.slot);
  if ((await readIfThere(path)) === instance.root) await rm(path, { force: true });
}

async function claimSlot(root: string, name: string): Promise<number> {
  await mkdir(root, { recursive: true });
  return withLock(join(cacheFolder(), 'slots', 'lock'), { timeoutMs: 10_000 }, async () => {
    const already = await slotIn(root);
    if (already !== undefined) return already;
    for (let slot = 0; slot <= MAX_SLOT; slot += 1) {
      if (!(await claim(slot, root))) continue;
      await writeJson(join(root, 'instance.json'), { name, slot });
      return slot;
    }
    throw new LifeboatError({
      type: 'lab-no-slot',
      message: `all ${MAX_SLOT + 1} slots are taken`,
      where: join(cacheFolder(), 'slots'),
      mend: 'Remove an instance with `npm run lab -- down --remove --name NAME`.',
      retryable: false,
    });
  });
}

async function claim(slot: number, root: string): Promise<boolean> {
  const path = claimPath(slot);
  const holder = await readIfThere(path);
  if (holder !== undefined && holder !== root && (await slotIn(holder)) === slot) return false;
  await rm(path, { force: true });
  await createWhole(path, root);
  return true;
}

function claimPath(slot: number): string {
  return join(cacheFolder(), 'slots', String(slot));
}

async function slotIn(root: string): Promise<number | undefined> {
  const text = await readIfThere(join(root, 'instance.json'));
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('slot' in value)) return undefined;
  const slot = Number(value.slot);
  return Number.isInteger(slot) && slot >= 0 && slot <= MAX_SLOT ? slot : undefined;
}
