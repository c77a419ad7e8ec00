import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { schemaOf, type System } from './systems/system.ts';

/** Distinct requests per subgraph whose answers are kept: those of all operations and gateways are a few hundred. */
const mostAnswers = 4_000;
/** Bytes of requests and answers kept per subgraph. */
const heaviestAnswers = 268_435_456;

/** Answers of one subgraph by the text of the request, computed by graphql-js once: the benchmark measures gateways, not subgraphs. */
export class Answers {
  readonly #schema: GraphQLSchema;
  readonly #known = new LRUCache<string, Buffer>({ max: mostAnswers, maxSize: heaviestAnswers });

  constructor(system: System) {
    this.#schema = schemaOf(system);
  }

  known(body: string): Buffer | undefined {
    return this.#known.get(body);
  }

  async compute(body: string, format: (json: string) => Buffer): Promise<Buffer> {
    const answer = format(JSON.stringify(await this.#execute(body)));
    this.#known.set(body, answer, { size: body.length + answer.length });
    return answer;
  }

  async #execute(body: string): Promise<ExecutionResult> {
    const { query, variables, operationName } = JSON.parse(body) as {
      query: string;
      variables?: Record<string, unknown> | null;
      operationName?: string | null;
    };
    const document = parse(query);
    const errors = validate(this.#schema, document);
    if (errors.length > 0) return { errors };
    return execute({
      schema: this.#schema,
      document,
      variableValues: variables ?? null,
      operationName: operationName ?? null,
    });
  }
}
