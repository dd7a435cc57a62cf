/**
 * Runs before every npm script, in plain JavaScript because nothing is installed yet: installs the locked packages
 * where they are missing or stale, and refuses a Node that cannot run this project.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.lifeboat-lock');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('Installing the locked packages with npm ci (about 630 MB; 20 to 100 s) …\n');
  const started = Date.now();
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write('npm ci failed. Read its lines above, mend that, and run the same command again.\n');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
  process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

const bundled = ['x64', 'arm64'].some((cpu) => existsSync(join(modules, `node-linux-${cpu}`, 'bin', 'node')));
const major = Number(process.versions.node.split('.')[0]);
if (!bundled && major < 24) {
  process.stderr.write(
    `Node ${process.versions.node} is too old: Lifeboat needs Node 24 or newer. Install it and run the same command again.\n`,
  );
  process.exit(1);
}
