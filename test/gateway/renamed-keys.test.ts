import { composeServices } from '@apollo/composition';
import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { expect, test } from 'vitest';
import { runPlan } from '../../gateway/execution/run-plan.ts';
import { readSupergraph } from '../../gateway/planning/read.ts';

/*
 * Where two types of a union give one response key to fields that do not merge in a subgraph, the planner asks for one of them under
 * another alias. The client sees the key that it chose, in data and in the paths of errors.
 */

const fed = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])';
const works = `${fed}
  type Query { things: [Thing!]! }
  union Thing = Work | Copy
  type Work @key(fields: "id") { id: ID! size: Int! @shareable part: Part! @shareable }
  type Copy @key(fields: "id") { id: ID! size: Int part: Part }
  type Part @shareable { weight: Int }`;
/** Here the fields may be null, so for clients they have the same type in both. */
const others = `${fed}
  type Work @key(fields: "id") { id: ID! size: Int @shareable part: Part @shareable }
  type Part @shareable { weight: Int }`;
/** Knows the things by their keys alone, so that their fields come from an entity fetch. */
const lists = `${fed}
  type Query { listed: [Thing!]! }
  union Thing = Work | Copy
  type Work @key(fields: "id", resolvable: false) { id: ID! }
  type Copy @key(fields: "id", resolvable: false) { id: ID! }`;

const { supergraphSdl = '', errors } = composeServices(
  Object.entries({ works, others, lists }).map(([name, typeDefs]) => ({ name, typeDefs: parse(typeDefs) })),
);

test.each([
  ['root fields', '{ things { ... on Work { size part { weight } } ... on Copy { size part { weight } } } }', 'things'],
  ['entities', '{ listed { ... on Work { size part { weight } } ... on Copy { size part { weight } } } }', 'listed'],
])('errors below renamed keys of %s name the client’s response keys', async (_kind, query, root) => {
  expect(errors).toBeUndefined();
  const { facts, plan } = readSupergraph(supergraphSdl);
  const planned = plan(query, null);
  const aliases = [...new Set(JSON.stringify(planned).match(/\w+__alias_\d/g) ?? [])];
  expect(aliases.length).toBeGreaterThan(0);
  const keyed = [
    { __typename: 'Work', id: 'w' },
    { __typename: 'Copy', id: 'c' },
  ];
  /** Every field of both things fails, at the key under which it was asked for. */
  const failing = (operation: string, from: (string | number)[]) =>
    [...operation.matchAll(/(size|part)(__alias_\d)?(?=[\s:}])/g)]
      .map(([key]) => key)
      .filter((key, n, all) => all.indexOf(key) === n)
      .flatMap((key) =>
        [0, 1].map((n) => ({ message: key, path: [...from, n, key, ...(key.startsWith('part') ? ['weight'] : [])] })),
      );
  const services = Object.fromEntries(
    ['works', 'others', 'lists'].map((name) => [
      name,
      {
        process: ({ request: { query: operation = '' } }: { request: { query?: string } }) => {
          if (operation.includes('_entities'))
            return Promise.resolve({ data: { _entities: keyed }, errors: failing(operation, ['_entities']) });
          return Promise.resolve({
            data: { [root]: keyed },
            errors: name === 'lists' ? [] : failing(operation, [root]),
          });
        },
      },
    ]),
  );
  const document = parse(query);
  const operation = document.definitions.find(
    (each) => each.kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  const request = { request: {}, document, operation, context: {} } as unknown as GatewayGraphQLRequestContext;
  const answered = await runPlan(planned, { services: services as never, subtypes: facts.subtypes, request });
  const told = answered.errors.map(({ message, path }) => ({ message, path }));
  expect(told.filter(({ message }) => message.includes('__alias_')).length).toBeGreaterThan(0);
  for (const { message, path } of told) {
    const [key] = message.split('__alias_');
    expect(path).toEqual([root, expect.any(Number), key, ...(key === 'part' ? ['weight'] : [])]);
  }
});
