import { beforeAll, describe, expect, test } from 'vitest';
import { Shape } from './shape.ts';

/* Fields that move between subgraphs, and subgraphs that contradict one another about the keys of an entity. */

type Ref = Record<string, string>;
const same = (reference: object): object => reference;
const byTypename = { __resolveType: ({ __typename }: { __typename: string }) => __typename };

async function whole(shape: Shape, query: string, data: unknown): Promise<void> {
  expect(await shape.ask(query)).toEqual({ data, errors: [] });
}

describe('overrides', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await Shape.open({
      old: {
        sdl: `
          type Query { posts: [Post!]! author: Author feed: [Post!]! @shareable }
          type Post @key(fields: "id") { id: ID! made: String @shareable text: String words: Int slug: String @shareable }
          type Author @key(fields: "id") { id: ID! name: String! title: String }`,
        resolvers: {
          Query: { posts: () => [{ id: '1' }], author: () => ({ id: 'a' }), feed: () => [{ id: '1' }] },
          Post: {
            __resolveReference: same,
            made: () => 'old',
            text: () => 'old text',
            words: () => 2,
            slug: ({ id }: Ref) => `slug-${id}`,
          },
          Author: { __resolveReference: same, name: () => 'Ann', title: () => 'old' },
        },
      },
      next: {
        sdl: `
          type Query { feed: [Post!]! @shareable mine: Post! }
          type Post @key(fields: "id") { id: ID!
            made: String @override(from: "nowhere") @shareable
            text: String @override(from: "old")
            slug: String @external
            words: Int @external
            length: Int @requires(fields: "words")
            link: String @requires(fields: "slug") }
          type Author @key(fields: "id") { id: ID! name: String! @external
            title: String @override(from: "old") @requires(fields: "name") greeting: String @requires(fields: "name") }`,
        resolvers: {
          Query: { feed: () => [{ id: '1' }], mine: () => ({ id: '2' }) },
          Post: {
            __resolveReference: same,
            made: () => 'next',
            text: () => 'next text',
            length: ({ words }: { words: number }) => words * 10,
            link: ({ slug }: Ref) => `/${slug}`,
          },
          Author: {
            __resolveReference: same,
            title: ({ name }: Ref) => `next of ${name}`,
            greeting: ({ name }: Ref) => `Hello ${name}`,
          },
        },
      },
      third: {
        sdl: `
          type Author @key(fields: "id") { id: ID! title: String @external card: String @requires(fields: "title") }
          type Post @key(fields: "id") { id: ID! text: String @external digest: String @requires(fields: "text") }`,
        resolvers: {
          Author: { __resolveReference: same, card: ({ title }: Ref) => `[${title}]` },
          Post: { __resolveReference: same, digest: ({ text }: Ref) => String(text).length.toString() },
        },
      },
    });
  });

  test('from a subgraph that is not there leave the field where it is', async () => {
    const { data, errors } = await shape.ask('{ posts { made } mine { made } }');
    // Both may answer it; each is asked for its own.
    expect([data, errors]).toEqual([{ posts: [{ made: 'old' }], mine: { made: 'next' } }, []]);
  });

  test('take the field from the other subgraph, wherever the entity comes from', () =>
    whole(shape, '{ posts { text slug } mine { text slug } feed { text } }', {
      posts: [{ text: 'next text', slug: 'slug-1' }],
      mine: { text: 'next text', slug: 'slug-2' },
      feed: [{ text: 'next text' }],
    }));

  test('may require fields of the subgraph from which they take one', () =>
    whole(shape, '{ author { title greeting } posts { length link } }', {
      author: { title: 'next of Ann', greeting: 'Hello Ann' },
      posts: [{ length: 20, link: '/slug-1' }],
    }));

  test('and be required themselves', () =>
    whole(shape, '{ author { card name } mine { digest } }', {
      author: { card: '[next of Ann]', name: 'Ann' },
      mine: { digest: '9' },
    }));
});

