import type { SubscribePayload } from 'graphql-ws';
import {
  connectionPurpose,
  operationDigest,
  operationPurpose,
  sign,
  type RouterKeys,
} from '../../platform/access/router.ts';
import type { SubgraphRequest, SubgraphStream } from '../../platform/serving/service.ts';
import { StreamClient } from './stream-client.ts';

/** The streams of one OS in another process over one connection; the connection and each stream are signed. */
export class RemoteStreams {
  private readonly client: StreamClient;
  private readonly keys: RouterKeys;

  constructor(url: string, keys: RouterKeys) {
    this.keys = keys;
    const params = async () => ({ routerAuthorization: await sign(keys, { purpose: connectionPurpose }) });
    this.client = new StreamClient({ url, params });
  }

  subscribe(request: SubgraphRequest): SubgraphStream {
    return this.client.subscribe(this.signed(request));
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async signed(request: SubgraphRequest): Promise<SubscribePayload> {
    const { query, variables, operationName, info, marks = false } = request;
    const digest = operationDigest(request, marks);
    const signed = await sign(this.keys, { purpose: operationPurpose, digest, info });
    return {
      query,
      variables: variables ?? null,
      operationName: operationName ?? null,
      extensions: { ensembleRequest: signed, ...(marks ? { ensembleMarks: true } : {}) },
    };
  }
}
