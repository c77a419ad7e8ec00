import { readFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import {
  buildSchema,
  GraphQLError,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  type DefinitionNode,
} from 'graphql';
import { expect, test } from 'vitest';
import { prepareSupergraph, readPrepared, readSupergraph } from '../../gateway/planning/read.ts';
import { examplesOf } from '../../schema/contracts.ts';
import { subgraphs } from '../../subgraphs/index.ts';

const sdl = readFileSync('schema/supergraph.graphql', 'utf8');
const prepared = prepareSupergraph(sdl);
const sorted = (text: string): string => printSchema(lexicographicSortSchema(buildSchema(text)));
const apiOf = (pieces: readonly { definitions: string }[]): string =>
  sorted(pieces.map(({ definitions }) => definitions).join(''));

test('the pieces equal the API schema of Apollo Federation, including descriptions', () => {
  const api = Supergraph.build(sdl).apiSchema().toGraphQLJSSchema();
  expect(apiOf(prepared.pieces)).toBe(printSchema(lexicographicSortSchema(api)));
});

test('no piece contains inaccessible types, fields, arguments, enum values, input fields, union members or interfaces', () => {
  const small = `${headOf(sdl)}
    enum join__Graph { ONE @join__graph(name: "one", url: "http://one") }
    type Query @join__type(graph: ONE) { a(b: Int c: Int @inaccessible): A d: D @inaccessible k(f: F): E i: I u: U }
    interface H @join__type(graph: ONE) @inaccessible { n: Int }
    interface I @join__type(graph: ONE) { n: Int }
    type A implements H & I @join__type(graph: ONE) @join__implements(graph: ONE, interface: "H") @join__implements(graph: ONE, interface: "I")
      { "A text" n: Int @deprecated(reason: "old") o: Int @inaccessible }
    type D @join__type(graph: ONE) @inaccessible { n: Int }
    enum E @join__type(graph: ONE) { G @join__enumValue(graph: ONE) J @join__enumValue(graph: ONE) @inaccessible }
    input F @join__type(graph: ONE) { p: Int = 3 q: Int @inaccessible }
    union U @join__type(graph: ONE) @join__unionMember(graph: ONE, member: "A") @join__unionMember(graph: ONE, member: "D") = A | D`;
  const { pieces } = readSupergraph(small);
  expect(apiOf(pieces)).toBe(
    sorted(`type Query { a(b: Int): A k(f: F): E i: I u: U } interface I { n: Int }
      type A implements I { "A text" n: Int @deprecated(reason: "old") } enum E { G } input F { p: Int = 3 } union U = A`),
  );
});

test('a prepared supergraph has the same facts and pieces as its SDL, and the same plan for every query of the examples', async () => {
  const read = readSupergraph(sdl);
  const again = readPrepared(prepared);
  expect(again.facts).toEqual(read.facts);
  expect(again.pieces).toEqual(read.pieces);
  const examples = (await Promise.all(subgraphs.map(({ name }) => examplesOf(name)))).flat();
  // Subscriptions are planned as queries.
  const queries = examples.filter(({ operation }) =>
    parse(operation).definitions.every((each) => each.kind === Kind.OPERATION_DEFINITION && each.operation === 'query'),
  );
  expect(queries.length).toBeGreaterThan(50);
  for (const { operation } of queries) expect(again.plan(operation, null)).toEqual(read.plan(operation, null));
});

test('SDL that is not a supergraph is refused when read and when prepared', () => {
  for (const none of ['type Query { a: Int }', 'type Query {', sdl.replaceAll('implements Node', 'implements Nobody')])
    for (const read of [readSupergraph, prepareSupergraph]) expect(() => read(none)).toThrow(Error);
  expect(() => readSupergraph('type Query {')).toThrow(GraphQLError);
});

test.each([
  ['@listSize(assumedSize: "100")', 'Argument "assumedSize" has invalid value "100".'],
  ['@listSize(assumed: 100)', 'Unknown argument "assumed" on directive "@listSize".'],
  ['@tag(name: self)', 'Argument "name" has invalid value self.'],
  ['@tag', 'Argument "name" of required type "String!" was not provided.'],
])('SDL with %s is refused, although planning ignores that directive', (directive, message) => {
  const field = 'asset(id: ID!): Asset ';
  expect(sdl).toContain(field);
  const changed = sdl.replace(field, `${field}${directive} `);
  for (const read of [readSupergraph, prepareSupergraph]) expect(() => read(changed)).toThrow(message);
});

/** The definitions of federation's own directives in a supergraph, which every one begins with; it has queries alone. */
function headOf(supergraph: string): string {
  return parse(supergraph)
    .definitions.flatMap((each): DefinitionNode[] => {
      if (each.kind === Kind.SCHEMA_DEFINITION)
        return [{ ...each, operationTypes: each.operationTypes.filter(({ operation }) => operation === 'query') }];
      const name = 'name' in each ? (each.name?.value ?? '') : '';
      const isOwn = each.kind === Kind.DIRECTIVE_DEFINITION || /^(join|link)__/.test(name);
      return isOwn && name !== 'join__Graph' ? [each] : [];
    })
    .map((each) => print(each))
    .join('\n');
}
