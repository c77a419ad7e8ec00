import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { networkOf, shownNetwork } from '../../../platform/context/network.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }';
const minute = 60_000;
const hour = 60 * minute;

let world: World;
beforeAll(async () => {
  // Addresses come from the header of a proxy in front of the gateway.
  world = await openWorld({ oses: ['identity'], env: { TRUST_PROXY: '1' } });
  await world.operator();
});
afterAll(() => world.close());
afterEach(async () => {
  world.clock.reset();
  await world.database.query('delete from identity.sign_in_throttles');
});

/** Tries to sign in from an address: OK, UNAUTHENTICATED, or the seconds to wait. */
async function attempt(email: string, password: string, ip: string): Promise<string | number> {
  const headers = { 'x-forwarded-for': ip };
  const { errors } = await world.anonymous.answer(signIn, { input: { email, password } }, { headers });
  const [error] = errors;
  return error ? (error.extensions.retryAfter ?? error.extensions.code) : 'OK';
}
const guess = (email: string, ip: string) => attempt(email, 'something else', ip);
const right = ({ email, password }: Person, ip: string) => attempt(email, password, ip);

async function fail(times: number, email: string, ip: string): Promise<void> {
  for (let n = 0; n < times; n++) expect(await guess(email, ip)).toBe('UNAUTHENTICATED');
}

/** Failures by a botnet: this number of failures of an account, each from another network. */
async function failEverywhere(email: string, times: number): Promise<void> {
  await guess(email, '198.51.100.1');
  await world.database.query(
    `update identity.sign_in_throttles set failures = $1 where key like 'account %' and key = (
      select replace(split_part(key, ' ', 1) || ' ' || split_part(key, ' ', 2), 'pair', 'account')
      from identity.sign_in_throttles where key like 'pair %198.51.100.1' order by created_at desc limit 1)`,
    [times - 1],
  );
  expect(await guess(email, '198.51.100.2')).toBe('UNAUTHENTICATED');
}

describe('sessionSignIn', () => {
  test('after five wrong passwords from one network each costs twice the wait, up to a quarter of an hour', async () => {
    const ann = await world.signUp();
    await fail(5, ann.email, '203.0.113.1');
    const waits: (string | number)[] = [];
    for (let n = 0; n < 10; n++) {
      const wait = await right(ann, '203.0.113.1');
      waits.push(wait);
      world.clock.turn(Number(wait) * 1000);
      expect(await guess(ann.email, '203.0.113.1')).toBe('UNAUTHENTICATED');
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    world.clock.turn(15 * minute);
    expect(await right(ann, '203.0.113.1')).toBe('OK');
    // A right password resets the count: another wrong one costs nothing.
    await fail(1, ann.email, '203.0.113.1');
    expect(await right(ann, '203.0.113.1')).toBe('OK');
  });

  test('wrong passwords slow down the network that sends them, not the owner elsewhere', async () => {
    const ann = await world.signUp();
    await fail(5, ann.email, '203.0.113.2');
    expect(await guess(ann.email, '203.0.113.2')).toBeGreaterThan(0);
    expect(await right(ann, '203.0.113.3')).toBe('OK');
  });

  test('wrong passwords from everywhere slow an account down, but not from where it has signed in before', async () => {
    const ann = await world.signUp();
    expect(await right(ann, '203.0.113.4')).toBe('OK');
    await failEverywhere(ann.email, 55);
    const wait = await right(ann, '203.0.113.5');
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await right(ann, '203.0.113.4')).toBe('OK');
    world.clock.turn(minute);
    expect(await right(ann, '203.0.113.5')).toBe('OK');
  });

  test('an unknown address waits like a known one', async () => {
    const email = 'nobody-at-all@example.org';
    await fail(5, email, '203.0.113.6');
    expect(await guess(email, '203.0.113.6')).toBe(5);
  });

  test('a /64 of IPv6 is one network, and a network that tries many accounts is slowed down for all of them', async () => {
    const ann = await world.signUp();
    for (let n = 0; n < 5; n++) await fail(1, ann.email, `2001:db8:1:2::${n + 1}`);
    expect(await right(ann, '2001:db8:1:2:ffff::1')).toBe(5);
    expect(await right(ann, '2001:db8:1:3::1')).toBe('OK');
    await guess('first@example.org', '203.0.113.7');
    await world.database.query(`update identity.sign_in_throttles set failures = 99 where key = 'network 203.0.113.7'`);
    await guess('second@example.org', '203.0.113.7');
    expect(await right(ann, '203.0.113.7')).toBe(1);
    expect(await right(ann, '203.0.113.8')).toBe('OK');
  });

  test('failures are forgotten one by one, and expired rows are swept by later refusals', async () => {
    const ann = await world.signUp();
    await fail(4, ann.email, '203.0.113.9');
    world.clock.turn(3 * hour + minute);
    // One of four is forgotten, so that one more is still free.
    await fail(1, ann.email, '203.0.113.9');
    const rows = async () => (await world.database.query('select key from identity.sign_in_throttles')).length;
    expect(await rows()).toBe(3);
    world.clock.turn(15 * hour + minute);
    await fail(1, 'somebody@example.org', '203.0.113.10');
    expect(await rows()).toBe(3);
  });

  test('stored rows contain no e-mail address', async () => {
    await guess('findme@example.org', '203.0.113.11');
    const kept = JSON.stringify(await world.database.query('select * from identity.sign_in_throttles'));
    expect(kept).not.toContain('findme');
  });
});

describe('networks', () => {
  test('are the addresses of one customer, and are shown shortened', () => {
    const cases: [string | null, string | null, string | null][] = [
      ['203.0.113.77', '203.0.113.77', '203.0.113.0/24'],
      ['::ffff:203.0.113.77', '203.0.113.77', '203.0.113.0/24'],
      ['::ffff:cb00:714d', '203.0.113.77', '203.0.113.0/24'],
      ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3:8d3::/64', '2001:db8:85a3::/48'],
      ['2001:DB8::1', '2001:db8:0:0::/64', '2001:db8:0::/48'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
      ['::1', '0:0:0:0::/64', '0:0:0::/48'],
      ['nonsense', null, null],
      [null, null, null],
    ];
    for (const [ip, network, shown] of cases) expect([networkOf(ip), shownNetwork(ip)]).toEqual([network, shown]);
  });
});
