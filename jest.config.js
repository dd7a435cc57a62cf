// Four layers, cheapest first; see docs/testing.md. ESM throughout, TypeScript through swc.
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/.lab/', '<rootDir>/bench/out/'],
};
const layer = (name) => ({ ...shared, displayName: name, testMatch: [`<rootDir>/test/${name}/**/*.test.ts`] });

export default { projects: [layer('pure'), layer('workflows'), layer('systems'), layer('lab')] };
