/** What is checked without running anything of ours: the one list, for `npm run check` and `npm test`. */
import type { CommandStep } from './steps.ts';

export const CHECKS: readonly CommandStep[] = [
  { title: 'Types', command: 'node_modules/.bin/tsc', args: ['--noEmit', '-p', '.'] },
  { title: 'Lint and format', command: 'node_modules/.bin/biome', args: ['check', '--error-on-warnings', '.'] },
  { title: 'Import rules', command: process.execPath, args: ['scripts/imports.ts'] },
  {
    title: 'Documents are fresh, and their links lead somewhere',
    command: process.execPath,
    args: ['scripts/generate-docs.ts', '--check'],
  },
];
