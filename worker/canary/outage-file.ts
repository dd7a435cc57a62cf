/** The outages by region, durable: the time of a fault must outlive the process that saw it. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeJson } from '../../host/whole-files.ts';
import { Outage } from './outages.ts';

const Outages = z.record(z.string(), Outage);
export type Outages = z.infer<typeof Outages>;

/** Empty where there is no file yet, or one that cannot be read: then there is nothing that was measured. */
export async function readOutages(path: string): Promise<Outages> {
  try {
    return Outages.safeParse(JSON.parse(await readFile(path, 'utf8'))).data ?? {};
  } catch {
    return {};
  }
}

/** Whole or not at all. */
export async function writeOutages(path: string, outages: Outages): Promise<void> {
  await writeJson(path, outages);
}
