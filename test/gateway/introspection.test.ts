import { readFileSync } from 'node:fs';
import { buildSchema, execute, getIntrospectionQuery, getOperationAST, parse } from 'graphql';
import { expect, test, vi } from 'vitest';
import { introspecting } from '../../gateway/execution/introspection.ts';
import { defaultLimits } from '../../gateway/limits/limits.ts';
import { measure } from '../../gateway/limits/measure.ts';
import type { SupergraphNotes } from '../../gateway/supergraph/notes.ts';
import type { Parts } from '../../gateway/supergraph/value.ts';
import { openWorld, until } from './world/world.ts';

test.each(['own', 'apollo'] as const)(
  'everything that graphql-js can introspect is answered (%s)',
  async (executor) => {
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
    expect(one).toMatchObject({
      errors: [],
      data: { __typename: 'Query', __type: { name: 'Auction', isOneOf: null } },
    });
    expect(world.auctions.service.executed).toBe(0);
  },
);

test.each(['own', 'apollo'] as const)(
  'introspection beside other fields is answered as well (%s)',
  async (executor) => {
    await using world = await openWorld({ executor });
    const ask = async (query: string, variables: Record<string, unknown> = {}) => {
      const { status, data, errors } = await world.ask(query, { variables });
      expect([status, errors]).toEqual([200, []]);
      return data;
    };
    const title = { title: 'Auction auc_1' };
    const nothing = expect.arrayContaining([{ isDeprecated: false }]) as unknown;
    expect(await ask('{ auction(id: "auc_1") { title } __schema { directives { isDeprecated } } __typename }')).toEqual(
      {
        auction: title,
        __schema: { directives: nothing },
        __typename: 'Query',
      },
    );

    // Aliases, variables of both parts, and fragments with fields of both.
    const mixed = `query ($n: String!, $id: ID!, $with: Boolean = true) { ...Both @include(if: $with) name: echo(text: "x") }
    fragment Both on Query { lot: auction(id: $id) { ...Lot } type: __type(name: $n) { ...Type } }
    fragment Lot on Auction { title }
    fragment Type on __Type { isOneOf }`;
    const whole = await ask(mixed, { n: 'BidPlaceInput', id: 'auc_1' });
    expect(whole).toEqual({ lot: title, type: { isOneOf: false }, name: 'x' });
    expect(Object.keys(whole ?? {})).toEqual(['lot', 'type', 'name']);
    expect(await ask(mixed, { n: 'Auction', id: 'auc_2' })).toEqual({
      lot: { title: 'Auction auc_2' },
      type: { isOneOf: null },
      name: 'x',
    });
    expect(await ask(mixed, { n: 'Auction', id: 'auc_1', with: false })).toEqual({ name: 'x' });

    // Conditions of one part do not affect the other.
    const conditional = `query ($a: Boolean!, $b: Boolean!) {
    __type(name: "Auction") @skip(if: $a) { isOneOf } ... @include(if: $b) { auction(id: "auc_1") { title } }
  }`;
    const type = { __type: { isOneOf: null } };
    expect(await ask(conditional, { a: true, b: true })).toEqual({ auction: title });
    expect(await ask(conditional, { a: false, b: false })).toEqual(type);
    expect(await ask(conditional, { a: true, b: false })).toEqual({});
    expect(await ask('{ __type(name: "None") { isOneOf } auction(id: "auc_1") { title } }')).toEqual({
      __type: null,
      auction: title,
    });
  },
);

test.each(['own', 'apollo'] as const)(
  'fields beside introspection fail as they would alone, and a null non-null root nulls the whole (%s)',
  async (executor) => {
    await using world = await openWorld({ executor });
    const beside = (field: string) => `query ($n: Level) { __type(name: "Auction") { isOneOf } ${field} }`;
    const type = { __type: { isOneOf: null } };
    const failed = await world.ask(beside('fails echo(text: "x", level: $n)'));
    expect(failed.data).toEqual({ ...type, fails: null, echo: 'x' });
    expect(failed.errors).toMatchObject([{ path: ['fails'], extensions: { code: 'INTERNAL', os: 'auction' } }]);
    const headers = { accept: 'application/graphql-response+json' };
    const bad = await world.ask(beside('echo(level: $n)'), { variables: { n: 'NONE' }, headers });
    expect([bad.status, bad.errors[0]?.extensions['code']]).toEqual([400, 'INVALID']);
    world.auctions.service.answers = () => ({ data: { nodes: null } });
    const broken = await world.ask(beside('nodes(ids: ["auc_1"]) { title } echo(text: "x", level: $n)'));
    expect(broken.data).toBeNull();
    expect(broken.errors[0]?.path).toEqual(['nodes']);
  },
);

