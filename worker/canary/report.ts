/** What the canary tells over HTTP: `GET /state`. Reads only; there is nothing secret in it. */
import { createServer, type Server } from 'node:http';

/** Resolves when it listens; rejects with the bind's error. */
export function startReport(options: { address: string; port: number; state: () => object }): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const known = request.method === 'GET' && (path === '/state' || path === '/');
    const text = JSON.stringify(known ? options.state() : { error: 'no-such-path' });
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(text);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}
