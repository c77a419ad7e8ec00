import { describe, expect, test } from 'vitest';
import { openWorld, pause } from './world/world.ts';

describe.each(['own', 'apollo'] as const)('queries and mutations with the %s executor', (executor) => {
  test('a query is answered across subgraphs', async () => {
    await using world = await openWorld({ executor });
    const answer = await world.ask('{ auction(id: "auc_1") { title asset { name owner { displayName } } } }');
    expect(answer.errors).toEqual([]);
    expect(answer.data).toEqual({
      auction: { title: 'Auction auc_1', asset: { name: 'Asset ast_1', owner: { displayName: 'Name of usr_o' } } },
    });
  });

  test('an answer that was sent whole aborts nothing, neither here nor in an OS apart', async () => {
    await using world = await openWorld({ executor, remote: ['asset'] });
    const query = '{ auction(id: "auc_1") { title asset { name } } }';
    await world.ask(query);
    // The first answer's connection has closed its request by the time that the second one is answered.
    await world.ask(query);
    await pause(20);
    const signals = [...world.auctions.service.requests, ...world.assets.requests].map(({ signal }) => signal?.aborted);
    expect(signals).toEqual([false, false, false, false]);
  });

  test('an unavailable subgraph costs its own fields and is named, without its address', async () => {
    await using world = await openWorld({ executor });
    world.assets.away = true;
    const answer = await world.ask('{ auction(id: "auc_1") { title asset { id name } } }');
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ auction: { title: 'Auction auc_1', asset: { id: 'ast_1', name: null } } });
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', os: 'asset', retryable: true });
    expect(JSON.stringify(answer)).not.toMatch(/10\.9\.8\.7|ECONNREFUSED/);
  });

  test('errors of the house are passed on whole, with the path of the input and the OS', async () => {
    await using world = await openWorld({ executor });
    const bid = 'mutation Place($input: BidPlaceInput!) { bidPlace(input: $input) { amount } }';
    const answer = await world.ask(bid, { variables: { input: { auctionId: 'auc_1', amount: '0' } } });
    expect(answer.errors[0]).toMatchObject({
      message: 'The amount is too small.',
      path: ['bidPlace'],
      extensions: {
        code: 'INVALID',
        os: 'auction',
        path: ['input', 'amount'],
        retryable: false,
        issues: [{ code: 'too_small' }],
      },
    });
    const missing = await world.ask(bid, { variables: { input: { auctionId: 'none', amount: '1' } } });
    expect(missing.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', os: 'auction' });
  });

  test('an unexpected error is masked by an incident id that is in the log', async () => {
    await using world = await openWorld({ executor });
    const answer = await world.ask('{ fails }');
    const { incidentId, code } = answer.errors[0]?.extensions ?? {};
    expect(code).toBe('INTERNAL');
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(
      world.log.some((line) => line['incidentId'] === incidentId && JSON.stringify(line).includes('hunter2')),
    ).toBe(true);
  });

  test('a null in a non-null field is an error, not a silent null', async () => {
    await using world = await openWorld({ executor });
    const answer = await world.ask('{ asset(id: "ast_1") { name broken } }');
    expect(answer.data).toEqual({ asset: null });
    expect(answer.errors.length).toBeGreaterThan(0);
    expect(answer.extensions).toBeUndefined();
  });

  test('a reference to an entity that its owner hides is null without an error', async () => {
    await using world = await openWorld({ executor });
    world.identity.hidden.add('usr_o');
    const answer = await world.ask('{ asset(id: "ast_1") { name owner { handle } } }');
    expect(answer).toMatchObject({ data: { asset: { name: 'Asset ast_1', owner: null } }, errors: [] });
  });

  test.each([
    ['no entity for a key', (): unknown => ({ _entities: [] })],
    ['neither data nor errors', (): unknown => null],
    ['an entity without a non-null field', (): unknown => ({ _entities: [{ __typename: 'User' }] })],
  ])('a subgraph that answers %s causes an error', async (_what, data) => {
    await using world = await openWorld({ executor });
    world.identity.service.answers = (request) => (request.query.includes('_entities') ? { data: data() } : null);
    const answer = await world.ask('{ asset(id: "ast_1") { name owner { handle } } }');
    expect(answer.data).toEqual({ asset: { name: 'Asset ast_1', owner: null } });
    expect(answer.errors).toHaveLength(1);
    expect(world.log.some(({ level }) => Number(level) >= 40)).toBe(true);
  });

  test.each([
    ['no entity for a key', (): unknown => ({ _entities: [] })],
    ['neither data nor errors', (): unknown => null],
  ])('a subgraph that answers %s causes an error even where the field may be null', async (_what, data) => {
    await using world = await openWorld({ executor });
    world.identity.service.answers = (request) => (request.query.includes('_entities') ? { data: data() } : null);
    const answer = await world.ask('{ asset(id: "ast_1") { name owner { displayName } } }');
    expect(answer.data).toMatchObject({ asset: { name: 'Asset ast_1' } });
    expect(answer.errors.map(({ extensions }) => extensions['os'])).toEqual(['identity']);
    expect(world.log.some(({ level }) => Number(level) >= 40)).toBe(true);
  });

  test('a variable with many errors is an error of the client, not an incident', async () => {
    await using world = await openWorld({ executor });
    const unknown = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`field${n}`, n]));
    const answer = await world.ask('mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { amount } }', {
      variables: { input: { auctionId: 'auc_1', amount: '1', ...unknown } },
    });
    expect(answer.errors.length).toBeGreaterThan(50);
    expect(answer.errors.map(({ extensions }) => extensions['code'])).toEqual(answer.errors.map(() => 'INVALID'));
  });

  test('variables of the wrong type are INVALID with the path', async () => {
    await using world = await openWorld({ executor });
    const answer = await world.ask('mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { amount } }', {
      variables: { input: { auctionId: 'auc_1', amount: ['x'] } },
      headers: { accept: 'application/graphql-response+json' },
    });
    expect(answer.status).toBe(400);
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['input', 'amount'] });
    const level = await world.ask('query ($level: Level) { echo(level: $level) }', { variables: { level: 'MIDDLE' } });
    expect(level.errors[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['level'] });
  });

  test.each([
    ['a syntax error', '{ auction(', 400],
    ['a field that does not exist', '{ nothing }', 400],
    ['a field for routers only', '{ jwks }', 400],
    ['a missing operation name', 'query A { __typename } query B { __typename }', 400],
  ])('%s is BAD_QUERY', async (_what, query, status) => {
    await using world = await openWorld({ executor });
    const answer = await world.ask(query, { headers: { accept: 'application/graphql-response+json' } });
    expect(answer.status).toBe(status);
    expect(answer.errors[0]?.extensions['code']).toBe('BAD_QUERY');
  });

  test('the request reaches the subgraph with its id, universe, address and trace', async () => {
    await using world = await openWorld({ executor });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await world.ask('{ whoAmI }', {
      headers: { 'x-request-id': 'req-12345678', universe: 'mars', traceparent, 'user-agent': 'tests/1' },
    });
    expect(answer.data?.['whoAmI']).toMatchObject({
      actor: { id: null, kind: 'ANONYMOUS', universe: 'mars' },
      universe: 'mars',
      requestId: 'req-12345678',
      correlationId: 'req-12345678',
      traceparent,
      client: { ip: '127.0.0.1', userAgent: 'tests/1' },
    });
    expect(answer.headers.get('request-id')).toBe('req-12345678');
  });

  test('each operation is one line in the log, without variables', async () => {
    await using world = await openWorld({ executor });
    await world.ask('query Named($id: ID!) { auction(id: $id) { title } fails }', {
      variables: { id: 'auc_secret' },
      operationName: 'Named',
    });
    await pause(20);
    const lines = world.log.filter((line) => line['msg'] === 'operation');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      operation: 'Named',
      kind: 'query',
      actor: null,
      errors: { INTERNAL: 1 },
      document: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
    expect(JSON.stringify(lines)).not.toContain('auc_secret');
  });

  test('introspection is public', async () => {
    await using world = await openWorld({ executor });
    const { getIntrospectionQuery } = await import('graphql');
    const answer = await world.ask(
      getIntrospectionQuery({
        descriptions: true,
        inputValueDeprecation: true,
        specifiedByUrl: true,
        schemaDescription: true,
      }),
    );
    expect(answer.errors).toEqual([]);
    expect(JSON.stringify(answer.data)).not.toContain('actorSnapshot');
  });
});
