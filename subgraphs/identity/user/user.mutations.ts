import { mutation } from '../../../platform/declare/mutation.ts';
import { users } from '../actor/actor.noun.ts';
import { userCreated } from '../events.ts';
import { passwordHash } from './password.ts';
import { newPassword, newUserEmail, newUserName } from './user-arguments.ts';
import { makeUser } from './user.service.ts';

/** CONFLICT reveals that an address has an account, but operators see all addresses anyway. */
export const userCreate = mutation('userCreate', {
  access: 'identity.user.create',
  description:
    'Creates an account with a password, without sending a mail; for operators and for setting up an installation. People sign up with `userSignUp`.',
  errors:
    'FORBIDDEN, INVALID, CONFLICT if the e-mail address is taken, TOO_MANY with `retryAfter` in seconds for too many passwords from one network',
  tells: [userCreated],
  input: {
    email: newUserEmail,
    password: newPassword('The password of the account; 12 to 200 characters.'),
    displayName: newUserName,
  },
  answers: [users, 'The new account. Its address is not confirmed.'],
  prepare: ({ password }, context) => passwordHash(context, password),
  async run(tx, { email, displayName }, hash) {
    tx.must('identity.user.create', null);
    const user = await makeUser(tx, { email, displayName, passwordHash: hash }, ['input', 'email']);
    tx.emit(userCreated, user.id, { userId: user.id });
    return user;
  },
});
