/** `npm run check`: types, lint with the house's import rules, stale generated files, and the pure tests; under 60 s. */
import { runAll } from './steps.ts';

process.exitCode = await runAll([
  { title: 'Types', command: 'node_modules/.bin/tsc', args: ['--noEmit', '-p', '.'] },
  {
    title: 'Lint, format, import rules',
    command: 'node_modules/.bin/biome',
    args: ['check', '--error-on-warnings', '.'],
  },
  { title: 'Estate schema is fresh', command: process.execPath, args: ['scripts/generate-schema.ts', '--check'] },
  { title: 'Generated docs are fresh', command: process.execPath, args: ['scripts/generate-docs.ts', '--check'] },
  {
    title: 'Pure tests',
    command: process.execPath,
    args: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--selectProjects', 'pure', '--silent'],
  },
]);
