import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway';
import type { ConditionNode, FetchNode, PlanNode, QueryPlan, ResponsePath } from '@apollo/query-planner';
import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import { Kind, type GraphQLError, type GraphQLFormattedError } from 'graphql';
import { mostErrors } from '../errors.ts';
import { ErrorList } from './error-list.ts';
import { fromSubgraph, keysOfFetch, mostObjects, type Failure } from './failures.ts';
import { merge, own, type Data } from './merge.ts';
import { leastOfObject, TooLarge } from './size.ts';
import { compileRepresentation, compileRewrites, rewrittenPath, type Subtypes } from './representations.ts';

/** The kind by which the stock gateway marks fetches for a client; `SubgraphSource` serves both executors. */
type ProcessOptions = Extract<Parameters<GraphQLDataSource['process']>[0], { incomingRequestContext: unknown }>;
const incoming = 'incoming operation' as ProcessOptions['kind'];

/** One run of a plan. */
interface Run {
  services: ServiceMap;
  request: GatewayGraphQLRequestContext;
  /** The data answered so far. */
  data: Data;
  errors: ErrorList;
  /** The fetches that failed as a whole. */
  failures: Failure[];
  /** Whether data that was answered once belongs to several objects. */
  isMultiplied: boolean;
  /** Bytes that the client's answer may have. */
  bytes: () => number;
}

/** Continues the run at these objects of the answer; never rejects because of a subgraph. */
type Step = (run: Run, objects: readonly Data[]) => Promise<void> | void;

interface Compiling {
  subtypes: Subtypes;
  /** Where in the answer the objects are. */
  path: ResponsePath;
}

/** The steps of each plan: a plan is compiled once, and its cache is that of the plans. */
const compiled = new WeakMap<QueryPlan, Step>();

/**
 * Runs a plan and merges the answers of subgraphs. The data have more fields than were selected, and fewer where subgraphs failed.
 * Rejects with `TooLarge` if an object appears too often in them.
 */
export async function runPlan(
  plan: QueryPlan,
  {
    services,
    request,
    subtypes,
    bytes = () => Number.POSITIVE_INFINITY,
  }: Pick<Run, 'services' | 'request'> & Partial<Pick<Run, 'bytes'>> & Pick<Compiling, 'subtypes'>,
): Promise<Pick<Run, 'data' | 'failures' | 'isMultiplied'> & { errors: readonly GraphQLError[] }> {
  let steps = compiled.get(plan);
  if (!steps) {
    if (plan.node?.kind === 'Subscription') throw new Error('A subscription was to be run as a query.');
    steps = plan.node ? compile(plan.node, { subtypes, path: [] }) : () => undefined;
    compiled.set(plan, steps);
  }
  const run: Run = {
    services,
    request,
    data: {},
    errors: new ErrorList(),
    failures: [],
    isMultiplied: false,
    bytes,
  };
  await steps(run, [run.data]);
  return { data: run.data, errors: run.errors.all, failures: run.failures, isMultiplied: run.isMultiplied };
}

function compile(node: PlanNode, at: Compiling): Step {
  switch (node.kind) {
    case 'Sequence': {
      const steps = node.nodes.map((each) => compile(each, at));
      return async (run, objects) => {
        for (const step of steps) await step(run, objects);
      };
    }
    case 'Parallel': {
      const steps = node.nodes.map((each) => compile(each, at));
      return async (run, objects) => {
        await Promise.all(steps.map(async (step) => step(run, objects)));
      };
    }
    case 'Flatten': {
      const step = compile(node.node, { ...at, path: [...at.path, ...node.path] });
      return (run, objects) => {
        const found: Data[] = [];
        const most = run.bytes() / leastOfObject;
        for (const each of objects) collect(each, node.path, 0, found, most);
        return found.length > 0 ? step(run, found) : undefined;
      };
    }
    case 'Condition': {
      const [then, otherwise] = [node.ifClause, node.elseClause].map((clause) => clause && compile(clause, at));
      return (run, objects) => (holds(run, node) ? then : otherwise)?.(run, objects);
    }
    case 'Fetch': {
      const fetch = node.requires ? compileEntityFetch(node, node.requires, at) : compileFetch(node, at);
      return async (run, objects) => {
        try {
          await fetch(run, objects);
        } catch (error) {
          run.errors.add(error as GraphQLError);
        }
      };
    }
    case 'Defer':
      throw new Error('The planner is not configured for @defer.');
  }
}

/**
 * The objects below a value at a path from its step `n` on, in order; `@` stands for each item of a list. An object that several others
 * refer to is found once for each, so that a few can be found very often.
 */
function collect(value: unknown, path: ResponsePath, n: number, found: Data[], most: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const next = path[n] === '@' ? n + 1 : n;
    for (const each of value as unknown[]) collect(each, path, next, found, most);
  } else if (n < path.length) collect(own(value as Data, String(path[n])), path, n + 1, found, most);
  else if (found.length < most) found.push(value as Data);
  else throw new TooLarge();
}

/** The paths of those objects. */
function placesOf(value: unknown, path: ResponsePath, n = 0, at: ResponsePath = []): ResponsePath[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    const next = path[n] === '@' ? n + 1 : n;
    return value.flatMap((each: unknown, place) => placesOf(each, path, next, [...at, place]));
  }
  if (n === path.length) return [at];
  const step = String(path[n]);
  return placesOf(own(value as Data, step), path, n + 1, [...at, step]);
}

