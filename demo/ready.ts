/**
 * A lab in its normal state: what an earlier demo left half-way (a dead region, drained traffic, an open run) is not
 * mended piece by piece but begun anew, because a demo must show one fault, not two.
 */
import { readFile } from 'node:fs/promises';
import { openLifeboat } from '../client/connect.ts';
import { noSigner } from '../client/keys.ts';
import { readEstate } from '../host/estate-file.ts';
import type { Lab } from '../lab/lab.ts';
import type { OnProgress } from '../lab/progress.ts';

export async function readyLab(lab: Lab, onProgress: OnProgress, say: (line: string) => void): Promise<void> {
  if (await isUsed(lab)) {
    say('An earlier demo left its traces here; beginning with a new lab.');
    await lab.down({ remove: true, onProgress });
  }
  const result = await lab.up({ onProgress });
  for (const { target, why } of result.missing) say(`not started: ${target}: ${why}`);
}

/** Whether anything but a fresh or a cleanly running lab was found. */
async function isUsed(lab: Lab): Promise<boolean> {
  const status = await lab.status();
  if (status.targets.every(({ state }) => state === 'stopped' || state === 'missing')) return hasHistory(lab);
  if (status.cut.length > 0 || status.targets.some(({ state }) => state === 'dead')) return true;
  return (await hasOpenRuns(lab)) || (await isShifted(lab));
}

/** A lab that was brought down keeps its data; whether that is normal only its servers could tell. */
async function hasHistory(lab: Lab): Promise<boolean> {
  return (await readFile(lab.estateFile, 'utf8').catch(() => '')) !== '';
}

async function hasOpenRuns(lab: Lab): Promise<boolean> {
  try {
    const { estate, digest, folder } = await readEstate(lab.estateFile);
    const lifeboat = await openLifeboat({ estate, digest, signer: noSigner(), folder });
    try {
      return (await lifeboat.list({ open: true, limit: 5 })).length > 0;
    } finally {
      await lifeboat.close();
    }
  } catch {
    return true;
  }
}

async function isShifted(lab: Lab): Promise<boolean> {
  try {
    const answer = await lab.askHaproxy('show servers state items');
    const lines = answer.split('\n').filter((line) => /^\d+ items /.test(line));
    // Column 7 is srv_admin_state, 8 srv_uweight (HAProxy management guide, "show servers state").
    return (
      lines.some((line) => Number(line.split(' ')[6]) !== 0) ||
      new Set(lines.map((line) => line.split(' ')[7])).size > 1
    );
  } catch {
    return true;
  }
}
