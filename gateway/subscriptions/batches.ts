import type { GraphQLDataSource, GraphQLDataSourceProcessOptions, ServiceMap } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import type { GraphQLFormattedError } from 'graphql';
import type { OperationContext } from '../execution/context.ts';
import { copyOf } from '../fetches/copy.ts';
import type { Batches } from './subscription-plan.ts';

/** Entities in one call for several events: as many as a page may have, several times over. */
const mostTogether = 500;

type Data = Record<string, unknown>;

/** A fetch of entities that waits, or is part of a call in flight. */
interface Item {
  readonly options: GraphQLDataSourceProcessOptions;
  readonly representations: readonly Data[];
  readonly context: OperationContext;
  resolve(answer: GatewayGraphQLResponse | Promise<GatewayGraphQLResponse>): void;
}

/**
 * The entity calls of one stream, whose events all have the same viewer. While a call is in flight, equal ones for later events wait and
 * then go together: one event alone waits for nothing, and events that arrive faster than a subgraph answers share its calls.
 */
export class EntityBatches implements Batches {
  readonly #around = new WeakMap<ServiceMap, ServiceMap>();

  /** The same subgraphs, called for several events at a time. */
  around(services: ServiceMap): ServiceMap {
    let batched = this.#around.get(services);
    if (!batched) {
      batched = Object.fromEntries(Object.entries(services).map(([name, source]) => [name, new Batched(source)]));
      this.#around.set(services, batched);
    }
    return batched;
  }
}

class Batched implements GraphQLDataSource {
  readonly #source: GraphQLDataSource;
  /** Those that wait for the call in flight, by what is asked of the entities. */
  readonly #waiting = new Map<string, Item[]>();

  constructor(source: GraphQLDataSource) {
    this.#source = source;
  }

  process(options: GraphQLDataSourceProcessOptions): Promise<GatewayGraphQLResponse> {
    const { query, operationName, variables } = options.request;
    const { representations, ...others } = (variables ?? {}) as Data;
    if (!Array.isArray(representations)) return this.#source.process(options);
    const key = JSON.stringify([query, operationName, others]);
    const context = options.context as OperationContext;
    const waiting = this.#waiting.get(key);
    return new Promise((resolve) => {
      const item: Item = { options, representations: representations as Data[], context, resolve };
      // An ended event is answered at once, as by the subgraph's source.
      context.signal?.addEventListener('abort', () => resolve(this.#source.process(options)), { once: true });
      if (waiting) return void waiting.push(item);
      this.#waiting.set(key, []);
      void this.#run(key, [item]);
    });
  }

  async #run(key: string, items: readonly Item[]): Promise<void> {
    for (let next = items; next.length > 0; next = this.#next(key)) {
      const answers = await this.#ask(next);
      for (const [n, { resolve }] of next.entries()) resolve(answers[n] as GatewayGraphQLResponse);
    }
    this.#waiting.delete(key);
  }

  /** The next ones that wait, at least one. */
  #next(key: string): Item[] {
    const waiting = this.#waiting.get(key) ?? [];
    const open = waiting.filter(({ context }) => context.signal?.aborted !== true);
    let count = 0;
    const fits = open.findIndex(({ representations }, n) => (count += representations.length) > mostTogether && n > 0);
    const taken = fits < 0 ? open : open.slice(0, fits);
    this.#waiting.set(key, open.slice(taken.length));
    return taken;
  }

  async #ask(items: readonly Item[]): Promise<GatewayGraphQLResponse[]> {
    const last = items.at(-1);
    if (!last || items.length === 1) return Promise.all(items.map(({ options }) => this.#source.process(options)));
    const union = new Union(items);
    // The last event has the latest deadline. What the call takes is counted by itself.
    const { budget: _budget, ...rest } = last.context;
    const context: OperationContext = { ...rest, absent: new Set(), isIncomplete: false };
    const variables = { ...last.options.request.variables, representations: union.representations };
    const asked = { ...last.options, request: { ...last.options.request, variables }, context };
    const answer = await this.#source.process(asked as GraphQLDataSourceProcessOptions);
    for (const item of items) if (context.isIncomplete === true) item.context.isIncomplete = true;
    return items.map((item) => union.partOf(item, answer, context.absent));
  }
}

/** The representations of several fetches, each once, and the way back. */
class Union {
  readonly representations: Data[] = [];
  /** For each fetch, the places of its representations. */
  readonly #places = new Map<Item, number[]>();
  /** Entities that were given to a fetch already. */
  readonly #given = new Set<number>();

  constructor(items: readonly Item[]) {
    const known = new Map<string, number>();
    for (const item of items) {
      const places = item.representations.map((representation) => {
        const key = JSON.stringify(representation);
        let place = known.get(key);
        if (place === undefined) known.set(key, (place = this.representations.push(representation) - 1));
        return place;
      });
      this.#places.set(item, places);
    }
  }

  /** The answer to one of the fetches, with data of its own; notes the types of its absent entities. */
  partOf(item: Item, { data, errors }: GatewayGraphQLResponse, absent: ReadonlySet<string>): GatewayGraphQLResponse {
    const places = this.#places.get(item) ?? [];
    const own = errors?.flatMap((error) => errorsAt(error as GraphQLFormattedError, places)) ?? [];
    const found = data?.['_entities'] as (Data | null)[] | undefined;
    const entities = found && places.map((place) => this.#give(place, found[place] ?? null));
    for (const [n, entity] of entities?.entries() ?? []) {
      const type = item.representations[n]?.['__typename'];
      if (entity === null && typeof type === 'string' && absent.has(type)) item.context.absent.add(type);
    }
    return {
      ...(entities ? { data: { _entities: entities } } : {}),
      ...(own.length > 0 ? { errors: own } : {}),
    } as GatewayGraphQLResponse;
  }

  /** Fetches of different events merge their answers separately. */
  #give(place: number, entity: Data | null): Data | null {
    if (!this.#given.has(place)) this.#given.add(place);
    else if (entity) return copyOf(entity);
    return entity;
  }
}

/** An error with the paths that it has in the answer to one fetch; as it is if it is about no entity. */
function errorsAt(error: GraphQLFormattedError, places: readonly number[]): GraphQLFormattedError[] {
  const [root, place, ...below] = error.path ?? [];
  if (root !== '_entities' || typeof place !== 'number') return [error];
  return places.flatMap((each, n) => (each === place ? { ...error, path: [root, n, ...below] } : []));
}
