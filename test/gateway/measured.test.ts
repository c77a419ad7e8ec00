import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { openWorld, until, type World } from './world/world.ts';

interface Said {
  status: number;
  errors: { message: string; extensions: Record<string, unknown> }[];
}

/** Sends a GET with exactly these bytes as its address. */
function get(world: World, search: string): Promise<Said> {
  const { port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    request(
      {
        host: '127.0.0.1',
        port,
        path: `/graphql?${search}`,
        agent: false,
        headers: { 'apollo-require-preflight': '1' },
      },
      (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('end', () => {
          const body = JSON.parse(text) as Partial<Said>;
          resolve({ status: response.statusCode ?? 0, errors: body.errors ?? [] });
        });
      },
    )
      .once('error', reject)
      .end();
  });
}

async function post(world: World, body: string, type = 'application/json'): Promise<Said> {
  const response = await fetch(`${world.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body });
  const { errors = [] } = (await response.json()) as Partial<Said>;
  return { status: response.status, errors };
}

const large = '{ auctions(first: 5000) { nodes { id } } }';
const encoded = encodeURIComponent(large);

describe('the measured operation is the one that runs', () => {
  test.each([
    ['behind a thousand separators', `${'&'.repeat(1_000)}query=${encoded}`],
    ['behind a thousand parameters', `${'a=1&'.repeat(1_000)}query=${encoded}`],
    ['with an escaped name', `%71uery=${encoded}`],
    ['with plus signs for spaces', `query=${large.replaceAll(' ', '+')}`],
  ])('from an address %s', async (_, search) => {
    await using world = await openWorld();
    const { status, errors } = await get(world, search);
    expect([status, errors[0]?.extensions['code'], errors[0]?.extensions['limit']]).toEqual([
      400,
      'LIMIT_EXCEEDED',
      'pageSize',
    ]);
    expect(world.auctions.service.executed).toBe(0);
  });

  test.each([
    ['a repeated parameter', `query=${encodeURIComponent('{ __typename }')}&query=${encoded}`],
    ['repeated variables', `query=${encoded}&variables={}&variables={}`],
    ['variables that are not an object', `query=${encoded}&variables=[]`],
    ['variables that are not JSON', `query=${encoded}&variables={`],
    [
      'the hash of another document',
      `query=${encoded}&extensions=${encodeURIComponent('{"persistedQuery":{"version":1,"sha256Hash":"ab"}}')}`,
    ],
    ['nothing at all', ''],
  ])('an address with %s is refused', async (_, search) => {
    await using world = await openWorld();
    const { status, errors } = await get(world, search);
    expect([status, errors[0]?.extensions['code']]).toEqual([400, 'BAD_QUERY']);
    expect(world.auctions.service.executed).toBe(0);
  });

  test.each([
    ['a batch', JSON.stringify([{ query: large }])],
    ['a query that is not text', JSON.stringify({ query: { kind: 'Document' } })],
    [
      'the hash of another document',
      JSON.stringify({ query: large, extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }),
    ],
    ['variables as text', JSON.stringify({ query: large, variables: '{}' })],
    ['a query in the prototype', `{"__proto__":{"query":"${large}"}}`],
    ['text', JSON.stringify(large)],
    ['null', 'null'],
  ])('a body that is %s is refused', async (_, body) => {
    await using world = await openWorld();
    const { status, errors } = await post(world, body);
    expect([status, errors[0]?.extensions['code']]).toEqual([400, 'BAD_QUERY']);
    expect(world.auctions.service.executed).toBe(0);
  });

  test.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'text/plain', 'application/x-www-form-urlencoded'])(
    'a body of type %s never runs unmeasured',
    async (type) => {
      await using world = await openWorld();
      const { status } = await post(world, JSON.stringify({ query: large }), type);
      expect(status).toBe(400);
      expect(world.auctions.service.executed).toBe(0);
    },
  );

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'the default of a variable named %s counts',
    async (name) => {
      await using world = await openWorld();
      const query = `query ($${name}: Int = 5000) { auctions(first: $${name}) { nodes { id } } }`;
      expect((await world.ask(query)).errors[0]?.extensions).toMatchObject({ limit: 'pageSize', found: 5000 });
      const given = await post(world, `{"query":${JSON.stringify(query)},"variables":{"${name}":4000}}`);
      expect(given.errors[0]?.extensions).toMatchObject({ limit: 'pageSize', found: 4000 });
      expect(world.auctions.service.executed).toBe(0);
    },
  );

  test('over a socket as well', async () => {
    await using world = await openWorld();
    const listening = world.listen(large);
    await until(() => listening.errors.length > 0);
    expect(listening.errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'pageSize' });
    expect(world.auctions.service.executed).toBe(0);
  });

  test('an address with all parameters of an operation is answered', async () => {
    await using world = await openWorld();
    const query = 'query A($n: Int) { auctions(first: $n) { nodes { id } } } query B { __typename }';
    const parameters = new URLSearchParams({ query, operationName: 'A', variables: '{"n":3}', extensions: '{}' });
    const { status, errors } = await get(world, String(parameters));
    expect([status, errors]).toEqual([200, []]);
    expect(world.auctions.service.requests.at(-1)?.variables).toEqual({ n: 3 });
  });
});
