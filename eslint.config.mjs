import tseslint from 'typescript-eslint';

/** What a room may not do, beside what dependency-cruiser checks of its imports. */
const houseRules = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'The clock is injected (law 9): take Clock from kernel and call clock.now().',
  },
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: 'The clock is injected (law 9): take Clock from kernel and call clock.now().',
  },
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'Only src/config reads the environment: take what you need from Config.',
  },
];

/** Scopes are made by the authentication layer, the workers' loop and a few look-ups that come before a scope (law 2). */
const MINTERS = [
  'src/kernel/**',
  'src/queues/**',
  'src/events/**',
  'src/http/idempotency.ts',
  'src/identity/**',
  'src/tenants/**',
  'src/plugin-host/**',
  'src/demo/**',
  '**/*.spec.ts',
];
const onlyMinters = {
  paths: ['mintTenantScope', 'mintAgencyScope', 'mintSystemScope'].flatMap((name) =>
    ['../kernel/index.js', '../../kernel/index.js', './kernel/index.js'].map((door) => ({
      name: door,
      importNames: [name],
      message: 'Scopes come from the request or the work row. See the allow-list in eslint.config.mjs.',
    })),
  ),
};

export default tseslint.config(
  { ignores: ['**/node_modules/**', '**/dist/**', '.data/**', 'coverage/**', 'openapi/sdk/src/generated/**'] },
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [...tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...houseRules] },
  },
  { files: ['src/config/**/*.ts', 'src/kernel/clock.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/**/*.ts'], ignores: MINTERS, rules: { 'no-restricted-imports': ['error', onlyMinters] } },
  { files: ['test/**/*.ts', 'tools/**/*.ts', '**/*.spec.ts'], rules: { 'no-console': 'off' } },
);