function holds({ request }: Run, { condition }: ConditionNode): boolean {
  const given = own(request.request.variables ?? {}, condition);
  if (given !== undefined) return given === true;
  const declared = request.operation.variableDefinitions?.find(({ variable }) => variable.name.value === condition);
  return declared?.defaultValue?.kind === Kind.BOOLEAN && declared.defaultValue.value;
}

/** A fetch of root fields. */
function compileFetch(node: FetchNode, { subtypes, path }: Compiling): Step {
  const readable = compileRewrites(node.outputRewrites, subtypes);
  const keysOf = keysOfFetch(node, subtypes);
  const places: Places = {
    of: ({ path: told }) => told && [[...path, ...rewrittenPath(told, node.outputRewrites)]],
    all: () => [{ path, keys: keysOf({}) }],
  };
  return async (run, objects) => {
    const data = await ask(run, node, variablesOf(run, node), path, places);
    readable?.(data);
    for (const each of objects) merge(each, data);
  };
}

/** A fetch of further fields of entities. Equal representations are sent once, and their answer belongs to each of the objects. */
function compileEntityFetch(
  node: FetchNode,
  requires: NonNullable<FetchNode['requires']>,
  { subtypes, path }: Compiling,
): Step {
  const represent = compileRepresentation(requires, subtypes);
  const sendable = compileRewrites(node.inputRewrites, subtypes);
  const readable = compileRewrites(node.outputRewrites, subtypes);
  const keysOf = keysOfFetch(node, subtypes);
  if (node.variableUsages?.includes('representations'))
    throw new Error('A variable of a plan cannot be called "representations".');
  return async (run, objects) => {
    const representations: Data[] = [];
    /** For each representation, the places among `objects` of those that it stands for. */
    const places: number[][] = [];
    const known = objects.length > 1 ? new Map<string, number[]>() : null;
    for (const [place, entity] of objects.entries()) {
      const representation = represent(entity);
      if (!representation?.['__typename']) continue;
      sendable?.(representation);
      const key = known && JSON.stringify(representation);
      const alike = key === null ? undefined : known?.get(key);
      if (alike) {
        alike.push(place);
        continue;
      }
      representations.push(representation);
      const first = [place];
      places.push(first);
      if (key !== null) known?.set(key, first);
    }
    if (representations.length === 0) return;
    const { of, paths } = entityPaths(run, node, path, places);
    const all: Places['all'] = () =>
      places
        .flat()
        .slice(0, mostObjects + 1)
        .map((place) => ({ path: paths()[place] ?? [], keys: keysOf(objects[place] ?? {}) }));
    const variables = { ...variablesOf(run, node), representations };
    const data = await ask(run, node, variables, path, { of, all });
    if (!data) return;
    const found = data['_entities'];
    if (!Array.isArray(found) || found.length !== representations.length)
      throw new Error(`${node.serviceName} answered other than ${representations.length} entities.`);
    for (const [n, answered] of (found as (Data | null)[]).entries()) {
      const [first, ...others] = places[n] ?? [];
      if (!answered || first === undefined) continue;
      answered['__typename'] ||= objects[first]?.['__typename'];
      readable?.(answered);
      merge(objects[first]!, answered);
      if (others.length === 0) continue;
      for (const place of others) merge(objects[place]!, answered);
      run.isMultiplied = true;
    }
  };
}

function variablesOf({ request }: Run, { variableUsages = [] }: FetchNode): Data {
  const given = request.request.variables ?? {};
  const variables: Data = Object.create(null) as Data;
  for (const name of variableUsages) {
    const value = own(given, name);
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/** The client's paths of an error below an entity, one for each object with its representation. */
function entityPaths(
  run: Run,
  { outputRewrites }: FetchNode,
  path: ResponsePath,
  places: readonly (readonly number[])[],
): Pick<Places, 'of'> & { paths: () => readonly ResponsePath[] } {
  let objects: ResponsePath[] | null = null;
  const paths = (): readonly ResponsePath[] => (objects ??= placesOf(run.data, path));
  const of: Places['of'] = ({ path: told }) => {
    const [, representation, ...below] = told ?? [];
    if (typeof representation !== 'number') return told && [[...path, ...rewrittenPath(told, outputRewrites)]];
    const rest = rewrittenPath(below, outputRewrites);
    return (places[representation] ?? [representation]).map((place) => [...(paths()[place] ?? []), ...rest]);
  };
  return { of, paths };
}

/** Where in the answer a fetch belongs. */
interface Places {
  /** The client's paths of an error; undefined for one without a path. */
  of(error: GraphQLFormattedError): ResponsePath[] | undefined;
  /** The objects to which it adds fields, up to one more than are told. */
  all(): Failure['objects'];
}

/** Calls a subgraph and records its errors under the client's paths. */
async function ask(
  run: Run,
  node: FetchNode,
  variables: Data,
  path: ResponsePath,
  places: Places,
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
  let objects: Failure['objects'] | undefined;
  for (const error of response.errors ?? []) {
    if (run.errors.isFull) break;
    const paths = places.of(error);
    if (!paths && !response.data) {
      // One for each error; as many are told.
      if (run.failures.length < mostErrors)
        run.failures.push({ error, os: node.serviceName, objects: (objects ??= places.all()) });
    } else if (!paths) run.errors.add(fromSubgraph(error, node.serviceName, undefined));
    else
      for (const each of paths) {
        if (run.errors.isFull) break;
        run.errors.add(fromSubgraph(error, node.serviceName, each));
      }
  }
  return response.data;
}
