import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearerVerifier } from '../../../platform/access/bearer.ts';
import { anonymous } from '../../../platform/context/actor.ts';
import { routerActorId } from '../../../platform/subgraph/build.ts';
import { houseActor } from '../../../platform/subgraph/caller.ts';
import { openWorld, type World } from '../../testkit/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('a token of any universe is known, and belongs to that one alone', async () => {
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

test('keys that somebody makes up push no actor out, and are not asked for again and again', async () => {
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

test('those who ask for the same key at once share one question, and a failure is not kept', async () => {
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
