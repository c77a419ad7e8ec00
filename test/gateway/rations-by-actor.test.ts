import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../testkit/client.ts';
import { openWorld, type World } from '../testkit/world.ts';

const query = '{ assets { totalCount nodes { id title } } viewer { id } }';

let world: World;
beforeAll(async () => {
  // A dozen such queries at once, and next to none a second.
  const limits = 'signedIn.rate=1,signedIn.burst=4000,analyst.rate=1,analyst.burst=4000';
  world = await openWorld({ oses: ['assets'], env: { LIMITS: limits } });
});
afterAll(() => world?.close());

/** Asks until it is refused: the number of answers, and the refusal. */
async function exhaust(
  client: Client,
): Promise<{ answered: number; code: unknown; message: string; retryAfter: unknown }> {
  for (let answered = 0; answered < 50; answered += 1) {
    const { errors, status, headers } = await client.answer(query);
    const [error] = errors;
    if (!error) continue;
    expect([status, headers.get('retry-after')]).toEqual([429, String(error.extensions.retryAfter)]);
    return { answered, code: error.extensions.code, message: error.message, retryAfter: error.extensions.retryAfter };
  }
  throw new Error('Fifty queries were answered.');
}

test('each person and each key has a ration of its own, which the others do not use up', async () => {
  const [ann, bob] = [await world.signUp(), await world.signUp()];
  const { agentCreate } = await bob.ask('mutation { agentCreate(input: { displayName: "Scout" }) { agent { id } } }');
  const keyOf = async (name: string): Promise<Client> => {
    const { actorKeyCreate } = await bob.ask(
      'mutation ($id: ID!, $name: String!) { actorKeyCreate(input: { actorId: $id, name: $name }) { key } }',
      { id: agentCreate.agent.id, name },
    );
    return world.bearer(actorKeyCreate.key as string);
  };
  const [one, other] = [await keyOf('one'), await keyOf('other')];
  const refused = await exhaust(ann);
  expect(refused).toMatchObject({
    code: 'TOO_MANY',
    message: expect.stringMatching(/^Too much for you: at most 1 estimated/),
  });
  expect(refused.answered).toBeGreaterThan(2);
  expect((await bob.answer(query)).errors).toEqual([]);
  expect(await exhaust(one)).toMatchObject({
    code: 'TOO_MANY',
    message: expect.stringMatching(/^Too much for this key/),
  });
  const { data, errors } = await other.answer(query);
  expect([errors, data]).toEqual([[], { assets: { totalCount: 0, nodes: [] }, viewer: { id: bob.id } }]);
});
