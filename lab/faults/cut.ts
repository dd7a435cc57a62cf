/**
 * A region is cut off the network, or only off the load balancer, and healed: nftables, one table per instance. Needs root.
 */
import { join } from 'node:path';
import { readIfThere, writeJson } from '../../host/whole-files.ts';
import { factsOf, refusal } from '../../kernel/errors.ts';
import { run } from '../commands.ts';
import type { Instance } from '../instance.ts';
import { findProgram, obtainFromDebian } from '../obtain/debian.ts';
import { NFTABLES } from '../obtain/tools.ts';
import { isRegion, type Region } from '../places.ts';
import { isRoot } from '../processes.ts';
import type { OnProgress } from '../progress.ts';
import { serviceEndpoints } from '../systems/services/addresses.ts';
import { trafficAddresses } from '../systems/traffic/addresses.ts';
import { renderCut, renderMarks, tableName } from './cut-rules.ts';

const NOTHING: Cuts = { regions: [], paths: [] };
const MEND = 'Run `npm run lab -- doctor`, which says whether this kernel and user may use nftables.';

/** Loads the instance's table, so that connections are known before a cut. Where it cannot, it says so and goes on. */
export async function ensureMarks(instance: Instance, onProgress: OnProgress): Promise<void> {
  const tell = (why: string): void =>
    onProgress({ subject: 'cut', phase: 'missing', text: `${why}; \`cut\` will not work` });
  if (!isRoot()) return tell('not root');
  try {
    await obtainFromDebian(NFTABLES, onProgress);
    if (!(await hasTable(instance))) await load(renderMarks(instance.slot));
  } catch (error) {
    tell(factsOf(error, 'nft').message);
  }
}

/** What is cut: whole regions, and regions that only the load balancer does not reach. */
export interface Cuts {
  readonly regions: readonly Region[];
  readonly paths: readonly Region[];
}

/** Cuts the region off, besides what is cut already. Throws `lab-cut` where that is not possible. */
export async function cutRegion(instance: Instance, region: Region): Promise<void> {
  await requireCuts(instance, region);
  const { regions, paths } = await cutsOf(instance);
  await applyCuts(instance, { regions: [...new Set([...regions, region])], paths });
}

/** Cuts only the way from the load balancer to the region's service; its health page answers everybody else. */
export async function cutPath(instance: Instance, region: Region): Promise<void> {
  await requireCuts(instance, region);
  const { regions, paths } = await cutsOf(instance);
  await applyCuts(instance, { regions, paths: [...new Set([...paths, region])] });
}

async function requireCuts(instance: Instance, region: Region): Promise<void> {
  const reason = refusalToCut();
  if (reason !== undefined) throw refusal('lab-cut', reason.why, region, reason.mend);
  if (!(await hasTable(instance))) {
    throw refusal(
      'lab-cut',
      'the connections of this lab are not known, because it was not started with nftables',
      region,
      'Run `npm run lab -- down`, then `npm run lab -- up` as root, then this again.',
    );
  }
}

/** Ends every cut. Does nothing where none is. */
export async function healAll(instance: Instance): Promise<void> {
  if (refusalToCut() === undefined && (await hasTable(instance))) await load(renderCut(instance.slot, []));
  await writeJson(cutsPath(instance), NOTHING);
}

/** Takes the instance's table away; for `down`. */
export async function removeMarks(instance: Instance): Promise<void> {
  if (refusalToCut() === undefined && (await hasTable(instance))) {
    await load(`delete table ip ${tableName(instance.slot)}\n`);
  }
  await writeJson(cutsPath(instance), NOTHING);
}

/** What is cut now. */
export async function cutsOf(instance: Instance): Promise<Cuts> {
  const text = await readIfThere(cutsPath(instance));
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (typeof value !== 'object' || value === null) return NOTHING;
  return {
    regions: 'regions' in value ? regionsIn(value.regions) : [],
    paths: 'paths' in value ? regionsIn(value.paths) : [],
  };
}

function regionsIn(value: unknown): readonly Region[] {
  return Array.isArray(value) ? value.map(String).filter(isRegion) : [];
}

/** Why this machine and user cannot cut, with the mend; undefined when they can. */
export function refusalToCut(): { readonly why: string; readonly mend: string } | undefined {
  if (!isRoot()) return { why: 'cutting a region needs root', mend: 'Run the lab as root, from `up` on.' };
  const found = findProgram(NFTABLES);
  return found.ok ? undefined : { why: found.why, mend: found.mend };
}

async function applyCuts(instance: Instance, cuts: Cuts): Promise<void> {
  const { slot } = instance;
  const from = trafficAddresses(slot).items.address;
  const paths = cuts.paths.map((region) => ({ from, to: serviceEndpoints(slot)[region] }));
  await load(renderCut(slot, cuts.regions, paths));
  await writeJson(cutsPath(instance), cuts);
}

async function hasTable(instance: Instance): Promise<boolean> {
  const tables = await run(nft(), ['list', 'tables', 'ip'], { mend: MEND });
  return tables.split('\n').includes(`table ip ${tableName(instance.slot)}`);
}

async function load(rules: string): Promise<void> {
  await run(nft(), ['-f', '-'], { input: rules, mend: MEND });
}

function nft(): string {
  const found = findProgram(NFTABLES);
  if (found.ok) return found.path;
  throw refusal('lab-cut', found.why, 'nft', found.mend);
}

function cutsPath(instance: Instance): string {
  return join(instance.root, 'run', 'cuts.json');
}
