import { houseActor, setupActorId, type PlatformRole } from '../../../platform/context/actor.ts';
import type { Caller } from '../../../platform/house/caller.ts';

/** In whose name operators are made: somebody with access to the database itself, whom no sign-in can name. */
const hand = houseActor(setupActorId, ['OPERATOR']);

export interface NewOperator {
  email: string;
  displayName: string;
  password: string;
}

/** Signs an operator up. Answers the id. Throws `CallRefused` with CONFLICT for an address that is taken. */
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

/** Gives somebody these platform roles and no others. Throws `CallRefused` with NOT_FOUND for an unknown id. */
export async function setRoles(caller: Caller, actorId: string, roles: PlatformRole[]): Promise<void> {
  await caller.ask(
    'identity',
    hand,
    'mutation Roles($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }',
    { input: { actorId, roles } },
  );
}
