import { buildSchema, execute, getIntrospectionQuery, getOperationAST, parse } from 'graphql';
import { expect, test, vi } from 'vitest';
import { introspecting } from '../../gateway/execution/introspection.ts';
import type { Parts } from '../../gateway/supergraph/value.ts';
import { openWorld, until } from './world/world.ts';

test.each(['own', 'apollo'] as const)('whatever graphql-js knows of a schema can be asked (%s)', async (executor) => {
  await using world = await openWorld({ executor });
  const query = getIntrospectionQuery({
    oneOf: true,
    inputValueDeprecation: true,
    schemaDescription: true,
    specifiedByUrl: true,
  });
  const whole = await world.ask(query);
  expect(whole.errors).toEqual([]);
  expect(whole.data).toMatchObject({ __schema: { queryType: { name: 'Query' } } });
  const directives = await world.ask('{ __schema { directives(includeDeprecated: true) { name isDeprecated } } }');
  expect([directives.status, directives.errors]).toEqual([200, []]);
  const one = await world.ask('query ($n: String!) { __typename __type(name: $n) { name isOneOf } }', {
    variables: { n: 'Auction' },
  });
  expect(one).toMatchObject({ errors: [], data: { __typename: 'Query', __type: { name: 'Auction', isOneOf: null } } });
  expect(world.auctions.service.executed).toBe(0);
});

test('beside other fields it is answered, or told to stand alone, and never an incident', async () => {
  await using world = await openWorld();
  const plain = await world.ask('{ __type(name: "Auction") { name } auction(id: "auc_1") { title } }');
  expect(plain).toMatchObject({
    errors: [],
    data: { __type: { name: 'Auction' }, auction: { title: 'Auction auc_1' } },
  });
  const { errors } = await world.ask('{ __type(name: "Auction") { isOneOf } auction(id: "auc_1") { title } }');
  expect(errors.map(({ extensions }) => extensions['code'])).toEqual(['BAD_QUERY']);
  expect(errors[0]?.message).toMatch(/an operation of its own/);
});

test('the schema is asked for once in an operation, and costs', async () => {
  await using world = await openWorld();
  const { errors } = await world.ask(
    `{ ...A b: __schema { types { name } } } fragment A on Query { a: __schema { types { name } } }`,
  );
  expect(errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'introspection', allowed: 1, found: 2 });
  const { extensions } = await world.ask('{ __schema { types { name } } }', { extensions: { explain: true } });
  expect(extensions?.['cost']).toMatchObject({ used: 2_000 });
});

test('a document is answered once', async () => {
  const apiSchema = buildSchema('type Query { a: Int b: Int }');
  const others = vi.fn<() => Promise<unknown>>(() => Promise.resolve({ data: { a: 1 } }));
  const answering = introspecting(others as never, { apiSchema } as unknown as Parts);
  const looked = vi.spyOn(apiSchema, 'getTypeMap');
  const ask = async (source: string, variables: Record<string, unknown> = {}) => {
    const document = parse(source);
    const operation = getOperationAST(document);
    return answering({ document, operation, source, request: { variables } } as never);
  };
  const query = '{ __schema { types { name } } }';
  const first = await ask(query);
  expect(first.data).toEqual((await execute({ schema: apiSchema, document: parse(query) })).data);
  const times = looked.mock.calls.length;
  expect(await ask(query)).toEqual(first);
  expect(looked).toHaveBeenCalledTimes(times);
  const named = 'query ($n: String!) { __type(name: $n) { name } }';
  expect((await ask(named, { n: 'Query' })).data).toEqual({ __type: { name: 'Query' } });
  expect((await ask(named, { n: 'Int' })).data).toEqual({ __type: { name: 'Int' } });
  expect(others).not.toHaveBeenCalled();
  await ask('{ a }');
  expect(others).toHaveBeenCalledTimes(1);
});

test.each([
  ['{ auction(id: "auc_1") @include(if: $w) { title } }'],
  ['{ auction(id: "auc_1") { title @skip(if: $w) } }'],
  ['{ ...F @include(if: $w) auction(id: "auc_1") { id } } fragment F on Query { fails }'],
  ['{ auction(id: "auc_1") { ...F } } fragment F on Auction { ... @include(if: $w) { title } }'],
])('a condition that is given null is the fault of the request: %s', async (selection) => {
  await using world = await openWorld();
  const query = `query ($w: Boolean = true) ${selection}`;
  const { status, errors } = await world.ask(query, { variables: { w: null } });
  expect([status, errors.map(({ extensions }) => [extensions['code'], extensions['path']])]).toEqual([
    400,
    [['INVALID', ['w']]],
  ]);
  expect((await world.ask(query, { variables: { w: selection.includes('@skip') } })).status).toBe(200);
});

test('and so it is of a subscription', async () => {
  await using world = await openWorld();
  const listening = world.listen('subscription ($w: Boolean = true) { tick @include(if: $w) { at } }', {
    variables: { w: null },
  });
  await until(() => listening.errors.length > 0);
  expect(listening.errors[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['w'] });
});
