import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';

/** A request to the embeddings server. */
export interface EmbeddingsCall {
  path: string;
  headers: IncomingHttpHeaders;
  body: {
    model: string;
    input: string[];
    dimensions?: number;
    encoding_format?: string;
  };
}

export interface EmbeddingsAnswer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** A local server with OpenAI's embeddings interface. */
export interface EmbeddingsServer extends AsyncDisposable {
  /** The address before `/embeddings`. */
  readonly url: string;
  readonly calls: readonly EmbeddingsCall[];
  /** Sets the answers to the next calls, by the call and the number of calls since; null for the correct one. */
  answer(reply: (call: EmbeddingsCall, count: number) => EmbeddingsAnswer | null): void;
}

/** A vector that identifies its text: the text's length first, then 1. */
function told(text: string, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, place) => (place === 0 ? text.length : place === 1 ? 1 : 0));
}

export async function openEmbeddingsServer(): Promise<EmbeddingsServer> {
  const calls: EmbeddingsCall[] = [];
  let reply: (call: EmbeddingsCall, count: number) => EmbeddingsAnswer | null = () => null;
  let count = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const body = JSON.parse(text) as EmbeddingsCall['body'];
      const call = { path: `${request.method} ${request.url}`, headers: request.headers, body };
      calls.push(call);
      const given = reply(call, count++);
      const data = body.input.map((each, index) => ({
        object: 'embedding',
        index,
        embedding: told(each, body.dimensions ?? 8),
      }));
      // In a different order than the texts: the index counts.
      const right = { object: 'list', model: body.model, data: data.toReversed(), usage: { prompt_tokens: 1 } };
      response.writeHead(given?.status ?? 200, { 'content-type': 'application/json', ...given?.headers });
      response.end(typeof given?.body === 'string' ? given.body : JSON.stringify(given ? given.body : right));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    answer(given) {
      reply = given;
      count = 0;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
