/**
 * The bundled workflow code, made once per state of its sources and cached: bundling takes seconds, and a worker that
 * is started in a disaster should not spend them.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { writeWhole } from '../host/whole-files.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Everything that the bundle is made of, but for packages, which the lock file stands for. */
const SOURCES = ['workflows', 'kernel'];

/** Path of a bundle for `Worker.create({workflowBundle: {codePath}})`. */
export async function workflowBundle(): Promise<string> {
  const folder = join(process.env['LIFEBOAT_CACHE'] ?? join(homedir(), '.cache', 'lifeboat'), 'workflows');
  const path = join(folder, `${await keyOfSources()}.js`);
  const existing = await readFile(path, 'utf8').catch(() => undefined);
  if (existing !== undefined) return path;
  const { code } = await bundleWorkflowCode({ workflowsPath: join(ROOT, 'workflows', 'index.ts') });
  await writeWhole(path, code);
  return path;
}

async function keyOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const names = await readdir(join(ROOT, source), { recursive: true });
    for (const name of names.filter((one) => one.endsWith('.ts')).sort()) {
      hash.update(name).update(await readFile(join(ROOT, source, name)));
    }
  }
  hash.update(await readFile(join(ROOT, 'package.json')));
  return hash.digest('hex').slice(0, 32);
}
