import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { readNotes } from '../../../gateway/supergraph/notes.ts';
import { withSpecNames } from '../../../gateway/supergraph/specs.ts';
import { EventQueue } from '../../../platform/streams/event-queue.ts';
import { until } from '../world/world.ts';
import { IssuerServer } from './issuer-server.ts';
import { PlainSubgraph } from './subgraph.ts';
import { bearer, refused } from './viewers.ts';
import { composed, openForeign, type ForeignWorld } from './world.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@policy"])';

/** People, with a field for each directive, and their files in another subgraph. */
class Clinic {
  readonly changes = new Set<EventQueue<object>>();
  readonly people = new PlainSubgraph(
    'people',
    `${link}
    type Query { me: Person secret: String! @authenticated found: [Found!]! }
    type Mutation { fire: Person @requiresScopes(scopes: [["hr"]]) }
    type Subscription { changed: Change! secrets: Change! @authenticated }
    type Change { at: Int! person: Person! }
    type Person @key(fields: "id") {
      id: ID!
      name: String!
      email: String @authenticated
      salary: Int! @requiresScopes(scopes: [["pay:read", "hr"], ["admin"]])
      notes: String @policy(policies: [["doctor"], ["nurse", "night"]])
      badge: Badge
      card: Money
      friend: Person
    }
    type Badge @authenticated { number: Int! }
    scalar Money @requiresScopes(scopes: [["pay:read"]])
    interface Found { id: ID! title: String }
    type Book implements Found { id: ID! title: String pages: Int }
    type Paper implements Found { id: ID! title: String @requiresScopes(scopes: [["papers"]]) }`,
    {
      Query: {
        me: () => person,
        secret: () => 'open sesame',
        found: () => [
          { __typename: 'Book', id: 'b', title: 'Book', pages: 3 },
          { __typename: 'Paper', id: 'p', title: 'Paper' },
        ],
      },
      Mutation: { fire: () => person },
      Subscription: { changed: { subscribe: () => this.open() }, secrets: { subscribe: () => this.open() } },
      Person: { __resolveReference: () => person, friend: () => person },
      Found: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    },
  );
  readonly files = new PlainSubgraph(
    'files',
    `${link}
    type Query { shelf: String }
    type Person @key(fields: "id") { id: ID! files: [String!] @authenticated }`,
    { Person: { __resolveReference: ({ id }: { id: string }) => ({ id }), files: () => ['x-ray'] } },
  );
  readonly all = [this.people, this.files];

  change(at: number): void {
    for (const stream of this.changes) stream.push({ changed: { at, person }, secrets: { at, person } });
  }

  private open(): EventQueue<object> {
    const stream: EventQueue<object> = new EventQueue<object>({ onReturn: () => this.changes.delete(stream) });
    this.changes.add(stream);
    return stream;
  }
}

const person = {
  id: '1',
  name: 'Ann',
  email: 'ann@example.org',
  salary: 100,
  notes: 'well',
  badge: { number: 7 },
  card: '5.00',
};

const open = (issuer: IssuerServer, env: Record<string, string> = {}) =>
  openForeign(new Clinic(), { env: { ...issuer.env, ...env } });

/** The texts that a subgraph was asked for. */
const askedOf = (world: ForeignWorld<Clinic>): string => {
  const text = world.shop.all.flatMap(({ operations }) => operations.map(({ query }) => query)).join('\n');
  for (const { received } of world.shop.all) received.length = 0;
  return text;
};

const executors = ['own', 'apollo'];

test.each(executors)(
  'what a viewer may not see is null with an error and not fetched (%s executor)',
  async (executor) => {
    await using issuer = await IssuerServer.open();
    await using world = await open(issuer, { GATEWAY_EXECUTOR: executor });
    const query = '{ me { name email notes badge { number } card files friend { email name } } }';
    const { status, data, errors } = await world.ask(query);
    expect(status).toBe(200);
    expect(data).toEqual({
      me: {
        name: 'Ann',
        email: null,
        notes: null,
        badge: null,
        card: null,
        files: null,
        friend: { email: null, name: 'Ann' },
      },
    });
    expect(errors).toEqual(refused('me.email', 'me.notes', 'me.badge', 'me.card', 'me.files', 'me.friend.email'));
    expect(askedOf(world)).not.toMatch(/email|notes|badge|card|files/);

    const headers = await bearer(issuer, { scope: 'openid pay:read', policies: ['doctor'] });
    const signedIn = await world.ask(query, { headers });
    expect([signedIn.errors, signedIn.data]).toEqual([
      [],
      {
        me: {
          name: 'Ann',
          email: 'ann@example.org',
          notes: 'well',
          badge: { number: 7 },
          card: '5.00',
          files: ['x-ray'],
          friend: { email: 'ann@example.org', name: 'Ann' },
        },
      },
    ]);
  },
);

