/** `npm run check`: types, lint, the import rules of the house, documents, and the pure tests; under 60 s. */
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
