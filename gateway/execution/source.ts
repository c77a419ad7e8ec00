import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import type { GraphQLFormattedError } from 'graphql';
import { Unavailable } from '../../platform/errors/errors.ts';
import type { SubgraphRequest, SubgraphService } from '../../platform/subgraph/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { unreachable } from '../errors.ts';
import type { OperationContext } from './context.ts';
import { Ended, unlessEnded } from './end.ts';

/** Failures before anything was sent; after any other a mutation may have been done. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/**
 * A subgraph as @apollo/gateway wants it. In the same process this is one direct call; whether the service is local or remote
 * makes no difference here. Never rejects: a subgraph that is away costs its own fields.
 */
export class SubgraphSource implements GraphQLDataSource {
  private readonly name: string;
  private readonly service: SubgraphService | undefined;
  private readonly log: Logger;

  constructor(name: string, service: SubgraphService | undefined, log: Logger) {
    this.name = name;
    this.service = service;
    this.log = log;
  }

  async process(options: GraphQLDataSourceProcessOptions): Promise<GatewayGraphQLResponse> {
    const { request } = options;
    const context = options.context as Partial<OperationContext>;
    if (!context.info || request.query === undefined)
      throw new Error('A subgraph is asked on behalf of a request only.');
    const signal = context.signal ?? null;
    const isMutation = /^\s*mutation\b/.test(request.query);
    let sent = false;
    try {
      if (!this.service) throw new Unavailable('no such service here');
      // The rest of a plan whose operation has ended does not begin.
      if (signal?.aborted) throw signal.reason as Error;
      const asked: SubgraphRequest = {
        query: request.query,
        variables: request.variables,
        operationName: request.operationName,
        info: context.info,
        signal: isMutation ? null : signal,
      };
      sent = true;
      const result = await unlessEnded(this.service.execute(asked), signal);
      const errors = result.errors?.map((error) => this.signed(error));
      return {
        data: result.data as Record<string, unknown> | null,
        ...(errors ? { errors } : {}),
      } as GatewayGraphQLResponse;
    } catch (error) {
      return { errors: [this.failure(error, context, isMutation && sent)] };
    }
  }

  /** The error with the name of the OS that it came from, whatever kind of object it was. */
  private signed(error: GraphQLFormattedError): GraphQLFormattedError {
    const { message, path } = error;
    return { message, ...(path ? { path } : {}), extensions: { os: this.name, ...error.extensions } };
  }

  /** `mutationSent`: whether a mutation is on its way to the OS, or was when the way broke. */
  private failure(error: unknown, context: Partial<OperationContext>, mutationSent: boolean): GraphQLFormattedError {
    const said = (message: string, retryable: boolean): GraphQLFormattedError => ({
      message,
      extensions: { code: 'UNAVAILABLE', os: this.name, retryable },
    });
    if (error instanceof Ended && error.left) return said('The client has left.', true);
    // The reason may hold addresses: it goes to the log, the client gets the name.
    this.log.warn({ os: this.name, requestId: context.info?.requestId, err: error }, 'a subgraph did not answer');
    const late = error instanceof Ended;
    const code = (error as { code?: unknown } | null)?.code;
    if (mutationSent && !(typeof code === 'string' && neverSent.has(code))) {
      return said(
        `${this.name} was sent the mutation and has not answered${late ? ` in time (${error.message})` : ''}. It may have been done, or may still be: look before you send it again.`,
        false,
      );
    }
    if (late) return said(`${this.name} has not answered in time. ${error.message} Ask for less at once.`, true);
    return said(unreachable(this.name).message, true);
  }
}
