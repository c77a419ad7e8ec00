import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { Context, type Surroundings } from '../context/context.ts';
import type { RequestInfo } from '../context/request.ts';
import { assertOutside } from '../database/guard.ts';
import { currentLane, inLane } from '../database/precedence.ts';
import { EnsembleError, Forbidden } from '../errors/errors.ts';
import { StreamMark } from '../facts/mark.ts';
import { formatError } from '../errors/format.ts';
import { checkNesting } from '../scalars/nesting.ts';
import { inSpanOf } from '../telemetry/tracing.ts';
import { EventQueue } from '../streams/event-queue.ts';
import { Documents } from './documents.ts';
import type { HttpRoute, RoutedRequest } from '../http/routes.ts';
import { answerFailure, HttpFault } from '../http/failure.ts';
import { markResult, type SubgraphRequest, type SubgraphService, type SubgraphStream } from './service.ts';

/** An OS in this process. Executes each operation, and each event of a subscription, with a context of its own. */
export class LocalSubgraph implements SubgraphService {
  readonly name: string;
  readonly #around: Surroundings;
  readonly #routes: readonly HttpRoute[];
  readonly #make: () => GraphQLSchema;
  #made: { schema: GraphQLSchema; documents: Documents } | undefined;

  constructor(around: Surroundings, schema: () => GraphQLSchema, routes: readonly HttpRoute[] = []) {
    this.#routes = routes;
    this.name = around.os;
    this.#around = around;
    this.#make = schema;
  }

  /** Made at the first request: in a large house most OSes get none for a while. */
  get #executable(): { schema: GraphQLSchema; documents: Documents } {
    if (!this.#made) {
      const schema = this.#make();
      this.#made = { schema, documents: new Documents(schema) };
    }
    return this.#made;
  }

  async execute(request: SubgraphRequest): Promise<ExecutionResult> {
    assertOutside(`A call of the OS "${this.name}"`);
    const parsed = this.#executable.documents.of(request.query);
    if ('errors' in parsed) return this.#formatted({ errors: parsed.errors });
    const context = this.#checked(request, parsed.document);
    if (context instanceof EnsembleError) return this.#refused(context);
    const { document } = parsed;
    const kind = getOperationAST(document, request.operationName)?.operation;
    // Queries that complete an event keep the lane of the event.
    const lane = currentLane() ?? (kind === 'query' ? 'query' : 'interactive');
    const { traceparent } = request.info;
    const result = await inSpanOf(
      traceparent,
      `${this.name} ${kind ?? 'operation'}`,
      { kind: 'server', attributes: { 'graphql.operation.type': kind ?? '' } },
      () =>
        inLane(lane, async () =>
          execute({
            schema: this.#executable.schema,
            document,
            variableValues: request.variables ?? null,
            operationName: request.operationName ?? null,
            contextValue: context,
          }),
        ),
    );
    return this.#formatted(annotated(result, context));
  }

  async subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult> {
    assertOutside(`A subscription of the OS "${this.name}"`);
    const parsed = this.#executable.documents.of(request.query);
    if ('errors' in parsed) return this.#formatted({ errors: parsed.errors });
    const context = this.#checked(request, parsed.document);
    if (context instanceof EnsembleError) return this.#refused(context);
    const args = {
      schema: this.#executable.schema,
      document: parsed.document,
      variableValues: request.variables ?? null,
      operationName: request.operationName ?? null,
    };
    const source = await createSourceEventStream({ ...args, contextValue: context });
    if (!(Symbol.asyncIterator in source)) return this.#formatted(source);
    const events = source[Symbol.asyncIterator]();
    const resultOf = async (rootValue: unknown): Promise<ExecutionResult> => {
      const contextValue = new Context(this.#around, request.info);
      const result = await inLane('interactive', async () => execute({ ...args, rootValue, contextValue }));
      return this.#formatted(annotated(result, contextValue));
    };
    const failureOf = (error: unknown): ExecutionResult => {
      const originalError = error instanceof Error ? error : new Error(String(error));
      return this.#formatted({ errors: [new GraphQLError(originalError.message, { originalError })] });
    };
    const next = async (): Promise<void> => {
      try {
        for (;;) {
          const { done, value } = await events.next();
          if (done) return stream.end();
          if (!(value instanceof StreamMark)) return stream.push(await resultOf(value));
          if (request.marks) return stream.push(markResult(value.cursor));
        }
      } catch (error) {
        await events.return?.();
        // The last result of a stream that fails has the error, formatted like any other.
        stream.push(failureOf(error));
        stream.end();
      }
    };
    const stream = new EventQueue<ExecutionResult>({ pull: next, onReturn: () => events.return?.() });
    return stream;
  }

  async handle(routed: RoutedRequest): Promise<void> {
    const { request, response, info, origin } = routed;
    try {
      const url = new URL(request.url ?? '/', origin);
      const route = this.#routes.find(({ prefix }) => url.pathname.startsWith(prefix));
      if (!route) throw new HttpFault(404, 'There is nothing here.');
      if (!route.methods.includes(request.method ?? ''))
        throw new HttpFault(405, `This path answers ${route.methods.join(', ')}.`, { allow: route.methods.join(', ') });
      const context = this.#context(info);
      if (context instanceof EnsembleError) throw context;
      await route.handle({ request, response, origin, url, context });
    } catch (error) {
      answerFailure(routed, error, this.#around.log);
    }
  }

  /** The context of a request, or the error that refuses it. */
  #checked(
    { info, variables, operationName, signal }: SubgraphRequest,
    document: DocumentNode,
  ): Context | EnsembleError {
    const operation = getOperationAST(document, operationName);
    try {
      if (operation) checkNesting(this.#executable.schema, operation, variables ?? {});
    } catch (error) {
      if (error instanceof EnsembleError) return error;
      throw error;
    }
    // A mutation runs to its end, even if the client has left.
    return this.#context(info, operation?.operation === 'query' ? signal : null);
  }

  #context(info: RequestInfo, signal?: AbortSignal | null): Context | EnsembleError {
    const { actingFor, actor } = info;
    const refusal = this.#around.universes.refusal(info.universe);
    if (refusal) return refusal;
    if (actingFor !== null && !actor.memberships.some((membership) => membership.organizationId === actingFor)) {
      return new Forbidden('You are not a member of the organization that you act for.');
    }
    return new Context(this.#around, info, signal ? { signal } : {});
  }

  #refused(error: EnsembleError): ExecutionResult {
    return this.#formatted({ errors: [new GraphQLError(error.message, { originalError: error })] });
  }

  #formatted(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    const errors = result.errors.map((error) => {
      const { message, extensions } = formatError(error, this.name, this.#around.log);
      return new GraphQLError(message, { path: error.path ?? null, extensions: extensions ?? {} });
    });
    return { ...result, errors };
  }
}

/** The result with what the router has to know about it. */
function annotated(result: ExecutionResult, { rightsChanged, isIncomplete }: Context): ExecutionResult {
  if (rightsChanged.size === 0 && !isIncomplete) return result;
  const extensions = {
    ...result.extensions,
    ...(rightsChanged.size > 0 ? { rightsChanged: [...rightsChanged] } : {}),
    ...(isIncomplete ? { incomplete: true } : {}),
  };
  return { ...result, extensions };
}
