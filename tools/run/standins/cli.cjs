// Stands in for the app's commands.
const { appendFileSync } = require('node:fs');
const verb = process.argv[2];
appendFileSync(
  'verbs',
  `${verb} ${Object.keys(process.env).filter((name) => /^(MASTER|SIGNING|MONGODB)_/.test(name)).length}\n`,
);
if (process.env.STANDIN_DISK_FULL) {
  console.error("Error: ENOSPC: no space left on device, write '/somewhere'");
  process.exit(1);
}
if (verb === 'seed-demo') {
  console.log('seeding');
  console.log(
    JSON.stringify({
      widgetKey: 'wk',
      apiKey: 'ak',
      practiceId: 'prc_1',
      bookingPath: '/book/smile',
      docsPath: '/docs',
    }),
  );
}
