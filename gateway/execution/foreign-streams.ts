import type { SubgraphRequest, SubgraphStream } from '../../platform/serving/service.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { StreamClient } from './stream-client.ts';

/** The streams of one foreign subgraph over graphql-ws. */
export class ForeignStreams {
  readonly #client: StreamClient;

  constructor(name: string, url: string) {
    this.#client = new StreamClient({
      url,
      params: () => Promise.resolve({}),
      clean: (result) => foreignAnswer(result, name),
    });
  }

  subscribe({ query, variables, operationName }: SubgraphRequest): SubgraphStream {
    const payload = { query, variables: variables ?? null, operationName: operationName ?? null };
    return this.#client.subscribe(Promise.resolve(payload));
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
