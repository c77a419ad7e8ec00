import { GraphQLError } from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { Shape } from './shape.ts';

/* What no subgraph can answer is told: a plan without it, and an entity that is not there. */

let shape: Shape;
beforeAll(async () => {
  shape = await Shape.open({
    one: {
      sdl: `
        type Query { thing: Thing pair: Pair! items: [Item!]! item: Item maybe: Item }
        type Pair { left: Thing text: String }
        interface Thing @key(fields: "id") { id: ID! }
        type Item @key(fields: "codes { a b }", resolvable: false) @key(fields: "id") { id: ID! codes: Codes name: String @shareable }
        type Codes @shareable { a: String b: String }`,
      resolvers: {
        Query: {
          thing: () => {
            throw new GraphQLError('There are no things.');
          },
          pair: () => ({ left: null, text: 'pair' }),
          items: () => [{ id: '1' }, { id: '2' }],
          item: () => ({ id: 'gone' }),
          maybe: () => ({ id: 'gone' }),
        },
        Thing: { __resolveType: () => null },
        Item: {
          __resolveReference: ({ id }: { id?: string }) => (id ? { id } : null),
          codes: ({ id }: { id: string }) => ({ a: `a${id}`, b: `b${id}` }),
          name: ({ id }: { id: string }) => `Item ${id}`,
        },
      },
    },
    two: {
      sdl: `
        type Thing @key(fields: "id", resolvable: false) @interfaceObject { id: ID! field: String }
        type Item @key(fields: "codes { a b }", resolvable: false) @key(fields: "id") {
          id: ID! codes: Codes @external name: String @external
          title: String! @requires(fields: "name") price: Int }
        type Codes @shareable { a: String b: String }`,
      resolvers: {
        Item: {
          __resolveReference: (item: { id?: string }) => (item.id === undefined || item.id === 'gone' ? null : item),
          title: ({ name }: { name: string }) => `The ${name}`,
          price: ({ id }: { id: string }) => Number(id),
        },
      },
    },
  });
});

test('a root field that is fetched nowhere is refused', async () => {
  await expect(shape.ask('{ thing { field } }')).rejects.toMatchObject({
    message: 'No subgraph answers what is selected of "thing": remove it, or select it elsewhere.',
    extensions: { code: 'BAD_QUERY' },
  });
  await expect(shape.ask('{ items { id } again: thing { field } }')).rejects.toThrow(/"again"/);
  expect(shape.calls).toEqual([]);
});

test('so is one below an object', async () => {
  await expect(shape.ask('{ pair { text left { field } } }')).rejects.toThrow(/"pair.left"/);
});

test('one that a subgraph is asked for is not refused, nor one that a condition may drop', async () => {
  expect(await shape.ask('{ thing { id } }')).toMatchObject({
    data: { thing: null },
    errors: [{ message: 'There are no things.', path: 'thing' }],
  });
  expect((await shape.ask('{ pair { text left { id } } __typename }')).data).toEqual({
    pair: { text: 'pair', left: null },
    __typename: 'Query',
  });
  const conditional = 'query ($no: Boolean = false) { items { id } thing @include(if: $no) { field } }';
  expect((await shape.ask(conditional)).data).toEqual({ items: [{ id: '1' }, { id: '2' }] });
  expect((await shape.ask('{ pair { text @skip(if: true) } items { id } }')).errors).toEqual([]);
});

test('after a requirement the planner returns with a key that the subgraph resolves', async () => {
  expect(await shape.ask('{ items { title price } }')).toEqual({
    data: {
      items: [
        { title: 'The Item 1', price: 1 },
        { title: 'The Item 2', price: 2 },
      ],
    },
    errors: [],
  });
});

test('a foreign subgraph that does not know an entity is told where a field must not be null', async () => {
  expect(await shape.ask('{ item { title } }')).toEqual({
    data: { item: null },
    errors: [
      { message: 'Cannot return null for non-nullable field Item.title.', path: 'item.title', code: 'INTERNAL' },
    ],
  });
  expect(await shape.ask('{ maybe { price } }')).toEqual({ data: { maybe: { price: null } }, errors: [] });
});
