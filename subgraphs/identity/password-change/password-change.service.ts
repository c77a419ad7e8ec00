import type { Transaction } from '../../../platform/context/context.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ownUser } from '../email/email.service.ts';
import { passwordChanged } from '../events.ts';
import { ownAgentKeysRevoke } from '../key/actor-key.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { otherSessionsRevoke } from '../session/revocation.service.ts';
import { passwordSet } from '../user/credential.service.ts';
import { checkHasPassword, passwordProved, type PasswordProof } from '../user/password-proof.service.ts';

export interface PasswordChange {
  viewer: Actor;
  revokedCount: number;
}

/** Sets another password by the present one; `hash` is null when the present one was wrong. */
export async function passwordChange(
  tx: Transaction,
  proof: PasswordProof,
  hash: string | null,
): Promise<PasswordChange> {
  const user = await ownUser(tx);
  await checkHasPassword(tx, user.id);
  await passwordProved(tx, proof);
  if (hash === null) throw new Error('a right password comes with a hash of the next');
  await passwordSet(tx, user, hash);
  const { length: revokedCount } = await otherSessionsRevoke(tx);
  await ownAgentKeysRevoke(tx, user.id);
  const notice = user.email
    ? accountMailQueue(tx, {
        template: 'PASSWORD_CHANGED',
        recipient: user.email,
        subjectId: user.id,
      })
    : null;
  tx.emit(passwordChanged, user.id, {
    actorId: user.id,
    accountMailId: notice?.id ?? null,
    sessionsEnded: revokedCount,
  });
  return { viewer: user, revokedCount };
}
