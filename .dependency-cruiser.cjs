/**
 * The floors of the house, lowest first. A room imports only from lower floors, through the other room's index.ts.
 * Rooms on one floor never import each other: they meet through events.
 */
const floors = [
  ['kernel'],
  ['config'],
  ['persistence'],
  ['queues'],
  ['events'],
  ['http'],
  ['identity'],
  ['tenants'],
  ['catalog', 'patients'],
  ['scheduling'],
  ['plugin-host'],
  ['sync', 'messaging', 'payments', 'insights', 'connect', 'webhooks'],
  ['health', 'operations', 'widget'],
  ['demo'],
];

const rooms = floors.flat();
const lowerOrSelf = (index) => floors.slice(0, index).flat();

const floorRules = floors.flatMap((floor, index) =>
  floor.map((room) => ({
    name: `floor-of-${room}`,
    severity: 'error',
    comment: `${room} may import only ${lowerOrSelf(index).join(', ') || 'nothing of the house'}`,
    from: { path: `^src/${room}/` },
    to: { path: '^src/', pathNot: [`^src/${room}/`, ...lowerOrSelf(index).map((lower) => `^src/${lower}/`)] },
  })),
);

const doorRules = rooms.map((room) => ({
  name: `door-of-${room}`,
  severity: 'error',
  comment: `enter ${room} through its index.ts`,
  from: { path: '^src/', pathNot: [`^src/${room}/`] },
  to: { path: `^src/${room}/`, pathNot: [`^src/${room}/index\\.ts$`] },
}));

module.exports = {
  forbidden: [
    ...floorRules,
    ...doorRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kernel-is-pure',
      severity: 'error',
      comment: 'kernel, the slot engine and what combines its slots import neither Nest nor mongoose nor any I/O',
      from: { path: '^src/(kernel|scheduling/(engine|combine))/', pathNot: '\\.spec\\.ts$' },
      to: { path: 'node_modules/(@nestjs|mongoose|mongodb|bull|ioredis|express|undici|pino)' },
    },
    {
      name: 'mongoose-lives-in-persistence',
      severity: 'error',
      comment: 'data is reached through tenant-bound repositories only (law 2)',
      from: { path: '^src/', pathNot: '^src/persistence/' },
      to: { path: 'node_modules/(mongoose|mongodb)/' },
    },
    {
      name: 'bull-lives-in-queues',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/queues/' },
      to: { path: 'node_modules/(bull|@nestjs/bull|@nestjs/bull-shared)/' },
    },
    {
      name: 'kit-is-free',
      severity: 'error',
      comment: 'the plugin kit imports neither Nest nor mongoose nor the house',
      from: { path: '^plugins/kit/' },
      to: { path: '(^src/|node_modules/(@nestjs|mongoose))' },
    },
    {
      name: 'plugin-knows-only-the-kit',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/', pathNot: '^plugins/kit/' },
      to: {
        path: '^(src|plugins)/',
        pathNot: ['^plugins/$1/', '^plugins/kit/(dist|src)/(conformance/)?index\\.(d\\.ts|ts|js)$'],
      },
    },
    {
      name: 'conformance-is-for-tests',
      severity: 'error',
      comment: 'the suites, the emulators and their helpers are in no production bundle',
      from: {
        path: '^(src|plugins)/',
        pathNot: '(^plugins/kit/(src|dist)/conformance/|\\.(spec|fixture)\\.ts$|^plugins/[^/]+/test/)',
      },
      to: { path: '^plugins/(kit/(src|dist)/conformance|[^/]+/test)/' },
    },
    { name: 'house-knows-no-plugin', severity: 'error', from: { path: '^src/' }, to: { path: '^plugins/(?!kit/)' } },
    {
      name: 'nothing-imports-the-roof',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '\\.tsbuildinfo$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs'],
      exportsFields: ['exports'],
      conditionNames: ['types', 'default'],
    },
  },
};
