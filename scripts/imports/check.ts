/**
 * Reads who imports whom and says what breaks a rule of the house. It must never pass because it saw nothing: each file
 * that it was given must have been read, and each import that stands in a text must have been seen.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult, type IModule, type IViolation } from 'dependency-cruiser';
import { RULES, roomOf } from './rules.ts';

/**
 * What breaks a rule in `files` (paths from `root`, which holds package.json and node_modules), as sentences; empty where
 * the house is in order.
 */
export async function importProblems(root: string, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return ['There are no sources to look at: the check saw nothing.'];
  // TypeScript 7 has no API to parse with yet, so swc reads; imports of types are seen before they are compiled away.
  const { output } = await cruise([...files], {
    baseDir: root,
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
    ruleSet: { forbidden: RULES.map(({ forbidden }) => forbidden) },
    validate: true,
  });
  if (typeof output === 'string') throw new Error('dependency-cruiser gave a text where its findings were asked for.');
  return [...homeless(files), ...unseen(root, files, output.modules), ...broken(output)];
}

function homeless(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    !file.includes('/') || roomOf(file)
      ? []
      : [`${file} is in no room of the house: give its folder a line in scripts/imports/house.ts.`],
  );
}

/**
 * Two readings must agree: the tool's, and a plain search of the text for imports of ours. It does not see the type of an
 * `import('…')`, for one.
 */
function unseen(root: string, files: readonly string[], modules: readonly IModule[]): string[] {
  const seen = new Map(
    modules.map(({ source, dependencies }) => [source, new Set(dependencies.map((one) => one.module))]),
  );
  return files.flatMap((file) => {
    const imports = seen.get(file);
    if (!imports) return [`${file} was not looked at: the check is blind to it.`];
    return importsIn(readFileSync(join(root, file), 'utf8')).flatMap((name) =>
      imports.has(name) ? [] : [`${file} imports ${name}, and the check did not see it.`],
    );
  });
}

function importsIn(text: string): string[] {
  const found = text.matchAll(/^(?:import|export)\b[^'"`;]*'(\.[^']+)';|\bimport\('(\.[^']+)'\)/gm);
  return [...found].flatMap(([, atTop, within]) => atTop ?? within ?? []);
}

function broken({ summary }: ICruiseResult): string[] {
  const because = new Map(RULES.map((rule) => [rule.forbidden.name, rule.because]));
  const cycles = new Set<string>();
  return summary.violations.flatMap((violation) => {
    const said = `${sentence(violation)}\n    ${because.get(violation.rule.name) ?? violation.rule.name}`;
    if (!violation.cycle) return [said];
    // The same circle is found once from each of its modules.
    const key = violation.cycle
      .map(({ name }) => name)
      .sort()
      .join();
    if (cycles.has(key)) return [];
    cycles.add(key);
    return [said];
  });
}

function sentence({ from, to, cycle, rule, unresolvedTo }: IViolation): string {
  if (cycle) return `${[from, ...cycle.map(({ name }) => name)].join(' → ')} is a circle.`;
  if (rule.name.startsWith('unused')) return `${to} is used by nothing.`;
  return `${from} imports ${/^(may|pure):/.test(rule.name) ? to : (unresolvedTo ?? to)}.`;
}
