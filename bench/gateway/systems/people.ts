import { numberOf, person, range, sizes, team, teamId, personId, type Reference } from './rows.ts';
import { federated, type System } from './system.ts';

export const people: System = {
  name: 'people',
  sdl: federated /* GraphQL */ `
    type Query {
      person(id: ID!): Person
      people(first: Int!): [Person!]!
      teams: [Team!]!
    }

    type Person @key(fields: "id") {
      id: ID!
      name: String!
      handle: String!
      bio: String
      joined: String!
      country: String!
      followers: Int!
      verified: Boolean!
      team: Team!
    }

    type Team @key(fields: "id") {
      id: ID!
      name: String!
      founded: Int!
      lead: Person!
    }
  `,
  resolvers: {
    Query: {
      person: (_: unknown, { id }: Reference) => person(numberOf(id)),
      people: (_: unknown, { first }: { first: number }) => range(first).map(person),
      teams: () => range(sizes.teams).map(team),
    },
    Person: {
      __resolveReference: ({ id }: Reference) => person(numberOf(id)),
      team: ({ id }: Reference) => team(numberOf(teamId(numberOf(id)).id)),
    },
    Team: {
      __resolveReference: ({ id }: Reference) => team(numberOf(id)),
      lead: ({ id }: Reference) => person(numberOf(personId(300 + numberOf(id)).id)),
    },
  },
};
