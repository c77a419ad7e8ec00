import type {
  GatewayInterface,
  GatewayLoadResult,
  GatewaySchemaLoadOrUpdateCallback,
} from '@apollo/server-gateway-interface';
import type { GraphQLSchema } from 'graphql';
import type { SupergraphValue } from './value.ts';

/**
 * Milliseconds for which a replaced value keeps its planner: an operation validated on it just before is planned by then. A longer
 * time would only take the memory of two planners.
 */
const lingering = 1_000;

/** One value behind Apollo Server's gateway interface. */
export function always(value: SupergraphValue): GatewayInterface {
  return {
    onSchemaLoadOrUpdate(tell) {
      tell({ apiSchema: value.apiSchema, coreSupergraphSdl: value.sdl });
      return () => undefined;
    },
    load: async () => ({ executor: value.execute }),
    stop: async () => undefined,
  };
}

/**
 * Holds the current supergraph value behind Apollo Server's gateway interface. `swap` replaces it at once; an operation in progress
 * is looked up by the schema it was validated against, never by "current".
 */
export class CurrentSupergraph implements GatewayInterface {
  private readonly bySchema = new WeakMap<GraphQLSchema, SupergraphValue>();
  private readonly listeners = new Set<GatewaySchemaLoadOrUpdateCallback>();
  private readonly build: (sdl: string) => Promise<SupergraphValue>;
  private value: SupergraphValue | undefined;
  private readonly retiring = new Set<() => Promise<void>>();
  private swapping: Promise<void> = Promise.resolve();

  constructor(build: (sdl: string) => Promise<SupergraphValue>) {
    this.build = build;
  }

  /** The value on which new operations run. */
  get current(): SupergraphValue {
    if (!this.value) throw new Error('No supergraph was read yet.');
    return this.value;
  }

  /** Reads the SDL and makes it current. Rejects when the SDL is not a supergraph, and keeps the old value. */
  swap(sdl: string): Promise<void> {
    // In sequence: the last requested value stays.
    const swapped = this.swapping.then(async () => {
      if (this.value?.sdl === sdl) return;
      const value = await this.build(sdl);
      this.bySchema.set(value.apiSchema, value);
      for (const tell of this.listeners) tell({ apiSchema: value.apiSchema, coreSupergraphSdl: sdl });
      const before = this.value;
      this.value = value;
      if (before) this.retire(before);
    });
    this.swapping = swapped.catch(() => undefined);
    return swapped;
  }

  onSchemaLoadOrUpdate(tell: GatewaySchemaLoadOrUpdateCallback): () => void {
    this.listeners.add(tell);
    if (this.value) tell({ apiSchema: this.value.apiSchema, coreSupergraphSdl: this.value.sdl });
    return () => this.listeners.delete(tell);
  }

  async load(): Promise<GatewayLoadResult> {
    return {
      executor: (request) => {
        const value = this.bySchema.get(request.schema);
        if (!value) throw new Error('This request was validated against a schema that is not ours.');
        return value.execute(request);
      },
    };
  }

  async stop(): Promise<void> {
    await this.swapping;
    await Promise.all([...this.retiring].map((end) => end()));
    await this.value?.stop();
  }

  private retire(value: SupergraphValue): void {
    const end = async (): Promise<void> => {
      if (!this.retiring.delete(end)) return;
      clearTimeout(timer);
      await value.stop();
    };
    const timer = setTimeout(() => void end(), lingering).unref();
    this.retiring.add(end);
  }
}
