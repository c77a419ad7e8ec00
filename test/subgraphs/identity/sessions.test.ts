import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const agents = {
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  iphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
};
const list = `query ($first: Int, $after: String) { viewer { sessions(first: $first, after: $after) {
  totalCount pageInfo { endCursor } nodes {
    id isCurrent network country createdAt usedAt expiresAt revokedAt actor { id } delegate { id }
    device { name kind browser browserVersion operatingSystem }
  }
} } }`;
const revoke =
  'mutation ($input: SessionRevokeInput!) { sessionRevoke(input: $input) { revokedCount sessions { id revokedAt } } }';
const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken refreshToken } }';
const refresh = 'mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { accessToken } }';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], env: { TRUST_PROXY: '1' } });
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

async function device(person: Person, userAgent: string, ip = '203.0.113.77') {
  const { email, password } = person;
  const headers = { 'user-agent': userAgent, 'x-forwarded-for': ip };
  const { sessionSignIn } = await world.anonymous.ask(signIn, { input: { email, password } }, { headers });
  return { client: world.bearer(sessionSignIn.accessToken), refreshToken: sessionSignIn.refreshToken as string };
}
async function sessionsOf(client: Client) {
  return (await client.ask(list)).viewer.sessions.nodes;
}
async function currentOf(client: Client): Promise<string> {
  return (await sessionsOf(client)).find(({ isCurrent }: { isCurrent: boolean }) => isCurrent).id;
}
const ended = async (client: Client) => (await refusal(client, '{ viewer { id } }')).code;

describe('Viewer.sessions', () => {
  test('shows the devices and networks of the viewer’s sessions', async () => {
    const ann = await world.signUp();
    const laptop = await device(ann, agents.firefox);
    await device(ann, agents.iphone, '2001:db8:85a3:8d3::1');
    await device(ann, 'curl-like thing');
    const [thing, phone, desktop, first] = await sessionsOf(laptop.client);
    expect(desktop).toMatchObject({
      isCurrent: true,
      network: '203.0.113.0/24',
      actor: { id: ann.id },
      delegate: null,
      revokedAt: null,
      device: {
        name: 'Firefox on Linux',
        kind: 'DESKTOP',
        browser: 'Firefox',
        browserVersion: '140.0',
        operatingSystem: 'Linux',
      },
    });
    expect(phone).toMatchObject({
      isCurrent: false,
      network: '2001:db8:85a3::/48',
      device: { name: 'Safari on iOS', kind: 'MOBILE', operatingSystem: 'iOS' },
    });
    expect(thing.device.kind).toBeNull();
    expect(new Date(first.expiresAt).getTime()).toBeGreaterThan(Date.now() + 80 * 24 * 3_600_000);
    expect(JSON.stringify([thing, phone, desktop])).not.toContain('113.77');
  });

  test('shows the country, if it is known', async () => {
    const ann = await world.signUp();
    // ETH Zurich; SWITCH over IPv6; the same as IPv4 mapped; a private network; one for documents.
    for (const ip of ['129.132.19.216', '2001:620::1', '::ffff:129.132.19.216', '10.0.0.1', '203.0.113.77'])
      await device(ann, agents.firefox, ip);
    const countries = (await sessionsOf(ann)).map(({ country }: { country: string | null }) => country);
    expect(countries.reverse()).toEqual([null, 'CH', 'CH', 'CH', null, null]);
  });

  test('shows when a session was last renewed, without sessions that have ended', async () => {
    const ann = await world.signUp();
    world.clock.turn(3_600_000);
    await world.anonymous.ask(refresh, { input: { refreshToken: ann.refreshToken } });
    const [session] = await sessionsOf(ann);
    expect(new Date(session.usedAt).getTime() - new Date(session.createdAt).getTime()).toBeGreaterThanOrEqual(
      3_600_000,
    );
    const other = await device(ann, agents.firefox);
    await other.client.ask('mutation { sessionSignOut { signedOut } }');
    expect(await sessionsOf(ann)).toHaveLength(1);
  });

  test('shows acting on behalf to both actors', async () => {
    const operator = await world.operator();
    const ann = await world.signUp();
    const { sessionActOnBehalf } = await operator.ask(
      'mutation ($id: ID!) { sessionActOnBehalf(input: { actorId: $id, reason: "Ticket 12" }) { accessToken } }',
      { id: ann.id },
    );
    const acting = world.bearer(sessionActOnBehalf.accessToken);
    const names = { actor: { id: ann.id }, delegate: { id: operator.id } };
    expect((await sessionsOf(ann))[0]).toMatchObject({ ...names, isCurrent: false });
    expect((await sessionsOf(operator))[0]).toMatchObject(names);
    // An operator on behalf of an actor does not see the actor's sessions, and can end only the present one.
    expect(await sessionsOf(acting)).toMatchObject([{ ...names, isCurrent: true }]);
    expect((await refusal(acting, revoke, { input: { others: true } })).code).toBe('FORBIDDEN');
    await ann.ask(revoke, { input: { others: true } });
    await world.settled();
    expect(await ended(acting)).toBe('UNAUTHENTICATED');
  });

  test('pages, in three statements for one session and for many', async () => {
    const ann = await world.signUp();
    for (let n = 0; n < 4; n++) await device(ann, agents.firefox);
    const page = (await ann.ask(list, { first: 2 })).viewer.sessions;
    expect(page.totalCount).toBe(5);
    const rest = (await ann.ask(list, { first: 50, after: page.pageInfo.endCursor })).viewer.sessions;
    expect(rest.nodes).toHaveLength(3);
    expect(await world.statements(() => ann.ask(list, { first: 1 }))).toHaveLength(3);
    expect(await world.statements(() => ann.ask(list, { first: 50 }))).toHaveLength(3);
  });
});

