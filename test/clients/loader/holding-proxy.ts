import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HoldingProxy extends AsyncDisposable {
  url: string;
  /** Resolves when the request with this number has arrived; it is held until the result is called. */
  held(number: number): Promise<() => void>;
}

/**
 * A proxy that counts requests with a word in their body and holds some of them, so that a test can act at a named point and not at a
 * time. A request that the server does not answer ends with its connection.
 */
export async function holdingProxy(url: string, word: string, numbers: readonly number[]): Promise<HoldingProxy> {
  const arrivals = new Map(numbers.map((number) => [number, arrival()]));
  let count = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const arrived = body.includes(word) ? arrivals.get((count += 1)) : undefined;
      const forward = (): void => {
        const { method, headers, url: path } = request;
        const asked = ask(new URL(path ?? '/', url), { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
          answer.on('error', () => response.destroy());
        });
        asked.on('error', () => response.destroy());
        asked.end(body);
      };
      if (arrived) arrived.resolve(forward);
      else forward();
    });
    request.on('error', () => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held(number) {
      const arrived = arrivals.get(number);
      if (!arrived) throw new Error(`Request ${number} is not held.`);
      return arrived.promise;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function arrival(): { promise: Promise<() => void>; resolve: (forward: () => void) => void } {
  let resolve: (forward: () => void) => void = () => undefined;
  const promise = new Promise<() => void>((set) => {
    resolve = set;
  });
  return { promise, resolve };
}
