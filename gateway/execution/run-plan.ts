import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway';
import type { ConditionNode, FetchNode, PlanNode, QueryPlan, ResponsePath } from '@apollo/query-planner';
import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import { isData, merge, own, type Data } from './merge.ts';
import { representationOf, rewrite, rewrittenPath, type Subtypes } from './representations.ts';

/** The kind by which the stock gateway marks fetches for a client; `SubgraphSource` serves both executors. */
type ProcessOptions = Extract<Parameters<GraphQLDataSource['process']>[0], { incomingRequestContext: unknown }>;
const incoming = 'incoming operation' as ProcessOptions['kind'];

interface Run {
  services: ServiceMap;
  request: GatewayGraphQLRequestContext;
  subtypes: Subtypes;
  /** The data answered so far. */
  data: Data;
  errors: GraphQLError[];
}

/** Where in the answer a plan node continues: its path and the value there. */
interface Place {
  path: ResponsePath;
  value: unknown;
}

/** Runs a plan and merges the answers of subgraphs. The data have more fields than were selected, and fewer where subgraphs failed. */
export async function runPlan(
  plan: QueryPlan,
  { services, request, subtypes }: Pick<Run, 'services' | 'request' | 'subtypes'>,
): Promise<{ data: Data; errors: readonly GraphQLError[] }> {
  const run: Run = { services, request, subtypes, data: Object.create(null) as Data, errors: [] };
  if (plan.node?.kind === 'Subscription') throw new Error('A subscription was to be run as a query.');
  if (plan.node) await runNode(run, plan.node, { path: [], value: run.data });
  return run;
}

async function runNode(run: Run, node: PlanNode, place: Place): Promise<void> {
  switch (node.kind) {
    case 'Sequence':
      for (const each of node.nodes) await runNode(run, each, place);
      return;
    case 'Parallel':
      await Promise.all(node.nodes.map((each) => runNode(run, each, place)));
      return;
    case 'Flatten': {
      const value = valueAt(place.value, node.path);
      if (value) await runNode(run, node.node, { path: [...place.path, ...node.path], value });
      return;
    }
    case 'Condition': {
      const chosen = holds(run, node) ? node.ifClause : node.elseClause;
      if (chosen) await runNode(run, chosen, place);
      return;
    }
    case 'Fetch':
      try {
        await fetchNode(run, node, place);
      } catch (error) {
        run.errors.push(error as GraphQLError);
      }
      return;
    case 'Defer':
      throw new Error('The planner is not configured for @defer.');
  }
}

/** The value at a path; `@` stands for each item of a list. */
function valueAt(value: unknown, [step, ...rest]: ResponsePath): unknown {
  if (step === undefined || value === undefined || value === null) return value;
  if (step === '@') return (value as unknown[]).flatMap((each) => valueAt(each, rest));
  return valueAt(own(value as Data, String(step)), rest);
}

function holds({ request }: Run, { condition }: ConditionNode): boolean {
  const given = own(request.request.variables ?? {}, condition);
  if (given !== undefined) return given === true;
  const declared = request.operation.variableDefinitions?.find(({ variable }) => variable.name.value === condition);
  return declared?.defaultValue?.kind === Kind.BOOLEAN && declared.defaultValue.value;
}

async function fetchNode(run: Run, node: FetchNode, { path, value }: Place): Promise<void> {
  const { subtypes } = run;
  const there = (Array.isArray(value) ? (value as unknown[]) : [value]).filter((each) => isData(each));
  if (there.length === 0) return;
  const given = run.request.request.variables ?? {};
  const variables: Data = Object.create(null) as Data;
  for (const name of node.variableUsages ?? []) {
    const value = own(given, name);
    if (value !== undefined) variables[name] = value;
  }
  if (!node.requires) {
    const data = await ask(run, node, variables, path, (n) => n);
    rewrite(data, node.outputRewrites, subtypes);
    for (const each of there) merge(each, data);
    return;
  }
  const entities: { entity: Data; n: number }[] = [];
  const representations: Data[] = [];
  for (const [n, entity] of there.entries()) {
    const representation = representationOf(entity, node.requires, subtypes);
    if (!representation?.['__typename']) continue;
    rewrite(representation, node.inputRewrites, subtypes);
    representations.push(representation);
    entities.push({ entity, n });
  }
  if (representations.length === 0) return;
  if ('representations' in variables) throw new Error('A variable of a plan cannot be called "representations".');
  const data = await ask(run, node, { ...variables, representations }, path, (n) => entities[n]?.n ?? n);
  if (!data) return;
  const found = data['_entities'];
  if (!Array.isArray(found) || found.length !== entities.length)
    throw new Error(`${node.serviceName} answered other than ${entities.length} entities.`);
  for (const [n, { entity }] of entities.entries()) {
    const answered = found[n] as Data | null;
    if (!answered) continue;
    if (!answered['__typename']) answered['__typename'] = entity['__typename'];
    rewrite(answered, node.outputRewrites, subtypes);
    merge(entity, answered);
  }
}

/** Calls a subgraph and records its errors under the client's path. `placeOf` maps a representation to its object's index. */
async function ask(
  run: Run,
  node: FetchNode,
  variables: Data,
  path: ResponsePath,
  placeOf: (representation: number) => number,
): Promise<Data | null | undefined> {
  const { request } = run;
  const service = run.services[node.serviceName];
  if (!service) throw new Error(`The plan asks a subgraph ${node.serviceName} that is not there.`);
  const response = await service.process({
    kind: incoming,
    request: {
      query: node.operation,
      variables,
      ...(node.operationName === undefined ? {} : { operationName: node.operationName }),
    },
    incomingRequestContext: request,
    context: request.context,
    pathInIncomingRequest: path,
  });
  if (response.errors?.length) {
    const places = node.requires ? placesOf(run.data, path) : [];
    const clientPath = ({ path: told }: GraphQLFormattedError): ResponsePath | undefined => {
      const [, representation, ...below] = told ?? [];
      if (node.requires && typeof representation === 'number')
        return [...(places[placeOf(representation)] ?? []), ...rewrittenPath(below, node.outputRewrites)];
      return told && [...path, ...rewrittenPath(told, node.outputRewrites)];
    };
    for (const error of response.errors) run.errors.push(fromSubgraph(error, node.serviceName, clientPath(error)));
  }
  return response.data;
}

/** The paths of all objects at a path, in order. */
function placesOf(data: unknown, [step, ...rest]: ResponsePath, at: ResponsePath = []): ResponsePath[] {
  if (data === null || data === undefined) return [];
  if (step === undefined) return [at];
  if (Array.isArray(data))
    return data.flatMap((each: unknown, n) => placesOf(each, step === '@' ? rest : [step, ...rest], [...at, n]));
  return placesOf(own(data as Data, String(step)), rest, [...at, step]);
}

function fromSubgraph(error: GraphQLFormattedError, os: string, path: ResponsePath | undefined): GraphQLError {
  return new GraphQLError(error.message || `${os} failed.`, {
    originalError: error as Error,
    ...(path ? { path } : {}),
    extensions: { ...error.extensions, serviceName: os },
  });
}