describe('subgraphs that contradict one another about ids', () => {
  let shape: Shape;
  beforeAll(async () => {
    const node =
      (own: string) =>
      (_: unknown, { id }: Ref) =>
        String(id).startsWith(own) ? { __typename: own === 'a' ? 'Account' : 'Chat', id, own } : null;
    shape = await Shape.open({
      accounts: {
        sdl: `
          type Query { node(id: ID!): Node @shareable account(id: ID!): Account chat(id: ID!): Chat @shareable }
          interface Node { id: ID! }
          type Account implements Node @key(fields: "id") { id: ID! name: String }
          type Chat implements Node @key(fields: "id") { id: ID! account: Account }`,
        resolvers: {
          Query: {
            node: node('a'),
            account: (_: unknown, { id }: Ref) => ({ id }),
            chat: (_: unknown, { id }: Ref) => ({ id }),
          },
          Node: byTypename,
          Account: { __resolveReference: same, name: ({ id }: Ref) => `name of ${id}` },
          // An id that nobody else gives this chat.
          Chat: {
            __resolveReference: ({ id }: Ref) => ({ id: `wrong-${id}`, key: id }),
            account: () => ({ id: 'a1' }),
          },
        },
      },
      chats: {
        sdl: `
          type Query { node(id: ID!): Node @shareable chat(id: ID!): Chat @shareable }
          interface Node { id: ID! }
          type Account implements Node @key(fields: "id") { id: ID! chats: [Chat!] }
          type Chat implements Node @key(fields: "id") { id: ID! text: String }`,
        resolvers: {
          Query: { node: node('c'), chat: (_: unknown, { id }: Ref) => ({ id }) },
          Node: byTypename,
          Account: {
            __resolveReference: ({ id }: Ref) => ({ id: `other-${id}` }),
            chats: ({ id }: Ref) => [{ id: `c-of-${id}` }],
          },
          Chat: { __resolveReference: same, text: ({ id }: Ref) => `text of ${id}` },
        },
      },
    });
  });

  test('the id is that of the subgraph which answered the object', () =>
    whole(shape, '{ account(id: "a1") { id name chats { id text } } }', {
      account: {
        id: 'a1',
        name: 'name of a1',
        chats: [{ id: 'c-of-other-a1', text: 'text of c-of-other-a1' }],
      },
    }));

  test('also where further fields come from the contradicting one', () =>
    whole(shape, '{ chat(id: "c1") { id text account { id name chats { id } } } }', {
      chat: {
        id: 'c1',
        text: 'text of c1',
        account: { id: 'a1', name: 'name of a1', chats: [{ id: 'c-of-other-a1' }] },
      },
    }));

  test('a shared root of which one subgraph knows nothing is null or what the asked one knows', async () => {
    const { data, errors } = await shape.ask(
      '{ one: node(id: "a1") { __typename id } two: node(id: "c1") { __typename id } }',
    );
    expect(errors).toEqual([]);
    const { one, two } = data as Record<'one' | 'two', unknown>;
    expect([
      [{ __typename: 'Account', id: 'a1' }, null],
      [null, { __typename: 'Chat', id: 'c1' }],
    ]).toContainEqual([one, two]);
  });
});

describe('a field that two subgraphs mark external', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await Shape.open({
      stock: {
        sdl: `# federation 1
          extend type Query { items: [Item!]! }
          type Item @key(fields: "sku") @key(fields: "sku shop { id }") { sku: ID! shop: Shop price: Int }
          type Shop @key(fields: "id") { id: ID! }`,
        resolvers: {
          Query: { items: () => [{ sku: 's1' }] },
          Item: { __resolveReference: same, shop: () => ({ id: 'h' }), price: () => 5 },
          Shop: { __resolveReference: same },
        },
      },
      tax: {
        sdl: `# federation 1
          extend type Item @key(fields: "sku shop { id }") { sku: ID! @external shop: Shop @external price: Int @external
            tax: Int @requires(fields: "price") }
          extend type Shop @key(fields: "id") { id: ID! @external rate: Int }`,
        resolvers: {
          Item: {
            __resolveReference: same,
            tax: ({ price, shop }: { price: number; shop: { id: string } }) => price * (shop.id === 'h' ? 2 : 0),
          },
          Shop: { __resolveReference: same, rate: () => 2 },
        },
      },
      more: {
        sdl: `
          type Item @key(fields: "sku") { sku: ID! price: Int @external dear: Boolean @requires(fields: "price") }`,
        resolvers: { Item: { __resolveReference: same, dear: ({ price }: { price: number }) => price > 4 } },
      },
    });
  });

  test('is answered by the one that has it', () =>
    whole(shape, '{ items { sku price tax dear shop { rate } } }', {
      items: [{ sku: 's1', price: 5, tax: 10, dear: true, shop: { rate: 2 } }],
    }));
});
