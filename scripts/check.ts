/**
 * `npm run check`: types, lint, the import rules of the house, documents, and the pure tests; under 60 s.
 *
 *   checks.ts             what is checked, also by `npm test`     steps.ts    running commands one after the other
 *   imports.ts, imports/  who may import whom                     tracked.ts  which files are ours
 *   generate-docs.ts, docs/   `npm run docs`: pages made from code, and what leads nowhere
 *   record-histories.ts   what the replay tests run against
 *
 * `install.mjs` runs before every npm script; `complete-lock.mjs` completes the lock file after a maintainer's install.
 */
import { CHECKS } from './checks.ts';
import { runAll } from './steps.ts';

process.exitCode = await runAll([
  ...CHECKS,
  {
    title: 'Pure tests',
    command: process.execPath,
    args: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--selectProjects', 'pure', '--silent'],
  },
]);
