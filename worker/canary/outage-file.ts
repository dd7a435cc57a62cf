/** What was seen of outages, durable: the time of a fault must outlive the process that saw it. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { codeOf } from '../../host/error-code.ts';
import { writeJson } from '../../host/whole-files.ts';
import { Unwatched } from '../../runbooks/steps/canaries.ts';
import { WatchRecord } from './outages.ts';
import { Outage } from './remembered.ts';

const Outages = z.strictObject({
  regions: z.record(z.string(), WatchRecord.extend({ unwatched: Unwatched.nullable() })),
  nodes: z.record(z.string(), WatchRecord),
});
export type Outages = z.infer<typeof Outages>;

/** What a canary wrote that knew only the last outage of each region. */
const LastOnly = z.record(z.string(), Outage).transform(
  (all): Outages => ({
    regions: Object.fromEntries(
      Object.entries(all).map(([region, last]) => [region, { last, remembered: [last], unwatched: null }]),
    ),
    nodes: {},
  }),
);

const NONE: Outages = { regions: {}, nodes: {} };

/** Nothing where there is no file yet; null for one that cannot be read: what it knew is not known (I11). */
export async function readOutages(path: string): Promise<Outages | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? NONE : null;
  }
  try {
    return z.union([Outages, LastOnly]).safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Whole or not at all. */
export async function writeOutages(path: string, outages: Outages): Promise<void> {
  await writeJson(path, outages);
}
