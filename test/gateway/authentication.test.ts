import { expect, test, vi } from 'vitest';
import { openWorld } from './world/world.ts';

const who = '{ whoAmI }';

test('a valid token names its principal, and identity provides its rights', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', { memberships: [{ organizationId: 'org_1', role: 'ADMIN' }], rightsVersion: 7 });
  const token = await world.identity.token('usr_a', { unv: 'mars' });
  const answer = await world.ask(who, { headers: { authorization: `Bearer ${token}`, 'acting-for': 'org_1' } });
  expect(answer.data?.['whoAmI']).toMatchObject({
    actor: {
      id: 'usr_a',
      kind: 'USER',
      sessionId: 'ses_usr_a',
      universe: 'mars',
      rightsVersion: 7,
      memberships: [{ organizationId: 'org_1', role: 'ADMIN' }],
    },
    universe: 'mars',
    actingFor: 'org_1',
  });
});

test.each([
  ['is not a token', async () => 'Bearer nonsense', 'UNAUTHENTICATED'],
  ['has another scheme', async () => 'Basic dXNlcjpwYXNz', 'UNAUTHENTICATED'],
  [
    'comes from another issuer',
    async (world: Awaited<ReturnType<typeof openWorld>>) =>
      `Bearer ${await world.identity.token('usr_a', { issuer: 'mallory' })}`,
    'UNAUTHENTICATED',
  ],
  [
    'has expired',
    async (world: Awaited<ReturnType<typeof openWorld>>) =>
      `Bearer ${await world.identity.token('usr_a', { seconds: -1 })}`,
    'EXPIRED',
  ],
  [
    'was modified',
    async (world: Awaited<ReturnType<typeof openWorld>>) =>
      `Bearer ${(await world.identity.token('usr_a')).replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ sub: 'usr_admin', exp: 9e9, iss: 'ensemble', iat: 1 })).toString('base64url')}.`)}`,
    'UNAUTHENTICATED',
  ],
  [
    'is unsigned',
    async () =>
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"usr_a","exp":9999999999,"iss":"ensemble"}').toString('base64url')}.`,
    'UNAUTHENTICATED',
  ],
  [
    'claims to be the gateway',
    async (world: Awaited<ReturnType<typeof openWorld>>) => `Bearer ${await world.identity.token('svc_gateway')}`,
    'UNAUTHENTICATED',
  ],
  [
    'names an unknown subject',
    async (world: Awaited<ReturnType<typeof openWorld>>) => `Bearer ${await world.identity.token('usr_nobody')}`,
    'UNAUTHENTICATED',
  ],
])('a token that %s is refused with 401 and never treated as anonymous', async (_what, header, code) => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const answer = await world.ask('{ auction(id: "auc_1") { title } }', {
    headers: { authorization: await header(world) },
  });
  expect(answer.status).toBe(401);
  expect(answer.errors[0]?.extensions['code']).toBe(code);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  expect(answer.data).toBeUndefined();
});

test('a revoked session ends within five seconds, or at once when the gateway is notified', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const headers = { authorization: `Bearer ${await world.identity.token('usr_a', { sid: 'ses_1' })}` };
  expect((await world.ask(who, { headers })).status).toBe(200);
  world.identity.revoked.add('ses_1');
  expect((await world.ask(who, { headers })).status).toBe(200);
  world.gateway.dropActor('usr_a');
  expect((await world.ask(who, { headers })).status).toBe(401);
});

test('a burst of requests asks identity once', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const headers = { authorization: `Bearer ${await world.identity.token('usr_a')}` };
  const answers = await Promise.all(Array.from({ length: 30 }, () => world.ask(who, { headers })));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
  expect(world.identity.asked).toBe(1);
});

test('a snapshot is used for five seconds and no longer', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', { rightsVersion: 1 });
  const headers = { authorization: `Bearer ${await world.identity.token('usr_a')}` };
  // The clock stands still, and is turned by hand.
  const asked = Date.now();
  const clock = vi.spyOn(Date, 'now').mockReturnValue(asked);
  try {
    await world.ask(who, { headers });
    world.identity.people.set('usr_a', { rightsVersion: 2 });
    clock.mockReturnValue(asked + 4_999);
    expect((await world.ask(who, { headers })).data?.['whoAmI']).toMatchObject({ actor: { rightsVersion: 1 } });
    clock.mockReturnValue(asked + 5_000);
    expect((await world.ask(who, { headers })).data?.['whoAmI']).toMatchObject({ actor: { rightsVersion: 2 } });
  } finally {
    clock.mockRestore();
  }
});

