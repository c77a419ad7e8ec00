import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearerVerifier } from '../../../platform/serving/bearer.ts';
import { anonymous, routerActorId, houseActor } from '../../../platform/context/actor.ts';
import { openWorld, type World } from '../../testkit/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('a token of any universe is accepted, in that universe only', async () => {
  const identity = world.house.services.find(({ name }) => name === 'identity')!;
  const verify = bearerVerifier(identity, houseActor(routerActorId));
  for (const place of [world, world.inUniverse('spring')]) {
    const ann = await place.signUp({ organization: 'House' });
    const { actor, universe } = await verify(ann.accessToken, {});
    expect({ id: actor.id, universe }).toEqual({ id: ann.id, universe: place.universe });
    expect(actor.memberships).toMatchObject([{ organizationId: ann.organizationId, role: 'OWNER' }]);
    expect((await verify(ann.accessToken, { universe: place.universe })).actor.id).toBe(ann.id);
    await expect(verify(ann.accessToken, { universe: 'autumn' })).rejects.toThrow('belongs to the universe');
  }
});

test('invented keys evict no actor, and are not looked up repeatedly', async () => {
  const asked = new Map<string, number>();
  const identity = {
    execute: ({ variables }: { variables?: Record<string, unknown> | null }) => {
      const key = String(variables?.['key']);
      asked.set(key, (asked.get(key) ?? 0) + 1);
      const answer = key === 'esk_known' ? { ...anonymous(), id: 'svc_known' } : null;
      return Promise.resolve({ data: { answer } });
    },
  };
  const verify = bearerVerifier(identity as never, houseActor(routerActorId));
  await verify('esk_known', {});
  for (let n = 0; n < 12_000; n++) await expect(verify(`esk_${n}`, {})).rejects.toThrow('Sign in again');
  await expect(verify('esk_11999', {})).rejects.toThrow('Sign in again');
  expect((await verify('esk_known', {})).actor.id).toBe('svc_known');
  expect([asked.get('esk_known'), asked.get('esk_11999')]).toEqual([1, 1]);
});

test('concurrent requests for a key share one lookup, and a failure is not cached', async () => {
  let questions = 0;
  const identity = {
    execute: () => {
      questions += 1;
      if (questions === 1) return Promise.reject(new Error('away'));
      return Promise.resolve({ data: { answer: { ...anonymous(), id: 'svc_known' } } });
    },
  };
  const verify = bearerVerifier(identity as never, houseActor(routerActorId));
  const first = await Promise.allSettled([verify('esk_a', {}), verify('esk_a', {})]);
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const second = await Promise.all([verify('esk_a', {}), verify('esk_a', {})]);
  expect(second.map(({ actor }) => actor.id)).toEqual(['svc_known', 'svc_known']);
  expect(questions).toBe(2);
});

test('a token is checked as in the gateway: required claims, forbidden subjects, and an earlier end by identity', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  // A private key among the published keys is not exposed.
  const jwks = {
    keys: [{ ...(await exportJWK(privateKey)), ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }],
  };
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  let ends: number | null = null;
  const asked: unknown[] = [];
  const identity = {
    execute: ({ query, variables }: { query: string; variables?: Record<string, unknown> | null }) => {
      if (query.includes('jwks')) return Promise.resolve({ data: { answer: jwks } });
      asked.push(variables);
      return Promise.resolve({ data: { answer: { ...anonymous(), id: 'usr_ann', expiresAt: ends } } });
    },
  };
  const token = (payload: JWTPayload, issued = true): Promise<string> => {
    const jwt = new SignJWT({ iss: 'ensemble', exp: inAnHour, ...payload }).setProtectedHeader({
      alg: 'EdDSA',
      kid: 'k1',
    });
    return (issued ? jwt.setIssuedAt() : jwt).sign(privateKey);
  };
  const verify = bearerVerifier(identity as never, houseActor(routerActorId));
  const { actor } = await verify(await token({ sub: 'usr_ann', sid: '', act: { sub: '' }, unv: '' }), {});
  expect(actor).toMatchObject({ id: 'usr_ann', universe: 'main', expiresAt: inAnHour * 1000 });
  // An empty string counts as absent.
  expect(asked).toEqual([{ subject: 'usr_ann', sessionId: null, delegate: null }]);
  for (const bad of [
    token({ sub: 'usr_ann' }, false),
    token({ sub: routerActorId }),
    token({ sub: '' }),
    token({ sub: 'usr_ann', iss: 'another' }),
  ])
    await expect(verify(await bad, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(verify(await token({ sub: 'usr_ann', exp: inAnHour - 7200 }), {})).rejects.toMatchObject({
    code: 'EXPIRED',
  });
  ends = Date.now() + 1_800_000;
  expect((await verify(await token({ sub: 'usr_bob' }), {})).actor.expiresAt).toBe(ends);
  ends = Date.now() - 1;
  await expect(verify(await token({ sub: 'usr_cat' }), {})).rejects.toMatchObject({ code: 'EXPIRED' });
});
