/** The outages by region, durable: the time of a fault must outlive the process that saw it. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
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

/** Whole or not at all: a temporary file, fsync, rename. */
export async function writeOutages(path: string, outages: Outages): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(`${JSON.stringify(outages, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