test('an operation may select the schema once, at a cost', async () => {
  await using world = await openWorld();
  const { errors } = await world.ask(
    `{ ...A b: __schema { types { name } } } fragment A on Query { a: __schema { types { name } } }`,
  );
  expect(errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'introspection', allowed: 1, found: 2 });
  const { extensions } = await world.ask('{ __schema { types { name } } }', { extensions: { explain: true } });
  expect(extensions?.['cost']).toMatchObject({ used: 2_000 });
});

test('beside other fields, an unexpected error of the planner is still an incident', async () => {
  const apiSchema = buildSchema('type Query { a: Int }');
  const answering = introspecting(() => Promise.reject(new TypeError('ours')), { apiSchema } as unknown as Parts);
  const source = '{ a __type(name: "Query") { name } }';
  const document = parse(source);
  const asked = answering({
    document,
    operation: getOperationAST(document),
    source,
    request: {},
  } as never);
  await expect(asked).rejects.toThrow(TypeError);
});

test.each([
  ['{ __schema { types { a: fields { name } b: fields { name } } } }', ['types', 'fields']],
  [
    '{ __type(name: "Query") { ...A fields { name } } } fragment A on __Type { a: fields { name } }',
    ['__type', 'fields'],
  ],
  ['{ __schema { types { a: description b: description } } }', ['types', 'description']],
  ['{ __type(name: "Query") { a: ofType { name } b: ofType { name } } }', ['__type', 'ofType']],
])('in introspection a field is allowed once per parent: %s', async (query, path) => {
  await using world = await openWorld();
  const { status, errors } = await world.ask(query);
  expect([status, errors[0]?.extensions]).toMatchObject([
    400,
    { code: 'LIMIT_EXCEEDED', limit: 'introspection', allowed: 1, path },
  ]);
});

test('introspection costs what it answers on the whole graph, and the queries of explorers are allowed to anonymous clients', () => {
  const schema = buildSchema(readFileSync('schema/api.graphql', 'utf8'));
  const costOf = (query: string): number => {
    const document = parse(query);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    const notes = { size: () => undefined } as unknown as SupergraphNotes;
    const { cost, repeated } = measure({ apiSchema: schema, notes }, document, operation, {
      n: 'Query',
    });
    expect(repeated).toBeNull();
    return cost.found;
  };
  const whole = costOf(
    getIntrospectionQuery({
      oneOf: true,
      inputValueDeprecation: true,
      schemaDescription: true,
      specifiedByUrl: true,
    }),
  );
  expect(whole).toBeLessThan(defaultLimits.anonymous.cost / 2);
  expect(costOf(getIntrospectionQuery())).toBeLessThan(defaultLimits.anonymous.cost / 2);
  expect(costOf('{ __schema { types { name } } }')).toBe(2_000);
  const inner = '{ fields { type { fields { name } ofType { fields { name } ofType { fields { name } } } } } }';
  expect(costOf(`{ __schema { types ${inner} } }`)).toBeGreaterThan(whole);
  expect(costOf(`query ($n: String!) { __type(name: $n) ${inner} }`)).toBeGreaterThan(100);
  // Validation refuses a recursive fragment; measuring it must terminate.
  expect(costOf('{ __schema { types { ...F } } } fragment F on __Type { fields { type { ...F } } }')).toBeGreaterThan(
    defaultLimits.analyst.cost,
  );
});

test('bytes of an answer that is too large to be sent are charged all the same', async () => {
  await using world = await openWorld({
    env: {
      LIMITS: 'anonymous.answer=3000,anonymous.traffic=100,anonymous.trafficBurst=3000',
    },
  });
  const large = await world.ask('{ __schema { types { name description fields { name description } } } }');
  expect(large.errors[0]?.extensions).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: 'answer',
  });
  const next = await world.ask('{ __typename }');
  expect(next.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
});

test('introspection of a document runs once', async () => {
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
])('a null condition is an error of the request: %s', async (selection) => {
  await using world = await openWorld();
  const query = `query ($w: Boolean = true) ${selection}`;
  const headers = { accept: 'application/graphql-response+json' };
  const { status, errors } = await world.ask(query, { variables: { w: null }, headers });
  expect([status, errors.map(({ extensions }) => [extensions['code'], extensions['path']])]).toEqual([
    400,
    [['INVALID', ['w']]],
  ]);
  expect((await world.ask(query, { variables: { w: selection.includes('@skip') } })).status).toBe(200);
});

test('a null condition is an error of a subscription', async () => {
  await using world = await openWorld();
  const listening = world.listen('subscription ($w: Boolean = true) { tick @include(if: $w) { at } }', {
    variables: { w: null },
  });
  await until(() => listening.errors.length > 0);
  expect(listening.errors[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['w'] });
});
