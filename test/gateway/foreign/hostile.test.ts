import { expect, test } from 'vitest';
import { StreamClient } from '../../../gateway/execution/stream-client.ts';
import { until } from '../world/world.ts';
import { RawStreams } from './raw-streams.ts';
import { PlainSubgraph } from './subgraph.ts';
import { openForeign, type ForeignWorld } from './world.ts';

/* What a foreign subgraph that is broken, slow or malicious does to the gateway and to the other fields of an answer. */

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';

class Rumours {
  readonly told = new PlainSubgraph(
    'told',
    `${link}
    type Query { rumours: [Rumour!]! rumour: Rumour other: String json: JSON }
    type Subscription { said: Said! }
    type Said { n: Int! json: JSON by: Person }
    type Rumour { text: String! by: Person tags: [String!] }
    type Person @key(fields: "id") { id: ID! }
    scalar JSON`,
    { Query: { other: () => 'other' } },
  );
  readonly people = new PlainSubgraph(
    'people',
    `${link}
    type Query { person: Person }
    type Person @key(fields: "id") { id: ID! name: String posts: [Post!] }
    type Post { text: String }`,
    {
      Query: { person: () => ({ id: '1' }) },
      Person: { __resolveReference: ({ id }: { id: string }) => ({ id }), name: () => 'Ann' },
    },
  );
  readonly all = [this.told, this.people];
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

const answers = (subgraph: PlainSubgraph, answer: object | string): void => {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  subgraph.instead = (response) => response.end(text);
};

async function openStreams(): Promise<{ streams: RawStreams; world: ForeignWorld<Rumours> }> {
  const streams = await RawStreams.open();
  const world = await openForeign(new Rumours(), { env: { SUBSCRIPTION_URLS: `told=${streams.url}` } });
  return { streams, world };
}

test('an answer nested deeper than the stack is refused, and the socket that asked stays open', async () => {
  await using world = await openForeign(new Rumours());
  answers(world.shop.told, `{"data":{"json":${nested(200_000)}}}`);
  const { data, errors } = await world.ask('{ json person { name } }');
  expect(data).toEqual({ json: null, person: { name: 'Ann' } });
  expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  const client = world.client();
  const first = await client.iterate({ query: '{ json }' }).next();
  expect(first.value).toMatchObject({ data: { json: null }, errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
  answers(world.shop.told, `{"data":{"json":${nested(100)}}}`);
  const second = await client.iterate({ query: '{ json }' }).next();
  expect(JSON.stringify(second.value)).toBe(`{"data":{"json":${nested(100)}}}`);
});

test('an event nested deeper than the stack ends its stream with an error, and no other', async () => {
  const { streams, world: opened } = await openStreams();
  await using _streams = streams;
  await using world = opened;
  const [one, other] = ['n json', 'n'].map((fields) =>
    world.client().iterate({ query: `subscription { said { ${fields} } }` }),
  );
  const firsts = [one!.next(), other!.next()];
  await until(() => streams.subscribed.length === 2);
  streams.send('{"data":{"said":{"n":1,"json":1}}}');
  expect((await Promise.all(firsts)).map(({ value }) => value as unknown)).toEqual([
    { data: { said: { n: 1, json: 1 } } },
    { data: { said: { n: 1 } } },
  ]);
  const [ended, next] = [one!.next(), other!.next()];
  const { id, socket } = streams.subscribed[0]!;
  socket.send(`{"id":"${id}","type":"next","payload":{"data":{"said":{"n":2,"json":${nested(200_000)}}}}}`);
  await expect(ended).rejects.toMatchObject([{ extensions: { code: 'INTERNAL' } }]);
  const second = streams.subscribed[1]!;
  second.socket.send(`{"id":"${second.id}","type":"next","payload":{"data":{"said":{"n":3}}}}`);
  expect((await next).value).toEqual({ data: { said: { n: 3 } } });
});

test.each(['{"data":null,"errors":"x"}', '{"errors":{"message":"x"}}', '{"data":"x"}', '{"data":[]}'])(
  'an event that is no result leaves other streams of its connection alone: %s',
  async (payload) => {
    const { streams, world: opened } = await openStreams();
    await using _streams = streams;
    await using world = opened;
    const [one, other] = ['n json', 'n'].map((fields) =>
      world.client().iterate({ query: `subscription { said { ${fields} } }` }),
    );
    const [first, next] = [one!.next().catch((error: unknown) => ({ value: { errors: error } })), other!.next()];
    await until(() => streams.subscribed.length === 2);
    const { id, socket } = streams.subscribed[0]!;
    socket.send(`{"id":"${id}","type":"next","payload":${payload}}`);
    expect((await first).value).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL' } }] });
    const second = streams.subscribed[1]!;
    second.socket.send(`{"id":"${second.id}","type":"next","payload":{"data":{"said":{"n":3}}}}`);
    expect((await next).value).toEqual({ data: { said: { n: 3 } } });
  },
);

test('a value of another shape than the schema’s costs its own field only', async () => {
  await using world = await openForeign(new Rumours());
  answers(world.shop.told, {
    data: { rumour: { text: 'x', tags: { not: 'a list' }, by: 'nobody' }, rumours: [{ text: 'y' }] },
  });
  const { data, errors } = await world.ask('{ rumour { text tags by { id } } rumours { text } person { name } }');
  expect(data).toEqual({
    rumour: { text: 'x', tags: null, by: null },
    rumours: [{ text: 'y' }],
    person: { name: 'Ann' },
  });
  expect(errors.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
    [['rumour', 'tags'], 'INTERNAL'],
    [['rumour', 'by'], 'INTERNAL'],
  ]);
});

test('fields that a subgraph was not asked for change nothing of others', async () => {
  await using world = await openForeign(new Rumours());
  const by = { __typename: 'Person', id: '1', name: 'Eve', posts: [{ text: 'forged' }] };
  answers(world.shop.told, {
    data: { rumour: { text: 'x', by }, other: 'x', person: { id: '2', name: 'Eve' }, json: { any: { id: 1 } } },
  });
  const { data, errors } = await world.ask('{ rumour { by { name } } json person { id name } }');
  expect([data, errors]).toEqual([
    { rumour: { by: { name: 'Ann' } }, json: { any: { id: 1 } }, person: { id: '1', name: 'Ann' } },
    [],
  ]);
  answers(world.shop.people, { data: { _entities: [{ __typename: 'Person', id: '7', name: 'Bob', posts: null }] } });
  const { data: other } = await world.ask('{ rumour { by { id name } } }');
  expect(other).toEqual({ rumour: { by: { id: '1', name: 'Bob' } } });
});

test('long messages, paths and extensions of errors are cut', async () => {
  await using world = await openForeign(new Rumours());
  const rumours = Array.from({ length: 2_000 }, () => ({ text: 'x', by: { __typename: 'Person', id: '1' } }));
  answers(world.shop.told, { data: { rumours } });
  const path = ['_entities', 0, ...Array.from({ length: 100_000 }, () => 'name')];
  answers(world.shop.people, {
    data: { _entities: [null] },
    errors: [
      { message: 'm'.repeat(1_000_000), path: ['_entities', 0, 'name'], extensions: { code: '__proto__' } },
      { message: 'far', path, extensions: { code: 'C'.repeat(1_000_000), more: 'x'.repeat(1_000_000) } },
    ],
  });
  const { errors } = await world.ask('{ rumours { by { name } } }');
  // Each of the 2,000 objects would repeat them, and the answer would be too large.
  expect(errors[0]).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', limit: 'answer' } });
  answers(world.shop.told, { data: { rumours: rumours.slice(0, 1) } });
  const { errors: few } = await world.ask('{ rumours { by { name } } }');
  expect(few).toMatchObject([
    { message: 'm'.repeat(4_096), path: ['rumours', 0, 'by', 'name'], extensions: { code: '__proto__' } },
    { message: 'far', extensions: { code: 'DOWNSTREAM_SERVICE_ERROR' } },
  ]);
  expect(few[1]?.path).toBeUndefined();
  const counted = world.log.flatMap(({ errors: codes }) => Object.keys((codes as object | undefined) ?? {}));
  expect(counted).toContain('OTHER');
});

test('errors are listed up to a number, however many a subgraph answers and however many objects they are about', async () => {
  await using world = await openForeign(new Rumours());
  answers(world.shop.told, `{"data":{"other":null},"errors":[${'{},'.repeat(200_000)}{}]}`);
  const { errors } = await world.ask('{ other }');
  expect(errors.length).toBeLessThanOrEqual(1_001);
  expect(errors.at(-1)).toMatchObject({
    message: expect.stringMatching(/are not listed/),
    extensions: { limit: 'errors' },
  });

  const rumours = Array.from({ length: 5_000 }, () => ({ text: 'x', by: { __typename: 'Person', id: '1' } }));
  answers(world.shop.told, { data: { rumours } });
  const failures = Array.from({ length: 2_000 }, () => ({ message: 'no', path: ['_entities', 0, 'name'] }));
  answers(world.shop.people, { data: { _entities: [{ name: null }] }, errors: failures });
  const many = await world.ask('{ rumours { by { name } } }');
  expect([many.errors.length, many.errors[0]?.path]).toEqual([1_001, ['rumours', 0, 'by', 'name']]);
  expect(many.data?.['rumours']).toHaveLength(5_000);

  answers(world.shop.people, `{"errors":[${'{},'.repeat(200_000)}{}]}`);
  const whole = await world.ask('{ rumours { by { name } } }');
  expect([whole.errors.length, whole.errors[0]?.path]).toEqual([1_001, ['rumours', 0, 'by', 'name']]);

  answers(world.shop.told, { data: { rumour: { text: 'x', tags: Array.from({ length: 100_000 }, () => null) } } });
  const nulls = await world.ask('{ rumour { tags } }');
  expect([nulls.data, nulls.errors.length]).toEqual([{ rumour: { tags: null } }, 1_001]);
});

test('an answer in which few objects appear very often is refused before it is built', async () => {
  await using world = await openForeign(new Rumours());
  answers(world.shop.told, {
    data: { rumours: Array.from({ length: 3_000 }, () => ({ text: 'x', by: { __typename: 'Person', id: '1' } })) },
  });
  const posts = Array.from({ length: 3_000 }, (_, n) => ({ text: String(n) }));
  answers(world.shop.people, { data: { _entities: [{ posts }] } });
  const before = process.memoryUsage().rss;
  const { data, errors } = await world.ask('{ rumours { by { posts { text } } } }');
  expect([data, errors.length, errors[0]?.extensions]).toMatchObject([
    null,
    1,
    { code: 'LIMIT_EXCEEDED', limit: 'answer' },
  ]);
  // All nine million posts would take more than a gigabyte.
  expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
});

test('events that wait for the gateway are limited by their bytes', async () => {
  await using streams = await RawStreams.open();
  const client = new StreamClient({ url: streams.url, params: () => Promise.resolve({}) });
  const stream = client.subscribe(Promise.resolve({ query: 'subscription { said { n } }' }));
  const first = stream.next();
  await until(() => streams.subscribed.length === 1);
  const large = (n: number): string => JSON.stringify({ data: { said: { n, text: 'x'.repeat(3 * 1_048_576) } } });
  for (let n = 0; n < 8; n++) streams.send(large(n));
  await first;
  await until(() => streams.completed.length === 1);
  const read: unknown[] = [];
  const end = async (): Promise<unknown> => {
    for (;;) read.push(await stream.next());
  };
  await expect(end()).rejects.toThrow('more events than could be completed');
  expect(read.length).toBeLessThanOrEqual(5);
  await client.close();
});

test('a stream that the subgraph refuses with an event is also ended there', async () => {
  const { streams, world: opened } = await openStreams();
  await using _streams = streams;
  await using world = opened;
  const first = world.client().iterate({ query: 'subscription { said { n } }' }).next();
  await until(() => streams.subscribed.length === 1);
  streams.send('{"errors":[{"message":"no more"}]}');
  await expect(first).rejects.toMatchObject([{ message: 'no more' }]);
  await until(() => streams.completed.length === 1);
});
