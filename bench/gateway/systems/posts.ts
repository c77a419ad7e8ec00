import { comment, numberOf, personId, post, productId, range, type Reference } from './rows.ts';
import { federated, type System } from './system.ts';

type Section = 'COLUMNS' | 'LETTERS';

/** Posts, photos and events in turn, by different people. */
function entry(n: number): Record<string, unknown> {
  const base = {
    id: `${n % 3 === 1 ? 'photo' : 'event'}-${n}`,
    published: `2024-05-0${1 + (n % 9)}`,
    author: personId(n),
  };
  if (n % 3 === 0) return { __typename: 'Post', ...post(n) };
  if (n % 3 === 1) return { __typename: 'Photo', ...base, url: `/photos/${n}.jpg`, width: 800 + n, height: 600 };
  return { __typename: 'Event', ...base, place: `Hall ${n}`, starts: '2024-06-01', about: productId(n) };
}

export const posts: System = {
  name: 'posts',
  sdl: federated /* GraphQL */ `
    type Query {
      post(id: ID!): Post
      posts(first: Int!, section: Section!): [Post!]!
      feed(first: Int!): [Publication!]!
    }

    enum Section {
      "By a few people, over and over."
      COLUMNS
      "Each by another person."
      LETTERS
    }

    interface Publication {
      id: ID!
      published: String!
      author: Person!
    }

    type Post implements Publication @key(fields: "id") {
      id: ID!
      section: Section!
      title: String!
      text: String!
      words: Int!
      published: String!
      author: Person!
      about: [Product!]!
      comments(first: Int!): [Comment!]!
    }

    type Photo implements Publication @key(fields: "id") {
      id: ID!
      published: String!
      author: Person!
      url: String!
      width: Int!
      height: Int!
    }

    type Event implements Publication @key(fields: "id") {
      id: ID!
      published: String!
      author: Person!
      place: String!
      starts: String!
      about: Product!
    }

    type Comment {
      id: ID!
      text: String!
      written: String!
      author: Person!
    }

    type Person @key(fields: "id") {
      id: ID!
      posts(first: Int!): [Post!]!
    }

    type Product @key(fields: "id", resolvable: false) {
      id: ID!
    }
  `,
  resolvers: {
    Query: {
      post: (_: unknown, { id }: Reference) => post(numberOf(id)),
      posts: (_: unknown, { first, section }: { first: number; section: Section }) =>
        range(first).map((n) => post(n, section)),
      feed: (_: unknown, { first }: { first: number }) => range(first).map(entry),
    },
    Post: {
      __resolveReference: ({ id }: Reference) => post(numberOf(id)),
      about: ({ id }: Reference) => range(3, numberOf(id)).map(productId),
      comments: ({ id }: Reference, { first }: { first: number }) => range(first).map((n) => comment(numberOf(id), n)),
    },
    Photo: { __resolveReference: ({ id }: Reference) => entry(numberOf(id)) },
    Event: { __resolveReference: ({ id }: Reference) => entry(numberOf(id)) },
    Person: {
      posts: ({ id }: Reference, { first }: { first: number }) => range(first, numberOf(id)).map((n) => post(n)),
    },
  },
};
