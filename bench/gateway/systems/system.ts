import { parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { buildSubgraphSchema } from '@apollo/subgraph';

/** A subgraph of the benchmark. */
export interface System {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Record<string, Record<string, unknown>>;
}

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@external", "@requires"])';

/** The SDL of a Federation 2 subgraph. */
export function federated(parts: TemplateStringsArray): string {
  return `${link}\n${parts.join('')}`;
}

export function typeDefsOf({ sdl }: System): DocumentNode {
  return parse(sdl);
}

export function schemaOf(system: System): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs: typeDefsOf(system), resolvers: system.resolvers as never }]);
}
