import { movement, numberOf, range, sizes, stocked, warehouse, type Reference } from './rows.ts';
import { federated, type System } from './system.ts';

interface Measured extends Reference {
  weight: number;
  size: { width: number; height: number };
}

export const stock: System = {
  name: 'stock',
  sdl: federated /* GraphQL */ `
    type Query {
      warehouses: [Warehouse!]!
      movements(first: Int!): [Movement!]!
    }

    type Product @key(fields: "id") {
      id: ID!
      weight: Int! @external
      size: Size! @external
      price: Int!
      inStock: Int!
      warehouse: Warehouse!
      shipping: Int! @requires(fields: "weight size { width height }")
    }

    type Size {
      width: Int! @external
      height: Int! @external
    }

    type Warehouse @key(fields: "id") {
      id: ID!
      city: String!
      capacity: Int!
      manager: Person!
    }

    type Movement {
      id: ID!
      sequence: Int!
      kind: MovementKind!
      note: String
      quantity: Int!
      before: Int!
      after: Int!
      unitPrice: Float!
      total: Float!
      currency: String!
      batch: String!
      shelf: String!
      row: Int!
      isChecked: Boolean!
      isDamaged: Boolean!
      temperature: Float!
      humidity: Int!
      reference: String!
      created: String!
      updated: String!
    }

    enum MovementKind {
      RECEIVED
      SOLD
      MOVED
    }

    type Person @key(fields: "id", resolvable: false) {
      id: ID!
    }
  `,
  resolvers: {
    Query: {
      warehouses: () => range(sizes.warehouses).map(warehouse),
      movements: (_: unknown, { first }: { first: number }) => range(first).map(movement),
    },
    Product: {
      // What was required is in the representation.
      __resolveReference: (given: Reference) => ({ ...stocked(numberOf(given.id)), ...given }),
      warehouse: ({ id }: Reference) => warehouse(numberOf(id) % sizes.warehouses),
      shipping: ({ weight, size: { width, height } }: Measured) => weight + width * height,
    },
    Warehouse: { __resolveReference: ({ id }: Reference) => warehouse(numberOf(id)) },
  },
};
