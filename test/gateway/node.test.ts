import { composeServices } from '@apollo/composition';
import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { typedNodes } from '../../gateway/execution/node-by-id.ts';
import { readSupergraph } from '../../gateway/planning/read.ts';
import type { SupergraphValue } from '../../gateway/supergraph/value.ts';
import { newId } from '../../platform/ids/ids.ts';
import { measurable } from '../testkit/supergraph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@tag", "@inaccessible", "@external"])';
const nodeInterface = 'interface Node { id: ID! nodeId: ID! @inaccessible }';
const prefixes = (types: number): string[] =>
  [...Array(types).keys()].map((n) => `q${String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26))}`);

/** The supergraph of a hub and OSes with four entity types each, as the platform prints them. */
function supergraphOf(types: number): string {
  const names = prefixes(types);
  const named = 'interface Named { title: String }';
  const oses = [...Array(types / 4).keys()].map((n) => {
    const own = names.slice(n * 4, n * 4 + 4).map((prefix, k) => {
      const implementing = k === 0 ? 'Node & Named' : 'Node';
      return `type T_${prefix} implements ${implementing} @key(fields: "id") @key(fields: "nodeId") { id: ID! nodeId: ID! @inaccessible title: String }`;
    });
    return { name: `os${n}`, sdl: [link, nodeInterface, named, ...own, `type Query { os${n}: T_${names[n * 4]} }`] };
  });
  const stubs = names.map(
    (prefix) =>
      `type T_${prefix} implements Node @key(fields: "nodeId", resolvable: false) @tag(name: "id/${prefix}") { nodeId: ID! @inaccessible }`,
  );
  const query = 'type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node] }';
  const hub = { name: 'hub', sdl: [link, 'interface Node { nodeId: ID! @inaccessible }', ...stubs, query] };
  const services = [...oses, hub].map(({ name, sdl }) => ({ name, typeDefs: parse(sdl.join('\n')) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

function nodesOf(value: SupergraphValue, query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  return typedNodes(value, document, getOperationAST(document)!, variables);
}

const flat = (text: string | undefined): string | undefined => text?.replace(/\s+/g, ' ');

test('the plan for a node has the same size with eighty types as with eight', async () => {
  const first = newId('qaa');
  const sixth = newId('qaf');
  const asked: [string, Record<string, unknown>][] = [
    [`{ node(id: "${first}") { id } }`, {}],
    ['query ($id: ID!) { node(id: $id) { __typename id ... on T_qaa { title } } }', { id: first }],
    ['query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [first, sixth, first] }],
  ];
  const plansOf = async (types: number): Promise<string[]> => {
    const sdl = supergraphOf(types);
    const value = await measurable(sdl);
    const { plan } = readSupergraph(sdl);
    return asked.map(([query, variables]) =>
      JSON.stringify(plan(nodesOf(value, query, variables)?.source() ?? '', null)),
    );
  };
  const small = await plansOf(8);
  expect(await plansOf(80)).toEqual(small);
  const services = small.map((plan) =>
    [...plan.matchAll(/"serviceName":"([^"]+)"/g)].map(([, name = '']) => name).toSorted(),
  );
  expect(services).toEqual([
    ['hub', 'os0'],
    ['hub', 'os0'],
    ['hub', 'os0', 'os1'],
  ]);
});

test('selections on the types of the ids remain, with their conditions', async () => {
  const value = await measurable(supergraphOf(8));
  const query = `query Q($id: ID!, $with: Boolean!, $other: Boolean!) {
    a: node(id: $id) { id ...Both @include(if: $with) ... on T_qab @include(if: $other) { title } }
  }
  fragment Both on Node { ... on Named { t: title } ... on T_qab { ...Unused } __typename }
  fragment Unused on T_qab { title }`;
  const nodes = nodesOf(value, query, { id: newId('qaa'), with: true, other: true });
  expect(nodes?.key).toBe('T_qaa');
  expect(flat(nodes?.source())).toBe(
    'query Q($id: ID!, $with: Boolean!) { a: node(id: $id) { ... on T_qaa { id ... on Node @include(if: $with) { ... on Named { t: title } __typename } } } }',
  );
  // T_qab has no name, so the fragment on Named does not apply.
  expect(flat(nodesOf(value, query, { id: newId('qab') })?.source())).toContain(
    '... on T_qab { id ... on Node @include(if: $with) { ... on T_qab { ... on T_qab { title } } __typename } ... on T_qab @include(if: $other) { title } }',
  );
});

test('the hub is called even for an invalid id, or if nothing of its type is selected', async () => {
  const value = await measurable(supergraphOf(8));
  for (const id of ['', 'x', newId('zzz'), newId('qab')]) {
    const nodes = nodesOf(value, 'query ($id: ID!) { node(id: $id) { ... on T_qaa { title } } }', { id });
    expect(flat(nodes?.source())).toBe('query ($id: ID!) { node(id: $id) { __typename } }');
  }
});

test('ids are found in root fragments, several nodes and defaults; other operations are unchanged', async () => {
  const value = await measurable(supergraphOf(8));
  const nodes = nodesOf(
    value,
    `query ($id: ID! = "${newId('qaa')}") { ...Roots os0 { id } } fragment Roots on Query { node(id: $id) { id } b: node(id: "${newId('qab')}") { id } }`,
  );
  expect(nodes?.key).toBe('T_qaa;T_qab');
  expect(flat(nodes?.source())).toContain('{ node(id: $id) { ... on T_qaa { id } } b: node(');
  expect(flat(nodes?.source())).toContain('{ ... on T_qab { id } } } os0 { id }');
  expect(nodesOf(value, '{ os0 { id } }')).toBeNull();
  expect(nodesOf(value, '{ __typename }')).toBeNull();
});
