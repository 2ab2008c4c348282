// Stands in for tools/inbox: listens and says so.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const port = Number(process.argv[process.argv.indexOf('--http-port') + 1]);
appendFileSync('pids', `${process.pid}\n`);
createServer((_request, response) => response.end('inbox')).listen(port, '127.0.0.1', () => {
  console.log(JSON.stringify({ httpPort: port }));
});
