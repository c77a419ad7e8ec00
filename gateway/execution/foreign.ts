import type { ExecutionResult } from 'graphql';
import type { RequestInfo } from '../../platform/context/request.ts';
import type { SubgraphRequest, SubgraphService, SubgraphStream } from '../../platform/serving/service.ts';
import type { HeaderForwarding } from '../headers/forwarding.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { ForeignStreams } from './foreign-streams.ts';
import { HttpClient } from './http-client.ts';

const accept = 'application/graphql-response+json, application/json;q=0.9';

/**
 * A subgraph that is no OS of this house: plain GraphQL over HTTP, and over graphql-ws for subscriptions. It gets no signature, and
 * of the viewer only what the header rules say. Rejects when it is unavailable.
 */
export class ForeignSubgraph implements SubgraphService {
  readonly name: string;
  readonly isForeign = true;
  readonly #http: HttpClient;
  readonly #forwarding: HeaderForwarding;
  readonly #streams: ForeignStreams;

  constructor(options: {
    name: string;
    url: string;
    subscriptionUrl: string | null;
    forwarding: HeaderForwarding;
    timeout?: number;
  }) {
    const { name, url, subscriptionUrl, forwarding, timeout } = options;
    this.name = name;
    this.#forwarding = forwarding;
    this.#http = new HttpClient(url, timeout);
    this.#streams = new ForeignStreams(name, subscriptionUrl ?? url.replace(/^http/, 'ws'));
  }

  async execute(request: SubgraphRequest): Promise<ExecutionResult> {
    const { info, query, variables, operationName } = request;
    const headers = { 'content-type': 'application/json', accept, ...this.#headers(info, true) };
    const body = JSON.stringify({ query, variables, operationName });
    const answer = await this.#http.ask(request, () => ({ headers, body }));
    return foreignAnswer(answer, { name: this.name, query });
  }

  subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult> {
    return Promise.resolve(this.#streams.subscribe(request, this.#headers(request.info, false)));
  }

  /** Streams of several requests share a connection, so that it has no id of a request. */
  #headers(info: RequestInfo, isRequest: boolean): Record<string, string> {
    const standard = {
      ...(isRequest ? { 'x-request-id': info.requestId } : {}),
      ...(isRequest && info.traceparent ? { traceparent: info.traceparent } : {}),
    };
    return { ...this.#forwarding.sent(this.name, standard, info) };
  }

  async close(): Promise<void> {
    await this.#streams.close();
    await this.#http.close();
  }
}
