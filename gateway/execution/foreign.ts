import type { ExecutionResult } from 'graphql';
import type { SubgraphRequest, SubgraphService, SubgraphStream } from '../../platform/serving/service.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { ForeignStreams } from './foreign-streams.ts';
import { HttpClient } from './http-client.ts';

const accept = 'application/graphql-response+json, application/json;q=0.9';

/**
 * A subgraph that is no OS of this house: plain GraphQL over HTTP, and over graphql-ws for subscriptions. It gets no signature and
 * nothing about the viewer. Rejects when it is unavailable.
 */
export class ForeignSubgraph implements SubgraphService {
  readonly name: string;
  readonly isForeign = true;
  readonly url: string;
  readonly #http: HttpClient;
  readonly #streams: ForeignStreams;

  constructor({ name, url, subscriptionUrl }: { name: string; url: string; subscriptionUrl: string | null }) {
    this.name = name;
    this.url = url;
    this.#http = new HttpClient(url);
    this.#streams = new ForeignStreams(name, subscriptionUrl ?? url.replace(/^http/, 'ws'));
  }

  async execute(request: SubgraphRequest): Promise<ExecutionResult> {
    const { info, query, variables, operationName } = request;
    const headers = {
      'content-type': 'application/json',
      accept,
      'x-request-id': info.requestId,
      ...(info.traceparent ? { traceparent: info.traceparent } : {}),
    };
    const body = JSON.stringify({ query, variables, operationName });
    return foreignAnswer(await this.#http.ask(request, () => Promise.resolve({ headers, body })), this.name);
  }

  subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult> {
    return Promise.resolve(this.#streams.subscribe(request));
  }

  async close(): Promise<void> {
    await this.#streams.close();
    await this.#http.close();
  }
}
