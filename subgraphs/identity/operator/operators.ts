import { houseActor, setupActorId, type PlatformRole } from '../../../platform/context/actor.ts';
import type { Caller } from '../../../platform/house/caller.ts';

/** The actor who makes operators: a person with access to the database itself. No sign-in gives it. */
const hand = houseActor(setupActorId, ['OPERATOR']);

export interface NewOperator {
  email: string;
  displayName: string;
  password: string;
}

/** Creates an operator and returns the id. Throws `CallRefused` with CONFLICT if the address is taken. */
export async function createOperator(caller: Caller, operator: NewOperator): Promise<string> {
  const id = await signUp(caller, operator);
  await setRoles(caller, id, ['OPERATOR']);
  return id;
}

export async function signUp(caller: Caller, input: NewOperator): Promise<string> {
  const { userCreate } = await caller.ask<{ userCreate: { user: { id: string } } }>(
    'identity',
    hand,
    'mutation Create($input: UserCreateInput!) { userCreate(input: $input) { user { id } } }',
    { input },
  );
  return userCreate.user.id;
}

/** Sets an actor's platform roles to these. Throws `CallRefused` with NOT_FOUND for an unknown id. */
export async function setRoles(caller: Caller, actorId: string, roles: PlatformRole[]): Promise<void> {
  await caller.ask(
    'identity',
    hand,
    'mutation Roles($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }',
    { input: { actorId, roles } },
  );
}