describe('sessionRevoke', () => {
  test('ends one session: its token, its refresh token and its open streams, at once', async () => {
    const ann = await world.signUp({ organization: 'Streams' });
    const laptop = await device(ann, agents.firefox);
    const live = await laptop.client.subscribe('subscription { assetImportProgressed { cursor } }');
    const kept = await ann.subscribe('subscription { assetImportProgressed { cursor } }');
    const sessionId = await currentOf(laptop.client);
    const { sessionRevoke } = await ann.ask(revoke, { input: { sessionId } });
    expect(sessionRevoke).toMatchObject({ revokedCount: 1, sessions: [{ id: sessionId }] });
    expect(sessionRevoke.sessions[0].revokedAt).not.toBeNull();
    await world.settled();
    expect(JSON.stringify(await live.ended())).toContain('UNAUTHENTICATED');
    expect(await ended(laptop.client)).toBe('UNAUTHENTICATED');
    const again = { input: { refreshToken: laptop.refreshToken } };
    expect((await refusal(world.anonymous, refresh, again)).code).toBe('EXPIRED');
    await ann.ask('{ viewer { id } }');
    expect(kept.pending()).toEqual([]);
    await kept.close();
    expect((await ann.ask(revoke, { input: { sessionId } })).sessionRevoke.revokedCount).toBe(0);
    const told = (await world.facts({ key: ann.id })).filter(({ type }) => type === 'identity.session.revoked');
    expect(told.map(({ payload }) => payload)).toEqual([{ sessionId, actorId: ann.id, reason: 'REVOKED' }]);
  });

  test('ends all others with one fact and keeps the present one', async () => {
    const ann = await world.signUp();
    const others = [await device(ann, agents.firefox), await device(ann, agents.iphone)];
    const { sessionRevoke } = await ann.ask(revoke, { input: { others: true } });
    expect(sessionRevoke.revokedCount).toBe(2);
    const ends = sessionRevoke.sessions.map(({ revokedAt }: { revokedAt: string | null }) => typeof revokedAt);
    expect(ends).toEqual(['string', 'string']);
    await world.settled();
    for (const { client } of others) expect(await ended(client)).toBe('UNAUTHENTICATED');
    const keptSessionId = await currentOf(ann);
    const [fact] = (await world.facts({ key: ann.id })).slice(-1);
    expect(fact).toMatchObject({
      type: 'identity.session.othersRevoked',
      payload: { actorId: ann.id, keptSessionId, count: 2 },
    });
  });

  test('does not find sessions of others, and requires exactly one argument', async () => {
    const ann = await world.signUp();
    const bob = await world.signUp();
    const sessionId = await currentOf(ann);
    const missing = { code: 'NOT_FOUND', path: 'input.sessionId' };
    expect(await refusal(bob, revoke, { input: { sessionId } })).toEqual(missing);
    expect(await refusal(await world.operator(), revoke, { input: { sessionId } })).toEqual(missing);
    expect(await refusal(await world.inUniverse('other').signUp(), revoke, { input: { sessionId } })).toEqual(missing);
    expect(await refusal(world.anonymous, revoke, { input: { sessionId } })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(ann, revoke, { input: {} })).toEqual({ code: 'INVALID', path: 'input' });
    expect(await refusal(ann, revoke, { input: { sessionId, others: true } })).toEqual({
      code: 'INVALID',
      path: 'input',
    });
  });

  test('takes three statements for one, and for all others', async () => {
    const ann = await world.signUp();
    for (let n = 0; n < 3; n++) await device(ann, agents.firefox);
    const sessionId = (await sessionsOf(ann)).find(({ isCurrent }: { isCurrent: boolean }) => !isCurrent).id;
    expect(await world.statements(() => ann.ask(revoke, { input: { sessionId } }))).toHaveLength(3);
    expect(await world.statements(() => ann.ask(revoke, { input: { others: true } }))).toHaveLength(3);
  });
});
