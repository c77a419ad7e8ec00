import { buildClientSchema, getIntrospectionQuery, printSchema, type IntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import { openResponse } from './world/http-stream.ts';
import { openRaw } from './world/raw.ts';
import { TestService } from './world/service.ts';
import { TestLog } from './world/stream.ts';
import { compose, openWorld, until, type Answer, type World } from './world/world.ts';

const both = '@tag(name: "shop") @tag(name: "staff")';
const staff = '@tag(name: "staff")';
const things: Record<string, { __typename: string; id: string }> = {
  pro_1: { __typename: 'Product', id: 'pro_1' },
  led_1: { __typename: 'Ledger', id: 'led_1' },
};

function catalogue(extra = ''): { service: TestService; sales: TestLog<{ cursor: string }> } {
  const sales = new TestLog<{ cursor: string }>();
  const service = new TestService(
    'catalogue',
    `
    type Query {
      product: Product ${both}
      found: [Found!]! @listSize(assumedSize: 3) ${both}
      node(id: ID!): Node ${both}
      nodes(ids: [ID!]!): [Node]! @listSize(assumedSize: 3) ${both}
      ledger(color: Color): Ledger ${staff}
      untagged: String
      ${extra}
    }
    type Mutation { productRename(input: ProductRenameInput!): Product ${staff} }
    type Subscription { sold: Sold! ${both} written: Written! ${staff} }
    input ProductRenameInput { name: String! }
    interface Node { id: ID! }
    type Product implements Node { id: ID! name: String cost: String ${staff} supplier: Supplier maker: Maker }
    type Supplier implements Node ${staff} { id: ID! name: String }
    type Ledger implements Node { id: ID! entries: Int color: Color }
    interface Maker { name: String taxNumber: String }
    type Person implements Maker { name: String taxNumber: String }
    type Firm implements Maker { name: String taxNumber: String ${staff} }
    union Found = Product | Supplier
    enum Color { RED BLACK }
    type Sold { cursor: String! product: Product ledger: Ledger ${staff} }
    type Written { cursor: String! }
    `,
    {
      Query: {
        product: () => things['pro_1'],
        found: () => [things['pro_1'], { __typename: 'Supplier', id: 'sup_1' }].slice(0, 1),
        node: (_: unknown, { id }: { id: string }) => things[id] ?? null,
        nodes: (_: unknown, { ids }: { ids: string[] }) => ids.map((id) => things[id] ?? null),
        ledger: () => things['led_1'],
      },
      Product: { name: () => 'Chair', cost: () => '3.00', maker: () => ({ __typename: 'Firm', name: 'Oak' }) },
      Subscription: {
        sold: {
          subscribe: () => sales.stream(null),
          resolve: ({ cursor }: { cursor: string }) => ({ cursor, product: things['pro_1'] }),
        },
      },
    },
  );
  return { service, sales };
}

describe.each(['own', 'apollo'] as const)('with the %s executor', (executor) => {
  let world: World;
  let shop: ReturnType<typeof catalogue>;
  beforeAll(async () => {
    world = await openWorld({ executor, env: { AUDIENCES: 'shop=shop,staff=staff,partner=!staff' } });
    shop = catalogue();
    await world.gateway.swap(compose([world.identity.service, shop.service]), [shop.service]);
  });
  afterAll(() => world.close());

  async function ask(query: string, audience: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${world.url}/graphql${audience === '' ? '' : `/${audience}`}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    const { data, errors = [], extensions } = (await response.json()) as Partial<Answer>;
    return { status: response.status, headers: response.headers, data, errors, extensions };
  }

  test('an audience has what is tagged for it, and what that reaches', async () => {
    const { data } = await ask(getIntrospectionQuery(), 'shop');
    const schema = buildClientSchema(data as unknown as IntrospectionQuery);
    const own = printSchema(schema);
    expect(own).toContain('type Query {\n  product: Product\n  found: [Found!]!\n  node(id: ID!): Node\n');
    expect(own).toContain('type Product implements Node {\n  id: ID!\n  name: String\n  maker: Maker\n}');
    expect(own).toContain('union Found = Product\n');
    expect(own).toContain('interface Maker {\n  name: String\n}');
    expect(own).toContain('type Sold {\n  cursor: String!\n  product: Product\n}');
    expect(own).not.toMatch(/Ledger|Supplier|Mutation|Written|Color|untagged|viewer|cost/);
    expect(Object.keys(schema.getTypeMap())).toEqual(expect.arrayContaining(['Person', 'Firm']));
    const staffs = JSON.stringify(await ask('{ __schema { mutationType { name } types { name } } }', 'staff'));
    for (const name of ['Ledger', 'Supplier', 'Written', 'Color', 'ProductRenameInput']) expect(staffs).toContain(name);
    // Without included tags it has all that is not excluded.
    const partner = JSON.stringify(await ask('{ __type(name: "Query") { fields { name } } }', 'partner'));
    expect(partner).toMatch(/untagged.*viewer|viewer.*untagged/s);
    expect(partner).not.toContain('product');
  });

  test.each([
    ['a field of another audience', '{ product { cost } }', '{ product { costs } }', 'costs', 'cost'],
    ['a root field of another audience', '{ ledger { id } }', '{ ledgers { id } }', 'ledgers', 'ledger'],
    [
      'a type of another audience',
      '{ node(id: "x") { ... on Ledger { id } } }',
      '{ node(id: "x") { ... on Ledgers { id } } }',
      'Ledgers',
      'Ledger',
    ],
    [
      '__type of another audience',
      '{ __type(name: "Ledger") { name } }',
      '{ __type(name: "Ledgers") { name } }',
      'Ledgers',
      'Ledger',
    ],
    [
      'a mutation',
      'mutation { productRename(input: { name: "x" }) { id } }',
      'mutation { productRenames(input: { name: "x" }) { id } }',
      'productRenames',
      'productRename',
    ],
  ])('%s answers like one that does not exist', async (_, query, missing, no, name) => {
    const [refused, unknown] = [await ask(query, 'shop'), await ask(missing, 'shop')];
    const { errors, data, status } = refused;
    expect(JSON.parse(JSON.stringify({ errors, data, status }).replaceAll(no, name))).toEqual(
      JSON.parse(
        JSON.stringify({ errors: unknown.errors, data: unknown.data, status: unknown.status }).replaceAll(no, name),
      ),
    );
  });

  test('nothing that it does not have is suggested', async () => {
    const { errors } = await ask('{ product { suplier { id } cos } ledgr { id } }', 'shop');
    expect(errors).toHaveLength(3);
    expect(JSON.stringify(errors)).not.toMatch(/supplier|cost|ledger/);
  });

  test('an object of a type that it does not have is null, like one that does not exist', async () => {
    const query = '{ node(id: "led_1") { id __typename } nodes(ids: ["pro_1", "led_1", "none"]) { __typename id } }';
    const { data, errors } = await ask(query, 'shop');
    expect([data, errors]).toEqual([{ node: null, nodes: [{ __typename: 'Product', id: 'pro_1' }, null, null] }, []]);
    expect((await ask('{ node(id: "led_1") { __typename } }', 'staff')).data).toEqual({
      node: { __typename: 'Ledger' },
    });
  });

  test('it is chosen by path or header; without one the whole graph answers', async () => {
    const query = '{ product { name maker { name } } }';
    const data = { product: { name: 'Chair', maker: { name: 'Oak' } } };
    expect(await ask(query, 'shop')).toMatchObject({ data, errors: [] });
    expect(await ask('{ product { cost } }', 'staff')).toMatchObject({ data: { product: { cost: '3.00' } } });
    expect(await ask('{ untagged product { cost } }', '')).toMatchObject({ errors: [], data: { untagged: null } });
    expect((await ask('{ product { cost } }', '', { audience: 'shop' })).errors[0]?.extensions['code']).toBe(
      'BAD_QUERY',
    );
    for (const unknown of [
      await ask(query, 'nobody'),
      await ask(query, '', { audience: 'nobody' }),
      await ask(query, 'shop/x'),
    ])
      expect([unknown.status, unknown.errors[0]?.extensions['code']]).toEqual([404, 'NOT_FOUND']);
    const sdl = await (await fetch(`${world.url}/schema.graphql`, { headers: { audience: 'shop' } })).text();
    expect(sdl).toContain('type Product');
    expect(sdl).not.toContain('Ledger');
  });

  test('sockets and streams have the schema of their path', async () => {
    const raw = await openRaw(world, '/graphql/shop');
    raw.say({ id: 'a', type: 'subscribe', payload: { query: 'subscription { sold { cursor ledger { id } } }' } });
    raw.say({ id: 'b', type: 'subscribe', payload: { query: 'subscription { sold { cursor product { name } } }' } });
    raw.say({ id: 'c', type: 'subscribe', payload: { query: '{ product { cost } }' } });
    await until(
      () => raw.messages.filter(({ id }) => id === 'a' || id === 'c').length >= 2 && shop.service.streams === 1,
    );
    expect(JSON.stringify(raw.messages)).toMatch(/Cannot query field \\"ledger\\"/);
    expect(JSON.stringify(raw.messages)).toMatch(/Cannot query field \\"cost\\"/);
    shop.sales.append({ cursor: 'c1' });
    await until(() => raw.messages.some(({ id }) => id === 'b'));
    expect(raw.messages.find(({ id }) => id === 'b')).toMatchObject({
      payload: { data: { sold: { cursor: 'c1', product: { name: 'Chair' } } } },
    });
    raw.socket.close();
    const refused = await openRaw(world, '/graphql/nobody').catch((error: Error) => error.message);
    expect(refused).toMatch(/404/);
    const body = { query: 'subscription { written { cursor } }' };
    const stream = await openResponse(world, { path: '/graphql/shop', headers: { accept: 'text/event-stream' }, body });
    await until(() => stream.ended() !== false);
    expect(stream.text()).toMatch(/Cannot query field/);
  });
});

test('a swap changes the schemas of audiences as well', async () => {
  await using world = await openWorld({ env: { AUDIENCES: 'shop=shop' } });
  const [before, after] = [catalogue(), catalogue('grown: String @tag(name: "shop")')];
  const fields = async (): Promise<string> => {
    const headers = { audience: 'shop' };
    return JSON.stringify(await world.ask('{ __type(name: "Query") { fields { name } } }', { headers }));
  };
  await world.gateway.swap(compose([world.identity.service, before.service]), [before.service]);
  expect(await fields()).not.toContain('grown');
  await world.gateway.swap(compose([world.identity.service, after.service]), [after.service]);
  expect(await fields()).toContain('grown');
});

test.each(['shop', 'Shop=a', 'shop=', 'shop=a|b', 'shop=a,shop=b', 'none,shop=a'])(
  '%s is no list of audiences',
  (given) => {
    expect(() => readConfig({ AUDIENCES: given }, [])).toThrow(/^AUDIENCES: /);
  },
);
