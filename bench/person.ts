import { randomUUID } from 'node:crypto';
import { anonymous, setupActorId, houseActor } from '../platform/context/actor.ts';
import { Caller } from '../platform/house/caller.ts';
import type { House } from '../platform/house/house.ts';

/** A new signed-in person in a house of this process, created directly because a benchmark reads no mail. */
export async function makePerson(house: House): Promise<{ id: string; token: string }> {
  const caller = new Caller(house.services);
  const email = `${randomUUID()}@example.org`;
  const password = `bench ${randomUUID()}`;
  await caller.ask(
    'identity',
    houseActor(setupActorId, ['OPERATOR']),
    'mutation ($input: UserCreateInput!) { userCreate(input: $input) { user { id } } }',
    { input: { email, password, displayName: 'Bench' } },
  );
  const { sessionSignIn } = await caller.ask<{ sessionSignIn: { accessToken: string; viewer: { id: string } } }>(
    'identity',
    anonymous(),
    'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken viewer { id } } }',
    { input: { email, password } },
  );
  return { id: sessionSignIn.viewer.id, token: sessionSignIn.accessToken };
}
