import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openRaw } from './world/raw.ts';
import { openWorld, until } from './world/world.ts';

const subscription = 'subscription { bidPlaced { cursor } }';
const echo = (text: string) => ({ query: `{ echo(text: "${text}") }` });

test('an id reused right after complete gets only the answer of its new operation', async () => {
  await using world = await openWorld();
  const { say, messages } = await openRaw(world);
  let open = (): void => undefined;
  world.auctions.service.gate = new Promise((resolve) => (open = resolve));
  say({ type: 'subscribe', id: 'a', payload: echo('first') });
  await until(() => world.auctions.service.executed === 1);
  // Both in one write, while the first operation still runs.
  say({ type: 'complete', id: 'a' }, { type: 'subscribe', id: 'a', payload: echo('second') });
  await until(() => world.auctions.service.executed === 2);
  open();
  await until(() => messages.length === 2);
  expect(messages).toEqual([
    { id: 'a', type: 'next', payload: { data: { echo: 'second' } } },
    { id: 'a', type: 'complete' },
  ]);
  // The id is free again.
  say({ type: 'subscribe', id: 'a', payload: echo('third') });
  await until(() => messages.length === 4);
  expect(messages[2]).toMatchObject({ payload: { data: { echo: 'third' } } });
});

test('two subscriptions with one id around a complete in one write: the first ends, the second runs', async () => {
  await using world = await openWorld();
  const { say, messages } = await openRaw(world);
  say(
    { type: 'subscribe', id: '1', payload: { query: subscription } },
    { type: 'complete', id: '1' },
    { type: 'subscribe', id: '1', payload: { query: 'subscription { bidPlaced { cursor mine } }' } },
  );
  await until(() => world.auctions.service.streams === 1 && world.gateway.open().subscriptions === 1);
  world.auctions.bid();
  await until(() => messages.length === 1);
  expect(messages).toEqual([
    { id: '1', type: 'next', payload: { data: { bidPlaced: { cursor: 'c1', mine: false } } } },
  ]);
  say({ type: 'complete', id: '1' });
  await until(() => world.auctions.service.streams === 0 && world.gateway.open().streams === 0);
});

test('an id in use is refused as the protocol says', async () => {
  await using world = await openWorld();
  const { say, closed } = await openRaw(world);
  say(
    { type: 'subscribe', id: '1', payload: { query: subscription } },
    { type: 'subscribe', id: '1', payload: { query: subscription } },
  );
  expect(await closed).toEqual({ code: 4409, reason: 'Subscriber for 1 already exists' });
});

test('connection_init is kept with its connection, so that it has a length', async () => {
  await using world = await openWorld();
  const first = async (filler: number): Promise<unknown> => {
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const said = new Promise((resolve, reject) => {
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
      socket.once('error', reject);
    });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { filler: 'x'.repeat(filler) } }));
    const answer = await said;
    socket.terminate();
    return answer;
  };
  expect(await first(65_000)).toMatchObject({ type: 'connection_ack' });
  expect(await first(66_000)).toEqual({
    code: 4400,
    reason: 'A connection_init message may have at most 65536 bytes.',
  });
});
