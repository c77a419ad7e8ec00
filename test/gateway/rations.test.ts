import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { anonymous } from '../../platform/context/actor.ts';
import { addressOf, consumerOf } from '../../gateway/limits/consumer.ts';
import { Gcra } from '../../gateway/limits/gcra.ts';
import { openRaw } from './world/raw.ts';
import { openWorld, until, type World } from './world/world.ts';

const tiny = '{ echo(text: "x") }';
const limits = (list: string) => ({ env: { LIMITS: list } });

/** A gate that is closed until it is opened. */
function gate(): { shut: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const shut = new Promise<void>((resolve) => (open = resolve));
  return { shut, open };
}

async function keyed(world: World, id: string): Promise<Record<string, string>> {
  world.identity.people.set(id, {});
  return { authorization: `Bearer ${await world.identity.token(id)}` };
}

test('a rate lets a burst pass, then what time has earned, and never a double burst', () => {
  let now = 0;
  const rates = new Gcra(10, () => now);
  const bucket = { rate: 10, burst: 30 };
  for (let n = 0; n < 3; n += 1) {
    expect(rates.wait('a', 10, bucket)).toBe(0);
    rates.take('a', 10, bucket);
  }
  expect(rates.wait('a', 10, bucket)).toBe(1_000);
  expect(rates.wait('b', 10, bucket)).toBe(0);
  now = 999;
  expect(rates.wait('a', 10, bucket)).toBeCloseTo(1);
  now = 1_000;
  expect(rates.wait('a', 10, bucket)).toBe(0);
  // An amount above the burst is not refused for ever: it waits for the full burst, and is repaid.
  now = 3_000;
  expect(rates.wait('a', 100, bucket)).toBe(0);
  rates.take('a', 100, bucket);
  expect(rates.wait('a', 10, bucket)).toBe(8_000);
});

