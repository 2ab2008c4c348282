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

/**
 * Scopes are made by the authentication layer, the workers' loop and a few look-ups that come before a scope (law 2). Each
 * file is named: a new one is a decision that a reviewer sees here.
 */
const MINTERS = [
  'src/persistence/locks.ts',
  'src/queues/due-work.ts',
  'src/queues/work-runner.ts',
  'src/queues/worker.ts',
  'src/events/relay.ts',
  'src/http/idempotency.ts',
  'src/identity/access/auth.guard.ts',
  'src/identity/api-keys/api-keys.service.ts',
  'src/identity/links/patient-links.ts',
  'src/identity/users/sessions.service.ts',
  'src/identity/widget-keys/widget-keys.service.ts',
  'src/identity/widget-keys/widget-sessions.service.ts',
  'src/tenants/agencies/agencies.service.ts',
  'src/tenants/practices/practices.service.ts',
  'src/tenants/settings/settings.service.ts',
  'src/scheduling/zone-rules/zone-rules.ts',
  'src/plugin-host/agency/inheritance.ts',
  'src/plugin-host/agency/shared-parts.ts',
  'src/plugin-host/connections/connection-reader.ts',
  'src/plugin-host/inbound/hooks.service.ts',
  'src/demo/demo-seed.ts',
  '**/*.spec.ts',
  '**/*.fixture.ts',
];
const onlyMinters = {
  patterns: [
    {
      // Whatever the depth and by whichever door: the kernel's own index, its files, a name for all of it.
      regex: '(^|/)kernel/(index|scope)(\\.js|\\.ts)?$',
      importNamePattern: '^mint[A-Z]',
      message: 'Scopes come from the request or the work row. See the allow-list in eslint.config.mjs.',
    },
  ],
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
  {
    files: ['src/**/*.ts'],
    ignores: ['src/kernel/**', ...MINTERS],
    rules: { 'no-restricted-imports': ['error', onlyMinters] },
  },
  { files: ['test/**/*.ts', 'tools/**/*.ts', '**/*.spec.ts'], rules: { 'no-console': 'off' } },
);