test('a service key authenticates its service in its universe only', async () => {
  await using world = await openWorld();
  world.identity.keys.set('esk_good', { universe: 'mars', scopes: ['auction.bid.place'] });
  const good = await world.ask(who, { headers: { authorization: 'Bearer esk_good' } });
  expect(good.data?.['whoAmI']).toMatchObject({
    actor: { id: 'svc_loader', kind: 'SERVICE', scopes: ['auction.bid.place'] },
    universe: 'mars',
  });
  const bad = await world.ask(who, { headers: { authorization: 'Bearer esk_bad' } });
  expect([bad.status, bad.errors[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
  const elsewhere = await world.ask(who, { headers: { authorization: 'Bearer esk_good', universe: 'venus' } });
  expect([elsewhere.status, elsewhere.errors[0]?.extensions['code']]).toEqual([400, 'INVALID']);
});

test("a token's universe wins, and a contradiction is INVALID", async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const authorization = `Bearer ${await world.identity.token('usr_a', { unv: 'mars' })}`;
  expect((await world.ask(who, { headers: { authorization } })).data?.['whoAmI']).toMatchObject({ universe: 'mars' });
  const other = await world.ask(who, { headers: { authorization, universe: 'venus' } });
  expect([other.status, other.errors[0]?.extensions['code']]).toEqual([400, 'INVALID']);
  const odd = await world.ask(who, { headers: { universe: 'No Slug' } });
  expect(odd.errors[0]?.extensions['code']).toBe('INVALID');
});

test('only members may act for an organization', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const authorization = `Bearer ${await world.identity.token('usr_a')}`;
  const both: Record<string, string>[] = [{ authorization, 'acting-for': 'org_1' }, { 'acting-for': 'org_1' }];
  for (const headers of both) {
    const answer = await world.ask(who, { headers });
    expect([answer.status, answer.errors[0]?.extensions['code']]).toEqual([403, 'FORBIDDEN']);
  }
});

test('while identity is unavailable, requests with a token get 503 and others are served', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const authorization = `Bearer ${await world.identity.token('usr_a')}`;
  world.identity.service.away = true;
  const answer = await world.ask('{ auction(id: "auc_1") { title } }', { headers: { authorization } });
  expect([answer.status, answer.errors[0]?.extensions['code']]).toEqual([503, 'UNAVAILABLE']);
  expect((await world.ask('{ auction(id: "auc_1") { title } }')).status).toBe(200);
});

test('a delegate is passed on with the principal', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const authorization = `Bearer ${await world.identity.token('usr_a', { act: 'agt_1' })}`;
  expect((await world.ask(who, { headers: { authorization } })).data?.['whoAmI']).toMatchObject({
    actor: { id: 'usr_a', delegate: 'agt_1' },
  });
});

test.each([
  [0, '203.0.113.7, 198.51.100.2', '127.0.0.1'],
  [1, '203.0.113.7, 198.51.100.2', '198.51.100.2'],
  [2, '203.0.113.7, 198.51.100.2', '203.0.113.7'],
  [5, '198.51.100.2', '198.51.100.2'],
  [1, '198.51.100.2:5678', '198.51.100.2'],
  [1, '[2001:db8::7]:99', '2001:db8::7'],
  [1, '"[2001:db8::7]"', '2001:db8::7'],
  [1, '2001:db8::7', '2001:db8::7'],
  [1, 'unknown', '127.0.0.1'],
  [2, '198.51.100.2:1, unknown', '198.51.100.2'],
])('behind %i proxies the address is the entry of our outermost proxy', async (proxies, forwarded, ip) => {
  await using world = await openWorld({ env: { TRUST_PROXY: String(proxies) } });
  const answer = await world.ask(who, { headers: { 'x-forwarded-for': forwarded } });
  expect(answer.data?.['whoAmI']).toMatchObject({ client: { ip } });
});

test('a token signed with a key newer than the cached keys is accepted', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const ask = async () =>
    (await world.ask(who, { headers: { authorization: `Bearer ${await world.identity.token('usr_a')}` } })).status;
  expect(await ask()).toBe(200);
  world.identity.kid = 'k2';
  expect(await ask()).toBe(200);
});

test('unknown signing keys make the gateway reload the keys at most once a second', async () => {
  await using world = await openWorld();
  const invented = (index: number) =>
    `${Buffer.from(JSON.stringify({ alg: 'EdDSA', kid: `x${index}` })).toString('base64url')}.${Buffer.from(JSON.stringify({ sub: 'a', iss: 'ensemble', exp: 9e9, iat: 1 })).toString('base64url')}.AAAA`;
  const statuses = await Promise.all(
    Array.from(
      { length: 30 },
      async (_, index) => (await world.ask(who, { headers: { authorization: `Bearer ${invented(index)}` } })).status,
    ),
  );
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect(world.identity.service.requests.filter((request) => request.query.includes('jwks')).length).toBeLessThan(4);
});

test('a token or a key of a universe that is not open here is refused', async () => {
  await using world = await openWorld();
  world.identity.keys.set('esk_good', { universe: 'pluto', scopes: [] });
  for (const bearer of [await world.identity.token('usr_a', { unv: 'pluto' }), 'esk_good']) {
    const { status, errors } = await world.ask(who, { headers: { authorization: `Bearer ${bearer}` } });
    expect([status, errors[0]?.extensions['code'], errors[0]?.extensions['path']]).toEqual([
      404,
      'NOT_FOUND',
      ['universe'],
    ]);
  }
});
