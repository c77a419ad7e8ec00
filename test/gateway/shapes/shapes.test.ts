import { GraphQLError } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { Shape } from './shape.ts';

/*
 * The shapes of federation that gateways are known to answer wrongly, several in each supergraph. Whole answers are compared.
 */

type Ref = Record<string, string>;
const same = (reference: object): object => reference;
const byTypename = { __resolveType: ({ __typename }: { __typename: string }) => __typename };

async function whole(shape: Shape, query: string, data: unknown, variables = {}): Promise<void> {
  expect(await shape.ask(query, variables)).toEqual({ data, errors: [] });
}

describe('keys, requirements and what is provided', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await Shape.open({
      films: {
        sdl: `
          type Query { films: [Film!]! film(id: ID!): Film grid: [[Film!]!]! featured: Cast! watchable: Watchable! }
          type Mutation { filmAdd(title: String!): Film! filmCount: Int! }
          type Film @key(fields: "id") { id: ID! title: String! code: String studio: Studio! year: Int! }
          type Studio @key(fields: "code { country number }") { code: StudioCode! city: String @external }
          type StudioCode @shareable { country: String! number: Int! }
          union Cast = Actor | Troupe
          interface Watchable { id: ID! length: Int }
          type Play implements Watchable @key(fields: "id") { id: ID! length: Int @external stage: String }
          extend type Query { star: Cast! @provides(fields: "... on Actor { name }") play: Watchable! @provides(fields: "... on Play { length }")
            home: Studio! @provides(fields: "city") }
          type Actor @key(fields: "id") { id: ID! name: String @external }
          type Troupe @key(fields: "id") { id: ID! members: [Actor!]! }`,
        resolvers: films(),
      },
      ratings: {
        sdl: `
          type Film @key(fields: "id") {
            id: ID! year: Int! @external stars: Int age: Int! @requires(fields: "year") }
          type Studio @key(fields: "code { country number }") { code: StudioCode! city: String @shareable }
          type StudioCode @shareable { country: String! number: Int! }
          type Actor @key(fields: "id") { id: ID! name: String @shareable films: [Film!]! }
          type Play @key(fields: "id") { id: ID! length: Int @shareable }
          type Mutation { filmRate(id: ID!, stars: Int!): Film! }`,
        resolvers: {
          Film: {
            __resolveReference: same,
            stars: ({ id }: Ref) => ratings.get(String(id)) ?? null,
            age: ({ year }: { year: number }) => 2_000 - year,
          },
          Studio: {
            __resolveReference: same,
            city: ({ code }: { code: { country: string } }) => `City of ${code.country}`,
          },
          Actor: { __resolveReference: same, name: () => 'asked', films: () => [{ id: 'f1' }] },
          Play: { __resolveReference: same, length: () => 90 },
          Mutation: {
            filmRate: (_: unknown, { id, stars }: { id: string; stars: number }) => {
              ratings.set(id, stars);
              return { id };
            },
          },
        },
      },
      codes: {
        sdl: `
          type Film @key(fields: "id") @key(fields: "isan") { id: ID! isan: ID }`,
        resolvers: {
          Film: {
            __resolveReference: ({ id, isan }: Ref) => (id === 'f3' ? null : { id, isan: isan ?? `isan-${id}` }),
          },
        },
      },
      archive: {
        sdl: `
          type Film @key(fields: "isan") { isan: ID! reels: Int age: Int! @external label: String @requires(fields: "age") }`,
        resolvers: {
          Film: {
            __resolveReference: same,
            reels: ({ isan }: Ref) => String(isan).length,
            label: ({ age }: { age: number }) => `${age} years`,
          },
        },
      },
    });
  });

  test('an entity is reached by another key', () =>
    whole(shape, '{ films { title reels } }', {
      films: [
        { title: 'Film f1', reels: 7 },
        { title: 'Film f2', reels: 7 },
      ],
    }));
  test('one that the subgraph in the middle does not know has nulls', () =>
    whole(shape, '{ film(id: "f3") { id reels } }', { film: { id: 'f3', reels: null } }));
  test('a key may be composed of nested fields', () =>
    whole(shape, '{ film(id: "f1") { studio { code { number } city } } }', {
      film: { studio: { code: { number: 1 }, city: 'City of it' } },
    }));
  test('requirements follow one another over subgraphs', () =>
    whole(shape, '{ film(id: "f1") { label } }', { film: { label: '40 years' } }));
  test.each([true, false])('a condition decides whether they are fetched (%s)', async (yes) => {
    const query = 'query ($yes: Boolean!) { film(id: "f1") { id label @include(if: $yes) age @skip(if: $yes) } }';
    await whole(shape, query, { film: yes ? { id: 'f1', label: '40 years' } : { id: 'f1', age: 40 } }, { yes });
  });
  test('lists are nested', () =>
    whole(shape, '{ grid { id ... on Film { age } } }', {
      grid: [
        [{ id: 'f1', age: 40 }],
        [
          { id: 'f2', age: 40 },
          { id: 'f1', age: 40 },
        ],
        [],
      ],
    }));
  test('what is provided is not asked elsewhere', async () => {
    await whole(
      shape,
      '{ star { __typename ... on Actor { name } } play { kind: __typename id length } home { city } }',
      {
        star: { __typename: 'Actor', name: 'provided' },
        play: { kind: 'Play', id: 'p1', length: 120 },
        home: { city: 'provided' },
      },
    );
    expect(shape.calls).toHaveLength(1);
  });
  test('without that it is', () =>
    whole(shape, '{ featured { ... on Troupe { members { name films { stars } } } } watchable { length } }', {
      featured: { members: [{ name: 'asked', films: [{ stars: null }] }] },
      watchable: { length: 90 },
    }));
  test('mutations run one after another over subgraphs, with what they return', () =>
    whole(
      shape,
      'mutation { filmAdd(title: "New") { title stars age } filmRate(id: "f9", stars: 5) { id title stars } filmCount again: filmRate(id: "f9", stars: 4) { stars } }',
      {
        filmAdd: { title: 'Film f9', stars: null, age: 40 },
        filmRate: { id: 'f9', title: 'Film f9', stars: 5 },
        filmCount: 1,
        again: { stars: 4 },
      },
    ));
});

