import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import { Actor } from '../actor/actor.entity.ts';
import { makeActor } from '../actor/actor.service.ts';
import { userSignedUp } from '../events.ts';
import { Credential } from './credential.entity.ts';

export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

export async function userSignUp(
  tx: Transaction,
  input: { email: string; passwordHash: string; displayName: string; platformRoles?: PlatformRole[] },
): Promise<Actor> {
  const email = normalEmail(input.email);
  if (await tx.em.findOne(Actor, { email }, { fields: ['id'] })) {
    throw new Conflict('There is an account with this e-mail address already. Sign in instead.', {
      path: ['input', 'email'],
    });
  }
  const user = makeActor(tx, {
    kind: 'USER',
    displayName: input.displayName,
    email,
    platformRoles: input.platformRoles ?? [],
  });
  const { id, universeId, createdAt, updatedAt } = user;
  tx.em.persist(tx.em.create(Credential, { id, universeId, createdAt, updatedAt, passwordHash: input.passwordHash }));
  tx.emit(userSignedUp, user.id, { userId: user.id });
  return user;
}