test('an address is an IPv4 address or the /64 of an IPv6 one', () => {
  expect(addressOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(addressOf('2001:db8:1:2:aaaa::1')).toBe(addressOf('2001:0DB8:1:2:ffff:1:2:3'));
  expect(addressOf('2001:db8:1:3::1')).not.toBe(addressOf('2001:db8:1:2::1'));
  expect(addressOf('::1')).toBe('0:0:0:0::/64');
  expect(addressOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(addressOf('64:ff9b::192.0.2.1')).toBe('64:ff9b:0:0::/64');
});

test('a service is charged by key, by service and by address', () => {
  const service = { ...anonymous(), id: 'svc_x', kind: 'SERVICE' as const };
  const keys = consumerOf(service, 'key main abc', '192.0.2.7').accounts.map(({ key, times }) => [key, times]);
  expect(keys).toEqual([
    ['key main abc', 1],
    ['main svc_x', 4],
    ['analyst 192.0.2.7', 4],
  ]);
});

test('excess gets TOO_MANY with the time to wait, in the body and as a header; other clients are unaffected', async () => {
  await using world = await openWorld(limits('anonymous.rate=1,anonymous.burst=250'));
  expect((await world.ask(tiny)).status).toBe(200);
  expect((await world.ask(tiny)).status).toBe(200);
  const refused = await world.ask(tiny);
  expect(refused.status).toBe(429);
  expect(refused.errors[0]).toMatchObject({
    message: expect.stringContaining('your address') as string,
    extensions: { code: 'TOO_MANY', retryable: true, retryAfter: expect.any(Number) as number },
  });
  expect(refused.headers.get('retry-after')).toBe(String(refused.errors[0]?.extensions['retryAfter']));
  expect((await world.ask(tiny, { headers: await keyed(world, 'usr_a') })).status).toBe(200);
  const overSocket = world.listen(tiny);
  await until(() => overSocket.errors.length === 1);
  expect(overSocket.errors[0]?.extensions).toMatchObject({
    code: 'TOO_MANY',
    retryAfter: expect.any(Number) as number,
  });
});

test('operations are charged by estimated objects, and refused before planning', async () => {
  await using world = await openWorld(limits('anonymous.rate=1,anonymous.burst=2000'));
  const wide = '{ auctions(first: 100) { nodes { related(first: 10) { nodes { id } } } } }';
  expect((await world.ask(wide)).status).toBe(200);
  expect((await world.ask(wide)).errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
  expect(world.auctions.service.executed).toBe(1);
});

test('many accounts from one address together get four times one ration', async () => {
  await using world = await openWorld(limits('signedIn.rate=1,signedIn.burst=150'));
  const statuses: number[] = [];
  for (let n = 0; n < 7; n += 1)
    statuses.push((await world.ask(tiny, { headers: await keyed(world, `usr_${n}`) })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
});

test('sent bytes are repaid before the next operation', async () => {
  await using world = await openWorld(limits('anonymous.traffic=1,anonymous.trafficBurst=4000'));
  const echo = 'query ($t: String) { echo(text: $t) }';
  expect((await world.ask(echo, { variables: { t: 'x'.repeat(3_000) } })).status).toBe(200);
  const refused = await world.ask(tiny);
  expect(refused.errors[0]).toMatchObject({
    message: expect.stringContaining('bytes per second') as string,
    extensions: { code: 'TOO_MANY' },
  });
});

test('invalid tokens from one address are verified a hundred times, and then refused', async () => {
  await using world = await openWorld();
  let answer = await world.ask(tiny, { headers: { authorization: 'Bearer esk_none' } });
  expect(answer.status).toBe(401);
  await Promise.all(
    Array.from({ length: 110 }, () => world.ask(tiny, { headers: { authorization: 'Bearer esk_none' } })),
  );
  await until(async () => {
    answer = await world.ask(tiny, { headers: { authorization: 'Bearer esk_none' } });
    return answer.status === 429;
  });
  expect(answer.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY', retryAfter: expect.any(Number) as number });
  expect((await world.ask(tiny)).status).toBe(200);
});

test('invalid tokens from an address do not lock out clients there that are recognised without a lookup', async () => {
  await using world = await openWorld();
  const bad = { headers: { authorization: 'Bearer esk_none' } };
  world.identity.keys.set('esk_good', {});
  const service = { headers: { authorization: 'Bearer esk_good' } };
  expect((await world.ask(tiny, service)).status).toBe(200);
  // All are admitted before the first is refused: the debt takes twenty seconds.
  const { shut, open } = gate();
  world.identity.service.gate = shut;
  const before = world.identity.service.executed;
  const bads = Array.from({ length: 300 }, (_, n) =>
    world.ask(tiny, { headers: { authorization: `Bearer esk_${n}` } }),
  );
  await until(() => world.identity.service.executed === before + 300);
  open();
  await Promise.all(bads);
  expect((await world.ask(tiny, bad)).status).toBe(429);
  // A key that was valid before, a token by its signature, over HTTP and over WebSocket.
  expect((await world.ask(tiny, service)).status).toBe(200);
  const headers = await keyed(world, 'usr_new');
  expect((await world.ask(tiny, { headers })).status).toBe(200);
  const listening = world.listen(tiny, { params: headers });
  await until(() => listening.results.length === 1);
  expect(listening.results[0]?.errors).toBeUndefined();
  // A token with a wrong signature is not recognised.
  const forged = { headers: { authorization: `${headers['authorization']?.replace(/[^.]*$/, '')}${'A'.repeat(86)}` } };
  expect((await world.ask(tiny, forged)).status).toBe(429);
  expect((await world.ask(tiny, { headers: { authorization: 'Bearer esk_unknown' } })).status).toBe(429);
});

test('tokens and keys verified at once from one address are limited, and other addresses are unaffected', async () => {
  await using world = await openWorld();
  const { shut, open } = gate();
  world.identity.service.gate = shut;
  const statuses: number[] = [];
  const tries = Array.from({ length: 420 }, async (_, n) => {
    statuses.push((await world.ask(tiny, { headers: { authorization: `Bearer esk_${n}` } })).status);
  });
  await until(() => statuses.length === 20);
  expect(new Set(statuses)).toEqual(new Set([429]));
  expect((await world.ask(tiny)).status).toBe(200);
  open();
  await Promise.all(tries);
  expect(world.identity.asked).toBe(400);
  expect(statuses.filter((status) => status === 401)).toHaveLength(400);
});

test('concurrent operations are counted until they end', async () => {
  await using world = await openWorld(limits('anonymous.atOnce=1'));
  const { shut, open } = gate();
  world.auctions.service.gate = shut;
  const first = world.ask(tiny);
  await until(() => world.auctions.service.executed === 1);
  expect(await world.ask(tiny)).toMatchObject({ status: 429, errors: [{ extensions: { retryAfter: 1 } }] });
  open();
  expect((await first).status).toBe(200);
  await until(async () => (await world.ask(tiny)).status === 200);
});

test.each(['own', 'apollo'] as const)(
  'an operation ends in time with the %s executor, locally as well; a sent mutation continues, and its client is told',
  async (executor) => {
    await using world = await openWorld({ executor, ...limits('anonymous.time=150') });
    const { shut, open } = gate();
    world.auctions.service.gate = shut;
    const query = await world.ask('{ auction(id: "auc_1") { title asset { name } } }');
    expect(query.data).toEqual({ auction: null });
    expect(query.errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', os: 'auction', retryable: true });
    const place = 'mutation { bidPlace(input: { auctionId: "auc_1", amount: "5.00" }) { amount } }';
    for (const answer of [await world.ask(place), await overSocket(world, place)]) {
      expect(answer.errors?.[0]).toMatchObject({
        message: expect.stringContaining('Check before you send it again') as string,
        extensions: { code: 'UNAVAILABLE', os: 'auction', retryable: false },
      });
    }
    expect(world.auctions.bids.entries).toHaveLength(0);
    open();
    await until(() => world.auctions.bids.entries.length === 2);
    expect(world.assets.executed).toBe(0);
  },
);

async function overSocket(world: World, query: string) {
  const listening = world.listen(query);
  await until(() => listening.results.length === 1);
  return listening.results[0] ?? {};
}

test('the rest of a mutation whose time is over does not start', async () => {
  await using world = await openWorld(limits('anonymous.time=150'));
  const { shut, open } = gate();
  world.auctions.service.gate = shut;
  const query = `mutation {
    bidPlace(input: { auctionId: "auc_1", amount: "1" }) { amount }
    assetName(id: "ast_1", name: "Later") { id }
  }`;
  const answer = await world.ask(query);
  open();
  expect(answer.errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  expect(world.auctions.service.executed).toBe(1);
  expect(world.assets.executed).toBe(0);
});

test('a plan ends when its client leaves, over HTTP and WebSocket', async () => {
  // Each of the three makes its own call.
  await using world = await openWorld({ env: { SHARE_FETCHES: '0' } });
  const { shut, open } = gate();
  world.auctions.service.gate = shut;
  const query = '{ auction(id: "auc_1") { title asset { name } } }';
  const leaving = new AbortController();
  const asked = fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: leaving.signal,
  }).catch(() => null);
  const client = world.client();
  const listening = world.listen(query, { client });
  const other = world.listen(query, { client });
  await until(() => world.auctions.service.executed === 3);
  const logged = () => world.log.filter((line) => line['msg'] === 'operation').length;
  leaving.abort();
  listening.stop();
  await asked;
  await until(() => logged() === 2);
  client.terminate();
  await until(() => logged() === 3);
  open();
  expect(other.results).toEqual([]);
  world.auctions.service.gate = null;
  expect((await world.ask(tiny)).status).toBe(200);
  expect(world.assets.executed).toBe(0);
});

test('an oversized answer is not sent, over HTTP and WebSocket, and a mutation’s client is told that it was executed', async () => {
  await using world = await openWorld(limits('anonymous.answer=2000'));
  const place = 'mutation ($a: String!) { bidPlace(input: { auctionId: "auc_1", amount: $a }) { amount } }';
  const variables = { a: '9'.repeat(3_000) };
  const refused = await world.ask(place, { variables });
  expect(refused.status).toBe(400);
  expect(refused.data).toBeUndefined();
  const listening = world.listen(place, { variables });
  await until(() => listening.errors.length === 1);
  for (const error of [refused.errors[0], listening.errors[0]]) {
    expect(error).toMatchObject({
      message: expect.stringContaining('The mutation was executed') as string,
      extensions: { code: 'LIMIT_EXCEEDED', limit: 'answer', allowed: 2000, retryable: false },
    });
  }
  expect(world.auctions.bids.entries).toHaveLength(2);
  const stream = world.listen('subscription { bidPlaced { cursor bid { amount } } }');
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid('auc_1', variables.a);
  await until(() => stream.errors.length === 1);
  expect(stream.errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'answer' });
});

/** More than the buffers between two processes hold. */
const large = {
  query: `query ($t: String) { ${Array.from({ length: 10 }, (_, n) => `a${n}: echo(text: $t)`).join(' ')} }`,
  variables: { t: 'x'.repeat(1_000_000) },
};
const roomy = 'anonymous.answer=100000000,anonymous.body=2000000,anonymous.trafficBurst=1000000000';

test('a client that does not read an HTTP answer is cut, and frees its place', async () => {
  await using world = await openWorld(limits(`${roomy},anonymous.taking=50,anonymous.atOnce=1`));
  const { port, hostname } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  const body = JSON.stringify(large);
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await until(() => world.auctions.service.executed === 1);
  await until(async () => (await world.ask(tiny)).status === 200, 'the cut');
  socket.destroy();
});

test('a client that does not read from its WebSocket is cut, even if it answers pings', async () => {
  await using world = await openWorld(limits(`${roomy},anonymous.taking=50`));
  const { socket, say } = await openRaw(world);
  socket.pause();
  say({ type: 'subscribe', id: '1', payload: large });
  await until(() => world.auctions.service.executed === 1);
  await until(() => {
    socket.pong();
    return world.gateway.open().sockets === 0;
  }, 'the cut');
  socket.terminate();
});

test('any further message on a full buffer cuts the connection, including pings of both protocols', async () => {
  for (const ping of ['message', 'frame'] as const) {
    await using world = await openWorld(limits('anonymous.answer=10000'));
    const { socket, say } = await openRaw(world);
    socket.pause();
    const payload = { x: 'x'.repeat(900) };
    await until(() => {
      for (let n = 0; n < 2_000; n += 1)
        if (ping === 'message') say({ type: 'ping', payload });
        else socket.ping(Buffer.alloc(125));
      return world.gateway.open().sockets === 0;
    }, `the cut after pings as a ${ping}`);
    socket.terminate();
  }
}, 60_000);

test.each([
  ['a large ping', { type: 'ping', payload: { x: 'x'.repeat(2_000) } }, 4400],
  ['a large pong', { type: 'pong', payload: { x: 'x'.repeat(2_000) } }, 4400],
  ['a very long id', { type: 'subscribe', id: 'x'.repeat(200), payload: { query: tiny } }, 4400],
  ['an invalid message', { kind: 'nothing' }, 4400],
])('%s ends the connection', async (_what, message, code) => {
  await using world = await openWorld();
  const { say, closed } = await openRaw(world);
  say(message);
  expect((await closed).code).toBe(code);
});

test('anonymous sockets are counted by address, and one too many is closed with the code of TOO_MANY', async () => {
  await using world = await openWorld(limits('anonymous.sockets=2'));
  const first = await openRaw(world);
  await openRaw(world);
  const third = await openRaw(world);
  expect(await third.closed).toMatchObject({ code: 4430, reason: expect.stringContaining('TOO_MANY') as string });
  first.socket.close();
  await until(() => world.gateway.open().sockets === 1);
  await openRaw(world);
  expect(world.gateway.open().sockets).toBe(2);
});

test('unauthenticated sockets from one address are limited', async () => {
  await using world = await openWorld(limits('anonymous.sockets=1'));
  const { port, hostname } = new URL(world.url);
  const upgrade = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.write(
        'GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n',
      );
      socket.once('data', (data) => resolve(data.toString().split('\r\n', 1)[0] ?? ''));
    });
  const answers: string[] = [];
  for (let n = 0; n < 5; n += 1) answers.push(await upgrade());
  expect(answers.map((line) => line.split(' ')[1])).toEqual(['101', '101', '101', '101', '429']);
});
