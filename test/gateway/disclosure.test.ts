import { describe, expect, test } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import { openResponse } from './world/http-stream.ts';
import { openWorld, until, type World } from './world/world.ts';

const signedIn = async (world: World): Promise<string> => {
  world.identity.people.set('usr_a', {});
  return `Bearer ${await world.identity.token('usr_a')}`;
};

const streamed = async (world: World, body: object): Promise<string> => {
  const response = await openResponse(world, { headers: { accept: 'text/event-stream' }, body });
  await until(() => response.ended() !== false);
  return response.text();
};

describe('INTROSPECTION', () => {
  const env = { INTROSPECTION: 'signedIn,analyst' };
  const operations = [
    '{ __schema { queryType { name } } }',
    '{ __type(name: "Query") { name } }',
    'query { ...A auction(id: "auc_1") { id } } fragment A on Query { ...B } fragment B on Query { again: __schema { types { name } } }',
  ];

  test.each(operations)('%s is for the roles that it names, on every transport', async (query) => {
    await using world = await openWorld({ env });
    const { status, errors, data } = await world.ask(query);
    expect([status, errors[0]?.extensions['code'], data]).toEqual([403, 'FORBIDDEN', undefined]);
    const over = world.listen(query);
    await until(() => over.errors.length === 1);
    expect(over.errors[0]?.extensions['code']).toBe('FORBIDDEN');
    expect(await streamed(world, { query })).toMatch(/"code":"FORBIDDEN"/);
    expect(world.auctions.service.executed).toBe(0);
    const authorization = await signedIn(world);
    expect((await world.ask(query, { headers: { authorization } })).errors).toEqual([]);
    const allowed = world.listen(query, { params: { authorization } });
    await until(() => allowed.events.length === 1);
  });

  test('holds for /schema.graphql', async () => {
    await using world = await openWorld({ env });
    const refused = await fetch(`${world.url}/schema.graphql`);
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('FORBIDDEN')]);
    const shown = await fetch(`${world.url}/schema.graphql`, { headers: { authorization: await signedIn(world) } });
    expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining('type Query')]);
    expect(shown.headers.get('vary')).toMatch(/authorization/);
  });

  test('leaves __typename to everybody', async () => {
    await using world = await openWorld({ env: { INTROSPECTION: 'none' } });
    const answer = await world.ask('{ __typename auction(id: "auc_1") { __typename } }');
    expect(answer.data).toEqual({ __typename: 'Query', auction: { __typename: 'Auction' } });
  });
});

describe('SUGGESTIONS', () => {
  const env = { SUGGESTIONS: 'signedIn' };

  test.each<[string, string, Record<string, unknown>?]>([
    ['a field', '{ auctio(id: "auc_1") { id } }'],
    ['an argument', '{ auction(i: "auc_1") { id } }'],
    ['a type', '{ auction(id: "auc_1") { ... on Auctio { id } } }'],
    ['an enum value', '{ echo(level: HIGHT) }'],
    ['an enum value in a variable', 'query ($level: Level) { echo(level: $level) }', { level: 'HIGHT' }],
    [
      'a field of an input',
      'mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { amount } }',
      { input: { auctionId: 'auc_1', amount: '1', amoun: '2' } },
    ],
    ['a field of a subscription', 'subscription { bidPlaced { curso } }'],
    [
      'a variable of a subscription',
      'subscription ($level: Level) { bidPlaced(level: $level) { cursor } }',
      { level: 'HIGHT' },
    ],
  ])('%s is suggested to the roles that it names alone', async (_, query, variables = {}) => {
    await using world = await openWorld({ env });
    const said = async (authorization?: string): Promise<string[]> => {
      const headers = { ...(authorization && { authorization }), accept: 'text/event-stream' };
      const over = world.listen(query, { variables, ...(authorization && { params: { authorization } }) });
      await until(() => over.errors.length + over.results.length > 0);
      const response = await openResponse(world, { headers, body: { query, variables } });
      await until(() => response.ended() !== false);
      const texts = [JSON.stringify([over.errors, over.results]), response.text()];
      if (query.startsWith('subscription')) return texts;
      return [
        ...texts,
        JSON.stringify(await world.ask(query, { variables, headers: { ...(authorization && { authorization }) } })),
      ];
    };
    for (const text of await said()) {
      expect(text).toMatch(/BAD_QUERY|INVALID/);
      expect(text).not.toContain('Did you mean');
    }
    for (const text of await said(await signedIn(world))) expect(text).toContain('Did you mean');
  });

  test('a field that no client may see is suggested to nobody', async () => {
    await using world = await openWorld();
    const answer = await world.ask('{ actorSnapsho(subject: "usr_a") }');
    expect(answer.errors[0]?.message).toMatch(/^Cannot query field "actorSnapsho"/);
    expect(JSON.stringify(answer)).not.toContain('actorSnapshot');
  });
});

test.each(['everybody', 'none,anonymous', 'anonymous;signedIn'])('%s is no list of roles', (given) => {
  expect(() => readConfig({ INTROSPECTION: given }, [])).toThrow(/^INTROSPECTION: /);
  expect(() => readConfig({ SUGGESTIONS: given }, [])).toThrow(/^SUGGESTIONS: /);
});
