/**
 * Counts what may have changed the data of subgraphs, as far as clients of this gateway can know: a fetch that began before a change
 * must not answer a request that came after it.
 */
export class Changes {
  #everywhere = 0;
  readonly #bySubgraph = new Map<string, number>();

  /** Something has changed in one subgraph, such as an event of it that clients get. */
  in(subgraph: string): void {
    this.#bySubgraph.set(subgraph, (this.#bySubgraph.get(subgraph) ?? 0) + 1);
  }

  /** A mutation has ended, or its outcome is unknown. Several subgraphs may share a database. */
  anywhere(): void {
    this.#everywhere += 1;
  }

  /** A number that increases with each change that concerns a subgraph. */
  of(subgraph: string): number {
    return this.#everywhere + (this.#bySubgraph.get(subgraph) ?? 0);
  }
}
