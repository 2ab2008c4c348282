/** The built application under a clock that the process which started it sets by messages: `{ahead}` or `{frozenAt}`. */
require('reflect-metadata');
const { join } = require('node:path');

const built = (path) => require(join(__dirname, '..', '..', 'dist', path));

let setting = { ahead: 0 };
const clock = { now: () => setting.frozenAt ?? Date.now() + setting.ahead };

process.on('message', (message) => {
  setting = message;
  process.send('set');
});
process.on('disconnect', () => process.exit(0));

async function main() {
  const config = built('config/index.js').readConfig();
  const app = await built('create-app.js').createApp(config, clock);
  await app.get(built('persistence/index.js').Persistence).connected();
  app.enableShutdownHooks();
  await app.listen(config.PORT, config.HOST);
}

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
});
