/**
 * `unit` beside the code it tests, `e2e` under test/; `chaos` runs on demand and prints what it finds. All run our
 * TypeScript through SWC and node_modules as they are.
 */
const base = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/', '/dist/'],
  // Our sources name compiled files (`./x.js`); the fallback keeps real .js files of node_modules reachable.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  modulePathIgnorePatterns: ['/dist/'],
};
module.exports = {
  testTimeout: 30_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      roots: ['<rootDir>/src', '<rootDir>/plugins', '<rootDir>/tools'],
      testMatch: ['**/*.spec.ts'],
    },
    { ...base, displayName: 'e2e', roots: ['<rootDir>/test'], testMatch: ['**/*.spec.ts'] },
    { ...base, displayName: 'chaos', roots: ['<rootDir>/test/chaos'], testMatch: ['**/*.chaos.ts'] },
  ],
};
