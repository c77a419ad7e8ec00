import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { infoOf } from '../platform/fixtures/world.ts';
import { anonymous } from '../../platform/context/actor.ts';
import { openWorld, type World } from '../testkit/world.ts';

const signUp = 'mutation ($input: UserSignUpInput!) { userSignUp(input: $input) { sent } }';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** The WebSocket's close, or the end of its only operation, in a universe. */
function overSocket(universe: string): Promise<unknown> {
  const client = createClient({
    url: `${world.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { universe },
    retryAttempts: 0,
  });
  return new Promise((resolve) => {
    client.subscribe(
      { query: '{ serverTime }' },
      { next: ({ data }) => resolve(data), error: resolve, complete: () => undefined },
    );
  }).finally(() => void client.dispose());
}

describe('a universe that is not open', () => {
  const nowhere = { code: 'NOT_FOUND', path: ['universe'] };

  test('is refused over HTTP, and nothing is created in it', async () => {
    const email = 'stranger@example.org';
    const input = { query: signUp, variables: { input: { email } } };
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', universe: 'nowhere' },
      body: JSON.stringify(input),
    });
    expect(response.status).toBe(404);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: object }[] };
    expect(errors[0]?.message).toContain('there is no universe "nowhere" here');
    expect(errors[0]?.extensions).toMatchObject(nowhere);
    await world.settled();
    expect(world.mails).toEqual([]);
    const made = await world.database.query(`select id from identity.one_time_links where address = $1`, [email]);
    expect(made).toEqual([]);
  });

  test('is refused over WebSocket', async () => {
    expect(await overSocket('nowhere')).toMatchObject({ code: 4404 });
    expect(await overSocket('main')).toMatchObject({ serverTime: expect.any(String) as unknown });
  });

  test('is refused on paths besides GraphQL', async () => {
    for (const path of ['/media/med_x', '/uploads/upl_x', '/iiif/med_x/info.json']) {
      const response = await fetch(`${world.url}${path}?universe=nowhere`);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).toContain('there is no universe');
    }
  });

  test('is refused by each OS itself, for every caller', async () => {
    const info = infoOf(anonymous('nowhere'));
    for (const service of world.house.services) {
      const { data, errors } = await service.execute({ query: '{ __typename }', info });
      expect([service.name, data, errors?.[0]?.extensions]).toMatchObject([service.name, undefined, nowhere]);
    }
  });

  test('exists as soon as it is opened', async () => {
    expect(await world.anonymous.askForErrors('{ serverTime }', {}, { universe: 'later' })).toMatchObject([
      { extensions: nowhere },
    ]);
    world.inUniverse('later');
    expect(await world.anonymous.ask('{ serverTime }', {}, { universe: 'later' })).toMatchObject({
      serverTime: expect.any(String) as unknown,
    });
  });
});
