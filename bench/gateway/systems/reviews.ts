import { numberOf, personId, productId, range, review, type Reference } from './rows.ts';
import { federated, type System } from './system.ts';

interface ReviewInput {
  productId: string;
  authorId: string;
  stars: number;
  text: string;
}

export const reviews: System = {
  name: 'reviews',
  sdl: federated /* GraphQL */ `
    type Query {
      reviews(first: Int!): [Review!]!
    }

    type Mutation {
      reviewAdd(input: ReviewInput!): ReviewAdded!
    }

    input ReviewInput {
      productId: ID!
      authorId: ID!
      stars: Int!
      text: String!
    }

    type ReviewAdded {
      review: Review!
    }

    type Review @key(fields: "id") {
      id: ID!
      stars: Int!
      text: String!
      author: Person!
      product: Product!
    }

    type Person @key(fields: "id") {
      id: ID!
      reviews(first: Int!): [Review!]!
    }

    type Product @key(fields: "id") {
      id: ID!
      price: Int! @external
      shipping: Int! @external
      rating: Float!
      reviews(first: Int!): [Review!]!
      value: Int! @requires(fields: "price shipping")
    }
  `,
  resolvers: {
    Query: { reviews: (_: unknown, { first }: { first: number }) => range(first).map(review) },
    Mutation: {
      reviewAdd: (_: unknown, { input }: { input: ReviewInput }) => ({
        review: {
          id: `review-${numberOf(input.productId)}`,
          stars: input.stars,
          text: input.text,
          author: personId(numberOf(input.authorId)),
          product: productId(numberOf(input.productId)),
        },
      }),
    },
    Review: { __resolveReference: ({ id }: Reference) => review(numberOf(id)) },
    Person: {
      reviews: ({ id }: Reference, { first }: { first: number }) => range(first, numberOf(id)).map(review),
    },
    Product: {
      rating: ({ id }: Reference) => (numberOf(id) % 50) / 10,
      reviews: ({ id }: Reference, { first }: { first: number }) => range(first, numberOf(id)).map(review),
      value: ({ id, price, shipping }: Reference & { price: number; shipping: number }) =>
        Math.round((price + shipping) / (1 + (numberOf(id) % 5))),
    },
  },
};
