/**
 * Pins: a service that did not end cleanly never serves again by itself, wherever it was killed (I1).
 */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DurableFiles, durableFiles } from '../../../../lab/product/service/durable.ts';
import { type Marker, openMarker, writeAdmitted } from '../../../../lab/product/service/marker.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-marker-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = async () => (await readdir(folder)).sort();

/** File operations that die: `left` of them happen, the next throws and so does every later one. */
function dyingAfter(left: number): DurableFiles & { died(): boolean } {
  let remaining = left;
  let dead = false;
  function step<A extends unknown[]>(operation: (...args: A) => Promise<void>) {
    return async (...args: A) => {
      if (remaining === 0) dead = true;
      if (dead) throw new Error('killed');
      remaining -= 1;
      await operation(...args);
    };
  }
  return {
    replace: step(durableFiles.replace),
    rename: step(durableFiles.rename),
    remove: step(durableFiles.remove),
    died: () => dead,
  };
}

/** What the next process finds. */
const nextStart = () => openMarker(folder).start();

async function running(disk?: DurableFiles): Promise<Marker> {
  await writeAdmitted(folder);
  const marker = openMarker(folder, disk);
  await marker.start();
  return marker;
}

describe('the marker in an undisturbed life', () => {
  it('admits nothing before it has started', () => {
    expect(openMarker(folder).admission().admitted).toBe(false);
  });

  it('serves after a clean stop, again and again', async () => {
    await writeAdmitted(folder);
    for (let life = 0; life < 3; life += 1) {
      const marker = openMarker(folder);
      expect(await marker.start()).toEqual({ admitted: true });
      expect(await files()).toEqual(['serving']);
      await marker.stop();
      expect(await files()).toEqual(['admitted']);
    }
  });

  it('does not serve from an empty folder', async () => {
    expect((await nextStart()).admitted).toBe(false);
  });

  it('does not serve after an unclean end, however often it is started and cleanly stopped', async () => {
    await running();
    for (let life = 0; life < 3; life += 1) {
      const marker = openMarker(folder);
      expect(await marker.start()).toMatchObject({ admitted: false, why: expect.stringContaining('uncleanly') });
      await marker.stop();
    }
  });

  it('does not let a stray admitted file overrule an unclean end', async () => {
    await running();
    await writeAdmitted(folder);
    expect((await nextStart()).admitted).toBe(false);
    expect((await nextStart()).admitted).toBe(false);
  });

  it('serves after readmit, and after a clean stop that follows', async () => {
    await running();
    const marker = openMarker(folder);
    await marker.start();
    await marker.readmit();
    expect(marker.admission()).toEqual({ admitted: true });
    await marker.stop();
    expect(await nextStart()).toEqual({ admitted: true });
  });

  it('stays withheld across a clean stop', async () => {
    const marker = await running();
    await marker.withhold();
    expect(marker.admission().admitted).toBe(false);
    await marker.stop();
    expect(await files()).toEqual([]);
    expect((await nextStart()).admitted).toBe(false);
  });

  it('does not bring the marker back when a stop overtakes a withhold', async () => {
    const marker = await running();
    await Promise.all([marker.withhold(), marker.stop()]);
    expect((await nextStart()).admitted).toBe(false);
  });
});

describe('killed at each change on disk', () => {
  const lives: [string, (marker: Marker) => Promise<void>, number][] = [
    ['readmit', (marker) => marker.readmit(), 2],
    ['withhold', (marker) => marker.withhold(), 2],
  ];
  for (const [name, act, changes] of lives) {
    for (let left = 0; left <= changes; left += 1) {
      it(`${name}, after ${left} of ${changes}: the next start does not serve`, async () => {
        // One change belongs to the start.
        const disk = dyingAfter(left + 1);
        const marker = await running(disk);
        await act(marker).catch(() => undefined);
        expect(disk.died()).toBe(left < changes);
        expect((await nextStart()).admitted).toBe(false);
      });
    }
  }

  it('readmit beside a stray admitted file, after one of two: the next start does not serve', async () => {
    const marker = openMarker(folder, dyingAfter(1));
    await marker.start();
    await writeAdmitted(folder);
    await expect(marker.readmit()).rejects.toThrow('killed');
    expect(marker.admission().admitted).toBe(false);
    expect((await nextStart()).admitted).toBe(false);
  });

  it('start, before its rename: it has not served, so the next start may', async () => {
    await writeAdmitted(folder);
    const marker = openMarker(folder, dyingAfter(0));
    await expect(marker.start()).rejects.toThrow('killed');
    expect(marker.admission().admitted).toBe(false);
    expect(await nextStart()).toEqual({ admitted: true });
  });

  it('start, after its rename: the next start does not serve', async () => {
    await running();
    expect((await nextStart()).admitted).toBe(false);
  });

  it('stop, before its rename: the next start does not serve', async () => {
    const marker = await running(dyingAfter(1));
    await expect(marker.stop()).rejects.toThrow('killed');
    expect((await nextStart()).admitted).toBe(false);
  });

  it('withhold whose disk refuses still stops serving now', async () => {
    const marker = await running(dyingAfter(1));
    await expect(marker.withhold()).rejects.toThrow('killed');
    expect(marker.admission().admitted).toBe(false);
  });
});
