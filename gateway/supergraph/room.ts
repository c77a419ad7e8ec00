import type {
  GatewayInterface,
  GatewayLoadResult,
  GatewaySchemaLoadOrUpdateCallback,
} from '@apollo/server-gateway-interface';
import type { GraphQLSchema } from 'graphql';
import type { SupergraphValue } from './value.ts';

/**
 * Milliseconds for which a value that was replaced goes on planning at once: an operation that was validated on it a moment ago is
 * planned now. Longer, and the memory of two planners is taken for nothing.
 */
const lingering = 1_000;

/**
 * Where the current supergraph value stands, behind Apollo Server's gateway interface. `swap` puts another one in its place
 * at once; an operation in flight is looked up by the schema it was validated against, never by "current".
 */
export class SupergraphRoom implements GatewayInterface {
  private readonly bySchema = new WeakMap<GraphQLSchema, SupergraphValue>();
  private readonly listeners = new Set<GatewaySchemaLoadOrUpdateCallback>();
  private readonly build: (sdl: string) => Promise<SupergraphValue>;
  private value: SupergraphValue | undefined;
  private readonly retiring = new Set<() => Promise<void>>();
  private swapping: Promise<void> = Promise.resolve();

  constructor(build: (sdl: string) => Promise<SupergraphValue>) {
    this.build = build;
  }

  /** The value on which an operation that begins now is answered. */
  get current(): SupergraphValue {
    if (!this.value) throw new Error('No supergraph was read yet.');
    return this.value;
  }

  /** Reads the SDL and puts it in place. Rejects, and leaves the old value where it is, when the SDL is not a supergraph. */
  swap(sdl: string): Promise<void> {
    // One after the other: the last one asked for is the one that stays.
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