const ratings = new Map<string, number>();
function films(): Record<string, Record<string, unknown>> {
  let added = 0;
  const studio = { code: { country: 'it', number: 1 }, city: 'provided' };
  return {
    Query: {
      films: () => [{ id: 'f1' }, { id: 'f2' }],
      film: (_: unknown, { id }: Ref) => ({ id }),
      grid: () => [[{ id: 'f1' }], [{ id: 'f2' }, { id: 'f1' }], []],
      featured: () => ({ __typename: 'Troupe', id: 't1', members: [{ id: 'a1' }] }),
      watchable: () => ({ __typename: 'Play', id: 'p1' }),
      star: () => ({ __typename: 'Actor', id: 'a1', name: 'provided' }),
      play: () => ({ __typename: 'Play', id: 'p1', length: 120 }),
      home: () => studio,
    },
    Mutation: { filmAdd: () => ((added += 1), { id: 'f9' }), filmCount: () => added },
    Film: {
      __resolveReference: same,
      title: ({ id }: Ref) => `Film ${id}`,
      year: () => 1_960,
      studio: () => studio,
    },
    Studio: { __resolveReference: same },
    Cast: byTypename,
    Watchable: byTypename,
    Actor: { __resolveReference: same },
    Play: { __resolveReference: same, stage: () => 'round' },
    Troupe: { __resolveReference: same },
  };
}

