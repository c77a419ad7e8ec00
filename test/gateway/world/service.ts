import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  execute,
  GraphQLError,
  parse,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { RequestInfo } from '../../../platform/context/request.ts';
import { EnsembleError } from '../../../platform/errors/errors.ts';
import { EventQueue } from '../../../platform/streams/event-queue.ts';
import {
  markResult,
  type SubgraphRequest,
  type SubgraphService,
  type SubgraphStream,
} from '../../../platform/serving/service.ts';

export interface WorldContext {
  info: RequestInfo;
  /** Set by a resolver that left out what another viewer may see. */
  isIncomplete?: boolean;
}

type Resolvers = Record<string, Record<string, unknown>>;

/** A small local subgraph with the interface of a real one, which counts its requests. */
export class TestService implements SubgraphService {
  readonly name: string;
  readonly typeDefs: DocumentNode;
  readonly schema: GraphQLSchema;
  /** Number of executed operations. */
  executed = 0;
  /** Number of streams open now, and in total. */
  streams = 0;
  streamsEver = 0;
  /** The requests, newest last. */
  readonly requests: SubgraphRequest[] = [];
  /** Set to answer something other than its schema says; `null` answers normally. */
  answers: (request: SubgraphRequest) => { data: unknown } | null = () => null;
  /** Set to make it fail like an unreachable server. */
  away = false;
  /** Set to answer paths besides GraphQL. */
  handle: SubgraphService['handle'];
  /** Awaited before it executes anything. */
  gate: Promise<void> | null = null;
  /** Streams that requested marks. */
  private readonly marked = new Set<EventQueue<ExecutionResult>>();

  constructor(name: string, sdl: string, resolvers: Resolvers) {
    this.name = name;
    this.typeDefs = parse(
      `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@tag", "@inaccessible", "@external", "@listSize"])\n${sdl}`,
    );
    this.schema = buildSubgraphSchema([{ typeDefs: this.typeDefs, resolvers: resolvers as never }]);
  }

  async execute(request: SubgraphRequest): Promise<ExecutionResult> {
    if (this.away) throw new Error(`connect ECONNREFUSED 10.9.8.7:4999`);
    this.executed += 1;
    this.remember(request);
    await this.gate;
    const odd = this.answers(request);
    if (odd) return odd as ExecutionResult;
    const document = parse(request.query);
    const errors = validate(this.schema, document);
    if (errors.length > 0) return { errors };
    const contextValue: WorldContext = { info: request.info };
    const result = await execute({
      schema: this.schema,
      document,
      variableValues: request.variables ?? null,
      operationName: request.operationName ?? null,
      contextValue,
    });
    return this.formatted(annotated(result, contextValue));
  }

  async subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult> {
    if (this.away) throw new Error(`connect ECONNREFUSED 10.9.8.7:4999`);
    this.remember(request);
    const context: WorldContext = { info: request.info };
    const result = await subscribe({
      schema: this.schema,
      document: parse(request.query),
      variableValues: request.variables ?? null,
      operationName: request.operationName ?? null,
      contextValue: context,
    });
    if (!(Symbol.asyncIterator in result)) return this.formatted(result);
    this.streams += 1;
    this.streamsEver += 1;
    let open = true;
    const closed = () => {
      if (open) this.streams -= 1;
      open = false;
    };
    if (request.marks) return this.marking(result, context, closed);
    const stream: EventQueue<ExecutionResult> = new EventQueue<ExecutionResult>({
      pull: async () => {
        const next = await result.next();
        if (!next.done) return stream.push(this.formatted(annotated(next.value, context)));
        closed();
        stream.end();
      },
      onReturn: () => {
        closed();
        return result.return();
      },
    });
    return stream;
  }

  /** Sends a mark to every open stream: nothing is missing up to the cursor. */
  mark(cursor: string): void {
    for (const queue of this.marked) queue.push(markResult(cursor));
  }

  private marking(events: AsyncIterator<ExecutionResult>, context: WorldContext, closed: () => void): SubgraphStream {
    const end = (): void => {
      this.marked.delete(queue);
      closed();
    };
    const queue: EventQueue<ExecutionResult> = new EventQueue<ExecutionResult>({
      onReturn: () => {
        end();
        void events.return?.();
      },
    });
    this.marked.add(queue);
    const pump = async (): Promise<void> => {
      for (;;) {
        const next = await events.next();
        if (next.done) break;
        queue.push(this.formatted(annotated(next.value, context)));
      }
      end();
      queue.end();
    };
    void pump();
    return queue;
  }

  private remember(request: SubgraphRequest): void {
    this.requests.push(request);
    if (this.requests.length > 100) this.requests.shift();
  }

  private formatted<T extends ExecutionResult>(result: T): T {
    if (!result.errors) return result;
    const errors = result.errors.map((error) => {
      const original = error.originalError;
      const known =
        original instanceof EnsembleError
          ? { code: original.code, retryable: original.retryable, ...original.details }
          : {};
      return new GraphQLError(error.message, {
        ...(error.path ? { path: error.path } : {}),
        extensions: { ...error.extensions, ...known, os: this.name },
      });
    });
    return { ...result, errors };
  }
}

/** The result as an OS answers it, and the context ready for the next event. */
function annotated(result: ExecutionResult, context: WorldContext): ExecutionResult {
  if (context.isIncomplete !== true) return result;
  context.isIncomplete = false;
  return { ...result, extensions: { ...result.extensions, incomplete: true } };
}
