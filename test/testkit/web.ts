import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An external server, simulated on this machine. */
export interface Web extends AsyncDisposable {
  /** `http://127.0.0.1:…`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** The received requests. */
  readonly requests: readonly IncomingMessage[];
  /** Sets the answer for a path; other paths answer 404. */
  on(path: string, answer: (request: IncomingMessage, response: ServerResponse) => unknown): void;
}

export async function openWeb(): Promise<Web> {
  const requests: IncomingMessage[] = [];
  const answers = new Map<string, (request: IncomingMessage, response: ServerResponse) => unknown>();
  const server = createServer((request, response) => {
    requests.push(request);
    const answer = answers.get((request.url ?? '').split('?')[0] ?? '');
    if (answer) void answer(request, response);
    else response.writeHead(404).end('a page that must not be read');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    on: (path, answer) => void answers.set(path, answer),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
