import { generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import { IssuerServer } from './issuer-server.ts';
import { openForeign, Shop, type ForeignWorld } from './world.ts';

const query = '{ product(id: "p1") { name } }';
const rules = { HEADER_RULES: JSON.stringify({ all: { set: { 'x-user': { claim: 'sub' } } } }) };

async function asked(world: ForeignWorld<Shop>, token: string): Promise<unknown[]> {
  const { status, errors } = await world.ask(query, { headers: { authorization: `Bearer ${token}` } });
  const user = world.shop.products.operations.at(-1)?.headers['x-user'];
  return errors[0] ? [status, errors[0].extensions['code']] : [status, user];
}

test('tokens of a configured issuer are verified against its keys', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await openForeign(new Shop(), { env: { ...issuer.env, ...rules } });
  const now = Math.floor(Date.now() / 1_000);
  expect(await asked(world, await issuer.token({ sub: 'ann' }))).toEqual([200, 'ann']);
  const bad = {
    'another issuer': await issuer.token({ sub: 'ann', iss: 'https://other.example/' }),
    'another audience': await issuer.token({ sub: 'ann', aud: 'books' }),
    'no audience': await issuer.token({ sub: 'ann', aud: undefined as never }),
    'no subject': await issuer.token({}),
    'no expiry': await issuer.token({ sub: 'ann', exp: undefined as never }),
    'not yet valid': await issuer.token({ sub: 'ann', nbf: now + 300 }),
    'another key': await issuer.token({ sub: 'ann' }, { key: (await generateKeyPair('RS256')).privateKey }),
    'a shared secret': await new SignJWT({ sub: 'ann', iss: issuer.issuer, aud: issuer.audience, exp: now + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(new Uint8Array(32)),
    'no signature': `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ sub: 'ann', exp: now + 60 }))}.`,
    nonsense: 'nonsense',
  };
  for (const [what, token] of Object.entries(bad))
    expect([what, await asked(world, token)]).toEqual([what, [401, 'UNAUTHENTICATED']]);
  expect(await asked(world, await issuer.token({ sub: 'ann', exp: now - 60 }))).toEqual([401, 'EXPIRED']);
  const { status, errors } = await world.ask(query, { headers: { authorization: 'Basic YTpi' } });
  expect([status, errors[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
  expect(issuer.fetched).toBe(1);
});

test('a bad token ends a socket, and a good one opens it', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await openForeign(new Shop(), { env: { ...issuer.env, ...rules } });
  const run = (authorization: string) => world.client({ authorization }).iterate({ query }).next();
  await expect(run('Bearer nonsense')).rejects.toMatchObject({ code: 4401 });
  const { value } = await run(`Bearer ${await issuer.token({ sub: 'ann' })}`);
  expect(value).toEqual({ data: { product: { name: 'Product p1' } } });
});

test('an issuer that does not answer is UNAVAILABLE, and one that recovers is asked again', async () => {
  await using issuer = await IssuerServer.open();
  issuer.isAway = true;
  await using world = await openForeign(new Shop(), { env: { ...issuer.env, ...rules } });
  const token = await issuer.token({ sub: 'ann' });
  expect(await asked(world, token)).toEqual([503, 'UNAVAILABLE']);
  issuer.isAway = false;
  expect(await asked(world, token)).toEqual([200, 'ann']);
  // While known keys are fresh, the issuer may be away.
  issuer.isAway = true;
  expect(await asked(world, await issuer.token({ sub: 'bo' }))).toEqual([200, 'bo']);
});

test('without an issuer and without identity everybody is anonymous, whatever token is sent', async () => {
  await using world = await openForeign(new Shop(), {
    env: { HEADER_RULES: JSON.stringify({ all: { forward: ['authorization'], set: { 'x-user': { claim: 'sub' } } } }) },
  });
  expect(await asked(world, 'opaque-token-of-others')).toEqual([200, undefined]);
  // Whoever reads it may still get it.
  expect(world.shop.products.operations[0]?.headers.authorization).toBe('Bearer opaque-token-of-others');
});

test('an issuer is refused where actors come from identity, and needs its keys', async () => {
  const open = openForeign(new Shop(), { env: { JWKS_URL: 'https://a.example/keys', OWN_SUBGRAPHS: 'assets' } });
  await expect(open).rejects.toThrow(/^JWKS_URL: the supergraph has "assets" of this house, whose actors come from/);
  expect(() => readConfig({ ISSUER: 'https://a.example/' }, [])).toThrow(/^JWKS_URL: is needed with ISSUER/);
  expect(() => readConfig({ AUDIENCE: 'shop' }, [])).toThrow(/^JWKS_URL: is needed with AUDIENCE/);
  expect(() => readConfig({ JWKS_URL: 'file:///keys' }, [])).toThrow(/^JWKS_URL: must be an http/);
});
