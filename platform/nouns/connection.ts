import 'reflect-metadata';
import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { weights } from './weights.ts';
import { PageInfo } from './page.ts';

/** One page of a list. The total is counted only if selected. */
export class Connection<E> {
  readonly nodes: E[];
  readonly edges: { cursor: string; node: E }[];
  readonly pageInfo: PageInfo;
  readonly #count: () => Promise<number>;

  constructor(edges: { cursor: string; node: E }[], pageInfo: PageInfo, count: () => Promise<number>) {
    this.edges = edges;
    this.nodes = edges.map((edge) => edge.node);
    this.pageInfo = pageInfo;
    this.#count = count;
  }

  totalCount(): Promise<number> {
    return this.#count();
  }
}

/** The types `<Noun>Edge` and `<Noun>Connection`. */
export function connectionClass<E>(
  noun: string,
  type: () => object,
): new (...args: ConstructorParameters<typeof Connection<E>>) => Connection<E> {
  class Edge {}
  Field(() => String, { description: 'The position of this row, for `after` and `before`.' })(Edge.prototype, 'cursor');
  Field(() => type() as never)(Edge.prototype, 'node');
  ObjectType(`${noun}Edge`, { description: `One ${noun} with its position in the list.` })(Edge);
  class NounConnection extends Connection<E> {}
  Field(() => [Edge])(NounConnection.prototype, 'edges');
  Field(() => [type() as never])(NounConnection.prototype, 'nodes');
  Field(() => PageInfo)(NounConnection.prototype, 'pageInfo');
  const total = Object.getOwnPropertyDescriptor(Connection.prototype, 'totalCount');
  if (!total) throw new Error('Connection lost its total');
  Field(() => Int, { description: 'Number of rows in the whole list; exact. Counted only when selected.' })(
    NounConnection.prototype,
    'totalCount',
    total,
  );
  Directive(`@cost(weight: ${weights.count})`)(NounConnection.prototype, 'totalCount', total);
  ObjectType(`${noun}Connection`, { description: `One page of ${noun}.` })(NounConnection);
  return NounConnection;
}
