import { createHash } from 'node:crypto';
import type { GraphQLDataSource } from '@apollo/gateway';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  execute,
  getNullableType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

/*
 * Subgraphs whose answers follow from a seed: the same field of the same object has the same value in every run with that seed, in
 * whichever subgraph. Some fields are null or fail, some entities are missing, and answers come late in a random order.
 */

const fed = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5",
  import: ["@key", "@requires", "@provides", "@external", "@shareable", "@interfaceObject"])`;

/** The supergraphs that operations are generated for; each is a few shapes of federation together. */
export const supergraphs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  library: {
    catalog: `${fed}
      type Query { works(first: Int): [Work!]! work(id: ID): Work things: [Thing] any: [Any!] shelves: [[Work]!] me: Author }
      interface Thing @key(fields: "id") { id: ID! name: String }
      type Work implements Thing @key(fields: "id") {
        id: ID! name: String! size: Int! weight: Int kind: Kind tags: [String!] author: Author parts: [Part!] copies: [Copy]
      }
      type Copy implements Thing @key(fields: "id") { id: ID! name: String of: Work! size: Int }
      type Author @key(fields: "id") { id: ID! }
      type Part @shareable { length: Float title: String! }
      union Any = Work | Copy | Author
      enum Kind { FILM BOOK }`,
    people: `${fed}
      type Query { authors: [Author!] author(id: ID): Author }
      type Author @key(fields: "id") { id: ID! name: String! born: Int works: [Work!] friend: Author best: Part @shareable }
      type Work @key(fields: "id") { id: ID! readers(first: Int): [Author] }
      type Part @shareable { length: Float title: String! }`,
    prices: `${fed}
      type Work @key(fields: "id") {
        id: ID! size: Int! @external weight: Int @external
        price: Int @requires(fields: "size") shipping: Float! @requires(fields: "size weight")
      }
      type Author @key(fields: "id") { id: ID! best: Part @shareable fee: Int! }
      type Part @shareable { length: Float title: String! }`,
    reviews: `${fed}
      type Query { reviews: [Review!]! }
      type Thing @key(fields: "id") @interfaceObject { id: ID! reviews(first: Int): [Review!] rating: Float! }
      type Review @key(fields: "id") { id: ID! text: String about: Thing! by: Author }
      type Author @key(fields: "id", resolvable: false) { id: ID! }`,
  },
  chain: {
    a: `${fed}
      type Query { nodes: [Node!] node(id: ID): Node }
      type Node @key(fields: "id") { id: ID! next: Node sub: Sub }
      type Sub @key(fields: "id part { code }") { id: ID! part: Code! }
      type Code @shareable { code: String! }`,
    b: `${fed}
      type Node @key(fields: "id") { id: ID! b: Int! seed: Seed }
      type Seed @shareable { one: Int two: Int }
      type Sub @key(fields: "id part { code }") { id: ID! part: Code! label: String node: Node! }
      type Code @shareable { code: String! }`,
    c: `${fed}
      type Node @key(fields: "id") {
        id: ID! b: Int! @external seed: Seed @external c: Int @requires(fields: "b seed { one }") previous: [Node!]
      }
      type Seed @shareable { one: Int two: Int }`,
    d: `${fed}
      type Node @key(fields: "id") { id: ID! c: Int @external d: String! @requires(fields: "c") }`,
  },
};

export function compose(name: string): string {
  const services = Object.entries(supergraphs[name] ?? {}).map(([each, sdl]) => ({ name: each, typeDefs: parse(sdl) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** A number below `most` that follows from the parts. */
function chance(most: number, ...parts: unknown[]): number {
  return createHash('md5').update(JSON.stringify(parts)).digest().readUInt32BE() % most;
}

const entity = /^(Work|Copy|Author|Thing|Review|Node|Sub)$/;

/** One subgraph as both executors call it. */
export class SeededSubgraph implements GraphQLDataSource {
  readonly #name: string;
  readonly #schema: GraphQLSchema;
  seed = 0;

  constructor(name: string, sdl: string) {
    this.#name = name;
    this.#schema = buildSubgraphSchema(parse(sdl));
    for (const type of Object.values(this.#schema.getTypeMap()))
      if (isObjectType(type) && entity.test(type.name))
        Object.assign(type, { resolveReference: (reference: { id: string }) => this.#found(type.name, reference) });
  }

  async process({ request }: Parameters<GraphQLDataSource['process']>[0]): ReturnType<GraphQLDataSource['process']> {
    const { query = '', variables = {} } = request;
    for (let turns = chance(4, this.seed, query, variables); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
    if (chance(40, this.seed, 'away', this.#name, query) === 0)
      return { errors: [{ message: `${this.#name} is away` }] } as never;
    const answer = await execute({
      schema: this.#schema,
      document: parse(query),
      variableValues: variables,
      fieldResolver: (source: unknown, args, _context, { parentType, fieldName, returnType }) =>
        this.#field((source ?? {}) as Record<string, unknown>, args, parentType, fieldName, returnType),
      typeResolver: (value: { __typename: string }) => value.__typename,
    });
    return JSON.parse(JSON.stringify(answer)) as Awaited<ReturnType<GraphQLDataSource['process']>>;
  }

  #found(type: string, reference: { id: string }): unknown {
    return chance(12, this.seed, 'missing', this.#name, type, reference.id) === 0 ? null : reference;
  }

  #field(
    source: Record<string, unknown>,
    args: Record<string, unknown>,
    parent: GraphQLObjectType,
    field: string,
    type: GraphQLOutputType,
  ): unknown {
    if (Object.hasOwn(source, field)) return source[field];
    // The values of an entity are the same under its interface.
    const of = [this.seed, source['id'] ?? parent.name, field, args];
    if (chance(30, 'fails', ...of) === 0) throw new Error(`${field} fails`);
    return this.#value(type, of);
  }

  #value(type: GraphQLOutputType, of: readonly unknown[]): unknown {
    if (!isNonNullType(type) && chance(8, 'null', ...of) === 0) return null;
    // Against its own schema now and then.
    if (isNonNullType(type) && chance(60, 'null', ...of) === 0) return null;
    const plain = getNullableType(type);
    if (isListType(plain))
      return Array.from({ length: chance(4, 'length', ...of) }, (_, n) => this.#value(plain.ofType, [...of, n]));
    if (isEnumType(plain)) return plain.getValues()[chance(plain.getValues().length, ...of)]?.name;
    if (isAbstractType(plain) || isObjectType(plain)) {
      const types = isAbstractType(plain) ? this.#schema.getPossibleTypes(plain) : [plain];
      const { name } = types[chance(types.length, 'type', ...of)] as GraphQLObjectType;
      if (!entity.test(name)) return { __typename: name, id: `${name}-${chance(1_000, ...of)}` };
      // An interface object does not know which of its types has the id.
      const known = name === 'Thing' ? (['Work', 'Copy'][chance(2, 'thing', ...of)] ?? '') : name;
      const id = `${known}${chance(5, 'id', ...of)}`;
      return {
        __typename: name,
        id,
        ...(name === 'Sub' ? { part: { __typename: 'Code', code: `code of ${id}` } } : {}),
      };
    }
    switch (plain.name) {
      case 'Int':
        return chance(1_000, ...of);
      case 'Float':
        return chance(1_000, ...of) / 8;
      case 'Boolean':
        return chance(2, ...of) === 0;
      default:
        return `text ${chance(1_000, ...of)}`;
    }
  }
}
