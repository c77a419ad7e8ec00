import { numberOf, product, productId, range, type Reference } from './rows.ts';
import { federated, type System } from './system.ts';

export const catalogue: System = {
  name: 'catalogue',
  sdl: federated /* GraphQL */ `
    type Query {
      product(id: ID!): Product
      products(first: Int!): [Product!]!
      bestseller: Product!
    }

    type Product @key(fields: "id") {
      id: ID!
      title: String!
      summary: String!
      weight: Int!
      size: Size!
      maker: Person!
      "Null for two of three."
      replacedBy: Product
    }

    type Size {
      width: Int!
      height: Int!
    }

    type Person @key(fields: "id", resolvable: false) {
      id: ID!
    }
  `,
  resolvers: {
    Query: {
      product: (_: unknown, { id }: Reference) => product(numberOf(id)),
      products: (_: unknown, { first }: { first: number }) => range(first).map(product),
      bestseller: () => product(42),
    },
    Product: {
      __resolveReference: ({ id }: Reference) => product(numberOf(id)),
      replacedBy: ({ replacedBy }: { replacedBy: Reference | null }) =>
        replacedBy && product(numberOf(productId(numberOf(replacedBy.id)).id)),
    },
  },
};
