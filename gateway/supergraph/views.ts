import type { ApolloServer } from '@apollo/server';
import { NotFound } from '../../platform/errors/errors.ts';
import type { OperationContext } from '../execution/context.ts';
import type { SupergraphValue } from './value.ts';

/** The graph as a request sees it: all of it, or what its audience has. */
export interface View {
  readonly value: SupergraphValue;
  readonly apollo: ApolloServer<OperationContext>;
}

/** The current supergraph, for each audience. */
export class Views {
  readonly #current: () => SupergraphValue;
  readonly #apollo: ApolloServer<OperationContext>;
  readonly #names: readonly string[];
  readonly #open: (value: SupergraphValue) => Promise<ApolloServer<OperationContext>>;
  /** By the value of the audience. */
  readonly #opened = new WeakMap<SupergraphValue, Promise<View>>();

  constructor(options: {
    current: () => SupergraphValue;
    /** Answers on all of it. */
    apollo: ApolloServer<OperationContext>;
    names: readonly string[];
    /** Opens a server for the value of one audience. */
    open: (value: SupergraphValue) => Promise<ApolloServer<OperationContext>>;
  }) {
    this.#current = options.current;
    this.#apollo = options.apollo;
    this.#names = options.names;
    this.#open = options.open;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** The view of an audience, or of everybody without a name. Rejects with NOT_FOUND for a name that is no audience. */
  async of(name: string | null | undefined): Promise<View> {
    const current = this.#current();
    if (name === null || name === undefined) return { value: current, apollo: this.#apollo };
    const value = await current.audience(name);
    if (!value)
      throw new NotFound(
        `audience: there is no schema for "${name.slice(0, 64)}"; there are ${this.#names.join(', ') || 'none'}.`,
      );
    let view = this.#opened.get(value);
    if (!view) this.#opened.set(value, (view = this.#open(value).then((apollo) => ({ value, apollo }))));
    return view;
  }
}
