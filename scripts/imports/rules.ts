/** The house as dependency-cruiser's rules. Each has a name, and `because` says to people what it is for. */
import type { IForbiddenRuleType } from 'dependency-cruiser';
import { ENTRIES, HOUSE, type Room } from './house.ts';

export interface Rule {
  readonly because: string;
  readonly forbidden: IForbiddenRuleType & { readonly name: string };
}

const ENTRY_PATHS = ENTRIES.map(({ source }) => source);
const TEST_FILES = '^test/';
const OURS = HOUSE.map(({ folder }) => `^${folder}/`);

export const RULES: readonly Rule[] = [
  ...HOUSE.flatMap((room) => [...mayRule(room), ...pureRule(room), ...packagesRule(room)]),
  {
    because: 'Modules in a circle cannot be understood, tested or moved one at a time; types count too.',
    forbidden: { name: 'cycle', severity: 'error', from: {}, to: { circular: true } },
  },
  {
    because: 'Nothing that runs leads here (scripts/imports/house.ts, ENTRIES): use it, or delete it.',
    forbidden: {
      name: 'unused',
      severity: 'error',
      from: { path: ENTRY_PATHS, pathNot: TEST_FILES },
      to: { reachable: false, path: OURS, pathNot: [TEST_FILES, ...ENTRY_PATHS] },
    },
  },
  {
    because: 'No test leads here: use it, or delete it.',
    forbidden: {
      name: 'unused-in-tests',
      severity: 'error',
      from: { path: ENTRY_PATHS },
      to: { reachable: false, path: TEST_FILES, pathNot: ENTRY_PATHS },
    },
  },
  {
    because: 'There is no such file or package.',
    forbidden: { name: 'unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  },
];

/** The room whose folder is the deepest around a file. */
export function roomOf(file: string): Room | undefined {
  return HOUSE.filter(({ folder }) => file.startsWith(`${folder}/`)).sort(
    (a, b) => b.folder.length - a.folder.length,
  )[0];
}

/** Matches the files of a room or, where none has that folder, one file; a room inside the room is not of it. */
function pathOf(folder: string): string {
  if (!HOUSE.some((room) => room.folder === folder)) return `^${folder.replaceAll('.', '\\.')}$`;
  const inner = HOUSE.flatMap((room) =>
    room.folder.startsWith(`${folder}/`) ? [`${room.folder.slice(folder.length + 1)}/`] : [],
  );
  return `^${folder}/${inner.length > 0 ? `(?!${inner.join('|')})` : ''}`;
}

function mayRule({ folder, may, because }: Room): Rule[] {
  if (may === 'all') return [];
  return [
    {
      because: `${because} ${folder}/ may import ${may.length > 0 ? may.join(', ') : 'none of our other rooms'}.`,
      forbidden: {
        name: `may:${folder}`,
        severity: 'error',
        from: { path: pathOf(folder) },
        to: { dependencyTypes: ['local'], pathNot: [folder, ...may].map(pathOf) },
      },
    },
  ];
}

function pureRule({ folder, pure }: Room): Rule[] {
  if (!pure) return [];
  return [
    {
      because: `${folder}/ is pure: with nothing of Node it runs in Temporal's sandbox, and answers the same everywhere.`,
      forbidden: {
        name: `pure:${folder}`,
        severity: 'error',
        from: { path: pathOf(folder) },
        to: { dependencyTypes: ['core'] },
      },
    },
  ];
}

/** What runs for users stands on what is installed for users. */
function packagesRule({ folder, may }: Room): Rule[] {
  if (may === 'all') return [];
  return [
    {
      because:
        'It is no dependency in package.json (devDependencies are for tests and tools), so it may be missing where this runs.',
      forbidden: {
        name: `packages:${folder}`,
        severity: 'error',
        from: { path: pathOf(folder) },
        to: {
          dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional'],
          // Types are gone before it runs.
          dependencyTypesNot: ['type-only'],
        },
      },
    },
  ];
}