describe('abstract types, shared roots, overrides and intersections', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await Shape.open({
      left: {
        sdl: `
          type Query { nodes: [Node!]! shared: Shared @shareable rows: [Row!]! @shareable any: [Any!]! @shareable
            paint(color: Color): Color @shareable find(by: By): String @shareable broken: Node }
          enum Color { RED BLUE GREY @inaccessible }
          input By { text: String left: Int }
          type Shared @shareable { left: String }
          type Row @shareable { left: Int }
          interface Node @key(fields: "id") { id: ID! name: String }
          type A implements Node @key(fields: "id") { id: ID! name: String old: String }
          type B implements Node @key(fields: "id") { id: ID! name: String value: Int }
          union Any = A | B`,
        resolvers: {
          Query: {
            nodes: () => [
              { __typename: 'A', id: 'a' },
              { __typename: 'B', id: 'b' },
            ],
            shared: () => ({ left: 'l' }),
            rows: () => [{ left: 1 }, { left: 2 }],
            any: () => [{ __typename: 'A', id: 'a' }],
            paint: (_: unknown, { color }: Ref) => color,
            find: (_: unknown, { by }: { by: { text: string } }) => by.text,
            broken: () => {
              throw new GraphQLError('It is broken.');
            },
          },
          Node: { ...byTypename, __resolveReference: ({ id }: Ref) => ({ __typename: String(id).toUpperCase(), id }) },
          Any: byTypename,
          A: { __resolveReference: same, name: ({ id }: Ref) => `name ${id}`, old: () => 'left' },
          B: { __resolveReference: same, name: ({ id }: Ref) => `name ${id}`, value: () => 7 },
        },
      },
      right: {
        sdl: `
          type Query { shared: Shared @shareable rows: [Row!]! @shareable any: [Any!]! @shareable
            paint(color: Color): Color @shareable find(by: By): String @shareable }
          enum Color { RED BLUE GREY }
          input By { text: String }
          type Shared @shareable { right: String }
          type Row @shareable { right: Int }
          type A @key(fields: "id") { id: ID! old: String @override(from: "left") value: String! }
          union Any = A`,
        resolvers: {
          Query: {
            shared: () => ({ right: 'r' }),
            rows: () => [{ right: 3 }, { right: 4 }],
            any: () => [{ __typename: 'A', id: 'a' }],
            paint: (_: unknown, { color }: Ref) => color,
            find: (_: unknown, { by }: { by: { text: string } }) => by.text,
          },
          Any: byTypename,
          A: { __resolveReference: same, old: () => 'right', value: () => 'seven' },
        },
      },
      marks: {
        sdl: `
          type Query { marked: [Node!]! }
          type Node @key(fields: "id") @interfaceObject { id: ID! name: String @external mark: Int shout: String @requires(fields: "name") }`,
        resolvers: {
          Query: { marked: () => [{ id: 'b' }, { id: 'a' }] },
          Node: {
            __resolveReference: same,
            mark: ({ id }: Ref) => String(id).charCodeAt(0),
            shout: ({ name }: Ref) => `${name}!`,
          },
        },
      },
    });
  });

  test('an interface object adds fields to all implementations', () =>
    whole(shape, '{ nodes { kind: __typename id mark shout } }', {
      nodes: [
        { kind: 'A', id: 'a', mark: 97, shout: 'name a!' },
        { kind: 'B', id: 'b', mark: 98, shout: 'name b!' },
      ],
    }));
  test('from its side the types are asked of the interface', () =>
    whole(shape, '{ marked { __typename mark name ... on B { value } ... on A { old } } }', {
      marked: [
        { __typename: 'B', mark: 98, name: 'name b', value: 7 },
        { __typename: 'A', mark: 97, name: 'name a', old: 'right' },
      ],
    }));
  test('a field of another type under the same name keeps its type', () =>
    whole(shape, '{ nodes { ... on A { v: value } ... on B { w: value } } }', {
      nodes: [{ v: 'seven' }, { w: 7 }],
    }));
  test('an overridden field is answered by its new subgraph', () =>
    whole(shape, '{ nodes { ... on A { old } } }', { nodes: [{ old: 'right' }, {}] }));
  test('each subgraph answers its part of a shared root', () =>
    whole(shape, '{ shared { left right } rows { left right } }', {
      shared: { left: 'l', right: 'r' },
      rows: [
        { left: 1, right: 3 },
        { left: 2, right: 4 },
      ],
    }));
  test('a union has the members that its subgraph knows', () =>
    whole(shape, '{ any { __typename ... on A { name old } ... on B { value } } }', {
      any: [{ __typename: 'A', name: 'name a', old: 'right' }],
    }));
  test('enums and inputs have what all subgraphs accept, without what is inaccessible', async () => {
    await whole(shape, '{ paint(color: RED) find(by: { text: "x" }) }', { paint: 'RED', find: 'x' });
    await expect(shape.ask('{ paint(color: GREY) }')).rejects.toThrow(/GREY/);
    await expect(shape.ask('{ find(by: { left: 1 }) }')).rejects.toThrow(/left/);
  });
  test('an error leaves the rest of the answer', async () => {
    expect(await shape.ask('{ broken { mark } shared { right } }')).toEqual({
      data: { broken: null, shared: { right: 'r' } },
      errors: [{ message: 'It is broken.', path: 'broken' }],
    });
  });
});

describe('federation 1, and parts without keys', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await Shape.open({
      goods: {
        sdl: `# federation 1
          type Query { good: Good order: Order }
          type Good @key(fields: "upc") { upc: String! size: Int weight: Int }
          type Order @key(fields: "id") { id: ID! details: Details }
          type Details { text: String }`,
        resolvers: {
          Query: { good: () => ({ upc: 'u1' }), order: () => ({ id: 'o1' }) },
          Good: { __resolveReference: same, size: () => 3, weight: () => 4 },
          Order: { __resolveReference: same, details: () => ({ text: 'goods' }) },
        },
      },
      stock: {
        sdl: `# federation 1
          extend type Query { stocked: [Stock!]! }
          type Stock { count: Int good: Good @provides(fields: "size") }
          type Good @extends @key(fields: "upc") {
            upc: String! @external size: Int @external weight: Int @external shipping: Int @requires(fields: "size weight") }
          extend type Order @key(fields: "id") { id: ID! @external details: Details }
          type Details { more: String }`,
        resolvers: {
          Query: { stocked: () => [{ count: 1, good: { upc: 'u2', size: 5 } }] },
          Good: {
            __resolveReference: same,
            shipping: ({ size, weight }: { size: number; weight: number }) => size * weight,
          },
          Order: { __resolveReference: same, details: () => ({ more: 'stock' }) },
        },
      },
    });
  });

  test('an extension requires the fields of its origin', () =>
    whole(shape, '{ good { upc shipping } }', { good: { upc: 'u1', shipping: 12 } }));
  test('what it provides is taken from it', () =>
    whole(shape, '{ stocked { count good { upc size shipping } } }', {
      stocked: [{ count: 1, good: { upc: 'u2', size: 5, shipping: 20 } }],
    }));
  test('a part without a key is reached through its parent', () =>
    whole(shape, '{ order { details { text more } } }', { order: { details: { text: 'goods', more: 'stock' } } }));
});