test.each([
  [{}, false],
  [{ scope: 'hr' }, false],
  [{ scope: 'pay:read hr' }, true],
  [{ scp: ['hr', 'pay:read'] }, true],
  [{ scope: 'admin' }, true],
  [{ roles: ['admin'] }, false],
])('requiresScopes is any of the lists, each whole: %o', async (claims, isAllowed) => {
  await using issuer = await IssuerServer.open();
  await using world = await open(issuer);
  const { data, errors } = await world.ask('{ me { name salary } }', { headers: await bearer(issuer, claims) });
  // A non-null field that may not be seen makes its object null.
  expect(data).toEqual({ me: isAllowed ? { name: 'Ann', salary: 100 } : null });
  expect(errors).toEqual(isAllowed ? [] : refused('me.salary'));
});

test('policies are read from a configured claim', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await open(issuer, { POLICIES_CLAIM: 'roles' });
  const notesFor = async (claims: object): Promise<unknown> =>
    (await world.ask('{ me { notes } }', { headers: await bearer(issuer, claims) })).data;
  expect(await notesFor({ roles: ['nurse'], policies: ['doctor'] })).toEqual({ me: { notes: null } });
  expect(await notesFor({ roles: 'night nurse' })).toEqual({ me: { notes: 'well' } });
});

test.each(executors)(
  'nothing is asked if nothing is left, and mutations do not run (%s executor)',
  async (executor) => {
    await using issuer = await IssuerServer.open();
    await using world = await open(issuer, { GATEWAY_EXECUTOR: executor });
    expect(await world.ask('{ secret }')).toMatchObject({ data: null, errors: refused('secret') });
    const fired = await world.ask('mutation { fire { name } }', {
      headers: await bearer(issuer, { scope: 'pay:read' }),
    });
    expect(fired).toMatchObject({ data: { fire: null }, errors: refused('fire') });
    expect(askedOf(world)).toBe('');
    const allowed = await world.ask('mutation { fire { name } }', { headers: await bearer(issuer, { scope: 'hr' }) });
    expect(allowed).toMatchObject({ data: { fire: { name: 'Ann' } }, errors: [] });
  },
);

test.each(executors)('aliases, fragments and conditions hide no field (%s executor)', async (executor) => {
  await using issuer = await IssuerServer.open();
  await using world = await open(issuer, { GATEWAY_EXECUTOR: executor });
  const query = `query ($with: Boolean = false, $without: Boolean!) {
    me { ...P e: email @include(if: $with) n: notes @skip(if: $without) ... on Person { __typename: name mail: email } }
    again: me { id ... @include(if: $with) { notes } }
  }
  fragment P on Person { name ...Q }
  fragment Q on Person { email }`;
  const { data, errors } = await world.ask(query, { variables: { without: true } });
  expect(data).toEqual({ me: { name: 'Ann', email: null, __typename: 'Ann', mail: null }, again: { id: '1' } });
  expect(errors).toEqual(refused('me.email', 'me.mail'));
  const more = await world.ask(query, { variables: { with: true, without: false } });
  expect(more.errors).toEqual(refused('me.email', 'me.e', 'me.n', 'me.mail', 'again.notes'));
  expect(askedOf(world)).not.toMatch(/email|notes/);
});

test('a field of an interface is only for those who may see it in all its types', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await open(issuer);
  const query = '{ found { __typename id title } }';
  const { data, errors } = await world.ask(query);
  expect(data).toEqual({
    found: [
      { __typename: 'Book', id: 'b', title: null },
      { __typename: 'Paper', id: 'p', title: null },
    ],
  });
  expect(errors).toEqual(refused('found.title'));
  const { data: all } = await world.ask(query, { headers: await bearer(issuer, { scope: 'papers' }) });
  expect(all).toMatchObject({ found: [{ title: 'Book' }, { title: 'Paper' }] });
  const { data: books, errors: none } = await world.ask('{ found { ... on Book { title } ... on Paper { id } } }');
  expect([books, none]).toEqual([{ found: [{ title: 'Book' }, { id: 'p' }] }, []]);
});

