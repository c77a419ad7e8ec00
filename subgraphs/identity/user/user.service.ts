import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import { Actor } from '../actor/actor.entity.ts';
import { makeActor } from '../actor/actor.service.ts';
import { credentialMake } from './credential.service.ts';

export interface NewUser {
  email: string;
  passwordHash: string;
  displayName: string;
}

/** Creates a person with a password. Throws CONFLICT for an address that is taken; callers may reveal this. */
export async function makeUser(tx: Transaction, values: NewUser, path: string[]): Promise<Actor> {
  const { displayName } = values;
  const email = normalEmail(values.email);
  if (await tx.em.findOne(Actor, { email }, { fields: ['id'] }))
    throw new Conflict('There is an account with this e-mail address already. Sign in instead.', { path });
  const user = makeActor(tx, { kind: 'USER', displayName, email });
  credentialMake(tx, user, values.passwordHash);
  return user;
}
