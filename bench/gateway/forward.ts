/**
 * Forwards each request as it is to one address and its answer back: `node forward.ts URL PORT`. What Node's HTTP server and undici take for
 * that is the least that any gateway on them takes for one call of a subgraph.
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [url = '', port = ''] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: 64 });
const headers = { 'content-type': 'application/json' };

createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    pool
      .request({ path: pathname, method: 'POST', headers, body: Buffer.concat(parts) })
      .then(async ({ body }) => response.writeHead(200, headers).end(Buffer.from(await body.arrayBuffer())))
      .catch((error: unknown) => response.destroy(error as Error));
  });
}).listen(Number(port), '127.0.0.1');
