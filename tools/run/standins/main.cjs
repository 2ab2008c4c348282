// Stands in for the app: serves /health/ready, has a child of its own, and can be told to die.
const { createServer } = require('node:http');
const { spawn } = require('node:child_process');
const { appendFileSync } = require('node:fs');

const helper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
appendFileSync('pids', `${process.pid}\n${helper.pid}\n`);
console.log(JSON.stringify({ level: 30, msg: 'a quiet line' }));
console.log(JSON.stringify({ level: 40, msg: 'a loud line' }));
createServer((request, response) => {
  if (request.url === '/die') {
    console.error('the stand-in app was told to die');
    process.exit(7);
  }
  response.end('ok');
}).listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