test('events have nulls with errors for what a subscriber may not see, and streams are shared by those who see the same', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await open(issuer);
  const query = 'subscription { changed { at person { name email files } } }';
  const anonymous = [1, 2].map(() => world.client().iterate({ query }));
  const signedIn = world.client(await bearer(issuer, {})).iterate({ query });
  const events = [...anonymous, signedIn].map((stream) => stream.next());
  await until(() => world.gateway.open().subscriptions === 3 && world.shop.changes.size === 2);
  world.shop.change(1);
  const [first, second, third] = (await Promise.all(events)).map(({ value }) => value as { errors?: unknown });
  expect(first).toEqual({
    data: { changed: { at: 1, person: { name: 'Ann', email: null, files: null } } },
    errors: refused('changed.person.email', 'changed.person.files'),
  });
  expect(second).toEqual(first);
  expect(third).toEqual({
    data: { changed: { at: 1, person: { name: 'Ann', email: 'ann@example.org', files: ['x-ray'] } } },
  });
  for (const stream of [...anonymous, signedIn]) await stream.return?.();
  const refusal = await world
    .client()
    .iterate({ query: 'subscription { secrets { at } }' })
    .next()
    .catch((error: unknown) => error);
  expect(refusal).toMatchObject([{ extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }]);
});

test('a stream ends when a new token of its viewer allows less', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await open(issuer);
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const said: { type: string; payload?: unknown }[] = [];
  socket.on('message', (data: Buffer) => said.push(JSON.parse(data.toString()) as (typeof said)[number]));
  await new Promise((resolve) => socket.once('open', resolve));
  const send = (message: object): void => socket.send(JSON.stringify(message));
  send({ type: 'connection_init', payload: await bearer(issuer, { scope: 'pay:read hr' }) });
  await until(() => said.some(({ type }) => type === 'connection_ack'));
  send({ type: 'subscribe', id: '1', payload: { query: 'subscription { changed { person { salary } } }' } });
  await until(() => world.shop.changes.size === 1);
  world.shop.change(1);
  await until(() => said.some(({ type }) => type === 'next'));
  expect(said.at(-1)?.payload).toEqual({ data: { changed: { person: { salary: 100 } } } });
  send({ type: 'ping', payload: await bearer(issuer, { scope: 'pay:read' }) });
  await until(() => said.some(({ type }) => type === 'pong'));
  world.shop.change(2);
  await until(() => said.some(({ type }) => type === 'error'));
  expect(said.at(-1)?.payload).toMatchObject([{ extensions: { code: 'RIGHTS_CHANGED' } }]);
  socket.terminate();
});

test('directives that @link renames are enforced, and others of the same name are not', () => {
  const renamed = new PlainSubgraph(
    'renamed',
    `extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{ name: "@authenticated", as: "@members" }])
    type Query { a: String @members b: String }`,
    {},
  );
  renamed.url = 'http://127.0.0.1:1/';
  const noted = (sdl: string, field: string) =>
    readNotes(withSpecNames(parse(sdl)))
      .get('Query')
      ?.fields.get(field)?.guards ?? null;
  const sdl = composed([renamed]);
  expect(noted(sdl, 'a')).toEqual([{ signedIn: true, scopes: null, policies: null }]);
  expect(noted(sdl, 'b')).toBeNull();
  const others = `schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://example.org/policy/v1.0", import: ["@policy"]) { query: Query }
    directive @policy(name: String) on FIELD_DEFINITION
    type Query { a: String @policy(name: "cookies") }`;
  expect(noted(others, 'a')).toBeNull();
  const broken = `schema @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY) { query: Query }
    type Query { a: String @policy }`;
  expect(() => noted(broken, 'a')).toThrow('@policy has no policies.');
});

test('aliases that the planner uses are kept in events of which something is removed', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await open(issuer);
  const query =
    'subscription { changed { at person { __typename: name id: email friend { __typename: name id: name mail: email } } } }';
  const stream = world.client().iterate({ query });
  const next = stream.next();
  await until(() => world.shop.changes.size === 1);
  world.shop.change(1);
  expect((await next).value).toEqual({
    data: {
      changed: {
        at: 1,
        person: { __typename: 'Ann', id: null, friend: { __typename: 'Ann', id: 'Ann', mail: null } },
      },
    },
    errors: refused('changed.person.id', 'changed.person.friend.mail'),
  });
  await stream.return?.();
});
