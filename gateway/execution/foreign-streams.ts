import type { SubgraphRequest, SubgraphStream } from '../../platform/serving/service.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { idleLifetime, StreamClient } from './stream-client.ts';

/** A connection and the number of its streams. */
interface Line {
  readonly client: StreamClient;
  streams: number;
}

/** The streams of one foreign subgraph over graphql-ws: one connection for all that have the same headers. */
export class ForeignStreams {
  readonly #name: string;
  readonly #url: string;
  readonly #lines = new Map<string, Line>();

  constructor(name: string, url: string) {
    this.#name = name;
    this.#url = url;
  }

  /** Subgraphs differ in where they look for headers, so they are sent with the upgrade and as the payload of connection_init. */
  subscribe(
    { query, variables, operationName }: SubgraphRequest,
    headers: Readonly<Record<string, string>>,
  ): SubgraphStream {
    const key = JSON.stringify(Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const line = this.#lines.get(key) ?? this.#open(headers);
    this.#lines.set(key, line);
    line.streams += 1;
    const payload = { query, variables: variables ?? null, operationName: operationName ?? null };
    return line.client.subscribe(Promise.resolve(payload), {
      clean: (result) => foreignAnswer(result, { name: this.#name, query }),
      onEnd: () => {
        line.streams -= 1;
        setTimeout(() => this.#forget(key, line), idleLifetime).unref();
      },
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ client }) => client.close()));
    this.#lines.clear();
  }

  #open(headers: Readonly<Record<string, string>>): Line {
    const client = new StreamClient({
      url: this.#url,
      headers,
      params: () => Promise.resolve({ ...headers }),
    });
    return { client, streams: 0 };
  }

  /** Its connection closes by itself when it is idle; this frees what is known of it. */
  #forget(key: string, line: Line): void {
    if (line.streams === 0 && this.#lines.get(key) === line) this.#lines.delete(key);
  }
}
