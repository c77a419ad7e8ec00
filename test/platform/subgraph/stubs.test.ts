import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Directive, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { expect, test } from 'vitest';
import { Reads } from '../../../platform/access/declare.ts';
import type { ForeignEntities } from '../../../platform/declare/entities.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { resolverOf } from '../../../platform/declare/object-type.ts';
import { OutputFields } from '../../../platform/declare/output.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { defineSubgraph, type Subgraph } from '../../../platform/subgraph/subgraph.ts';
import type { Declared } from '../../../platform/declare/declared.ts';

const description = 'x';

/** Owned by another OS; hand-written, as in OSes that are not fully declared. */
@ObjectType('Media')
@Directive('@key(fields: "id")')
class MediaStub {
  @Field(() => ID)
  id!: string;
}

@ObjectType('Viewer')
@Directive('@key(fields: "id")')
class Own {
  @Field(() => ID)
  id!: string;
}

/** An OS whose letters have a declared writer and a hand-written stamp. Each call creates new classes, as each OS has its own. */
function letters(more: readonly Declared[] = []): Subgraph {
  @ObjectType('Letter', { description })
  class Letter {
    @Field(() => MediaStub, { nullable: true, description })
    stamp!: MediaStub | null;

    @Field(() => Own, { nullable: true, description })
    reader!: Own | null;
  }

  @Resolver()
  class Letters {
    @Reads('public')
    @Query(() => Letter, { nullable: true, description })
    letter(): Letter | null {
      return null;
    }
  }

  const writer = new OutputFields<{ writerId: string }>().actor('writerId', 'The writer.');
  return defineSubgraph({
    name: 'letters',
    title: 'Letters',
    description,
    resolvers: [Letters],
    references: { Viewer: ({ id }) => ({ id }) },
    modules: [
      [{ name: 'Letter', build: (entities: ForeignEntities) => [resolverOf({ writer }, Letter, entities)] }, ...more],
    ],
  });
}

const identity = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
  interface Actor @key(fields: "id") { id: ID! name: String }
  type User implements Actor @key(fields: "id") { id: ID! name: String }
  type Media @key(fields: "id") { id: ID! size: Int }
  type Viewer @key(fields: "id") { id: ID! name: String }
  type Query { user(id: ID!): User media(id: ID!): Media }
`);

function supergraphWith(os: Subgraph): string {
  const { supergraphSdl, errors, hints } = composeServices([
    { name: 'identity', typeDefs: identity },
    { name: 'letters', typeDefs: parse(buildSubgraph(os).sdl) },
  ]);
  expect([errors ?? [], hints ?? []]).toEqual([[], []]);
  return supergraphSdl ?? '';
}

test('an OS does not resolve types that it only references', () => {
  const supergraph = supergraphWith(letters());
  expect(supergraph).toContain('@join__type(graph: LETTERS, key: "id", resolvable: false, isInterfaceObject: true)');
  expect(supergraph).toMatch(
    /type Media\s+@join__type\(graph: IDENTITY, key: "id"\)\s+@join__type\(graph: LETTERS, key: "id", resolvable: false\)/,
  );
  expect(supergraph).toMatch(
    /type Viewer\s+@join__type\(graph: IDENTITY, key: "id"\)\s+@join__type\(graph: LETTERS, key: "id"\)/,
  );
});

test('an OS resolves a type once it adds a field', () => {
  const written = extend('Actor', (f) => ({ lettersWritten: f.int('How many letters.').from(() => 0) }));
  const supergraph = supergraphWith(letters([written]));
  expect(supergraph).toContain('@join__type(graph: LETTERS, key: "id", isInterfaceObject: true)');
  expect(supergraph).toContain('lettersWritten: Int! @join__field(graph: LETTERS)');
});
