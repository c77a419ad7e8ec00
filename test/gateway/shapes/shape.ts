import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import { execute, getOperationAST, parse, validate, type GraphQLSchema } from 'graphql';
import { aliasSafe } from '../../../gateway/execution/aliases.ts';
import { ownExecutor } from '../../../gateway/execution/execute.ts';
import { Changes } from '../../../gateway/fetches/changes.ts';
import { SubgraphSource } from '../../../gateway/execution/source.ts';
import { newRecord } from '../../../gateway/http/record.ts';
import { defaultLimits } from '../../../gateway/limits/limits.ts';
import type { Planner } from '../../../gateway/planning/planner.ts';
import { prepareSupergraph, readPrepared } from '../../../gateway/planning/read.ts';
import { readParts } from '../../../gateway/supergraph/value.ts';
import { anonymous } from '../../../platform/context/actor.ts';
import { newRequestInfo } from '../../../platform/context/request.ts';
import type { SubgraphRequest, SubgraphService } from '../../../platform/serving/service.ts';
import { createLog } from '../../../platform/telemetry/log.ts';

type Resolvers = Record<string, Record<string, unknown>>;

/** A subgraph of another company: its SDL without the link to federation, and its resolvers. */
export interface Plain {
  sdl: string;
  resolvers: Resolvers;
}

export interface ShapeAnswer {
  data: unknown;
  /** Messages with their paths and codes. */
  errors: { message: string; path?: string; code?: unknown }[];
}

type Run = (query: string, variables: Record<string, unknown>) => Promise<ShapeAnswer>;

const directives = [
  'key',
  'requires',
  'provides',
  'external',
  'shareable',
  'override',
  'inaccessible',
  'interfaceObject',
  'extends',
];
const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: [${directives.map((name) => `"@${name}"`).join(' ')}])\n`;

/** One supergraph whose subgraphs run in this process. Its plans are made of what is prepared ahead of a start. */
export class Shape {
  /** What subgraphs were asked, as `name query`. */
  readonly calls: string[];
  readonly #run: Run;

  private constructor(calls: string[], run: Run) {
    this.calls = calls;
    this.#run = run;
  }

  static async open(subgraphs: Readonly<Record<string, Plain>>): Promise<Shape> {
    const sources = Object.entries(subgraphs).map(([name, { sdl, resolvers }]) => {
      const typeDefs = parse(sdl.includes('@link') || sdl.includes('# federation 1') ? sdl : federation + sdl);
      return { name, typeDefs, schema: buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]) };
    });
    const { supergraphSdl, errors } = composeServices(sources.map(({ name, typeDefs }) => ({ name, typeDefs })));
    if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
    const { facts, pieces, plan } = readPrepared(structuredClone(prepareSupergraph(supergraphSdl)));
    const planner: Planner = {
      facts,
      thread: 0,
      piece: (n) => Promise.resolve(pieces[n]!),
      plan: (source, operationName) => Promise.resolve().then(() => plan(source, operationName)),
      close: () => Promise.resolve(),
    };
    const log = createLog({ level: 'silent' });
    const calls: string[] = [];
    const services = new Map(sources.map(({ name, schema }) => [name, new Service(name, schema, calls)]));
    const source = (name: string): SubgraphSource =>
      new SubgraphSource({
        name,
        service: services.get(name) ?? null,
        limits: defaultLimits,
        changes: new Changes(),
        viewers: null,
        joining: 0,
        log,
        rightsChanged: () => undefined,
      });
    const parts = await readParts(supergraphSdl, planner, {
      services: source,
      isForeign: () => true,
      policiesClaim: 'policies',
    });
    const run = aliasSafe(ownExecutor(parts, log), parts.plannerFields);
    return new Shape(calls, async (query, variables) => {
      const document = parse(query);
      const invalid = validate(parts.apiSchema, document);
      if (invalid.length > 0) throw new Error(invalid.map(({ message }) => message).join('\n'));
      const info = newRequestInfo(anonymous(), { requestId: 'test' });
      const answer = await run({
        request: { query, variables },
        context: { info, signal: null, record: newRecord(), cost: null, explain: false, absent: new Set() },
        document,
        source: query,
        operation: getOperationAST(document)!,
        operationName: null,
        queryHash: query,
        schema: parts.apiSchema,
        metrics: {},
        logger: { debug() {}, info() {}, warn() {}, error() {} },
      } as unknown as GatewayGraphQLRequestContext);
      return {
        data: JSON.parse(JSON.stringify(answer.data ?? null)) as unknown,
        errors: (answer.errors ?? []).map(({ message, path, extensions }) => ({
          message,
          ...(path ? { path: path.join('.') } : {}),
          ...(extensions?.['code'] === undefined ? {} : { code: extensions['code'] }),
        })),
      };
    });
  }

  async ask(query: string, variables: Record<string, unknown> = {}): Promise<ShapeAnswer> {
    this.calls.length = 0;
    return this.#run(query, variables);
  }
}

/** A subgraph called directly, as anybody could have written it. */
class Service implements SubgraphService {
  readonly isForeign = true;
  readonly name: string;
  readonly #schema: GraphQLSchema;
  readonly #calls: string[];

  constructor(name: string, schema: GraphQLSchema, calls: string[]) {
    this.name = name;
    this.#schema = schema;
    this.#calls = calls;
  }

  async execute({ query, variables }: SubgraphRequest): ReturnType<SubgraphService['execute']> {
    this.#calls.push(`${this.name} ${query}`);
    const document = parse(query);
    const invalid = validate(this.#schema, document);
    if (invalid.length > 0) return { errors: invalid };
    const answer = await execute({ schema: this.#schema, document, variableValues: variables ?? null });
    return JSON.parse(JSON.stringify(answer)) as typeof answer;
  }

  subscribe(): ReturnType<SubgraphService['subscribe']> {
    return Promise.reject(new Error('No shape has streams.'));
  }
}
