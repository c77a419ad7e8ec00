import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import { Actor } from '../actor/actor.entity.ts';
import { users } from '../actor/actor.noun.ts';
import { allowanceUse, perAddress } from '../allowance/allowance.service.ts';
import {
  actorKeyRevoked,
  emailChanged,
  emailChangeRequested,
  emailChangeStopped,
  emailConfirmationRequested,
  emailConfirmed,
} from '../events.ts';
import { ownAgentKeysRevoke } from '../key/actor-key.service.ts';
import { accountLinkPurposes, type LinkPurpose, type OneTimeLink } from '../link/one-time-link.entity.ts';
import { laterStopsVoid, linkExpired, linksVoid, linkUse, linkUser } from '../link/one-time-link.service.ts';
import { accountMailQueue, accountMailsDrop, stopMailsDrop } from '../mail/account-mail.service.ts';
import { sessionsRevoke } from '../session/session.service.ts';
import { Credential } from '../user/credential.entity.ts';
import { checkHasPassword, passwordProof, passwordProved } from '../user/password-proof.service.ts';
import { linkToken, presentPassword } from '../user/user-arguments.ts';
import { Viewer } from '../viewer/viewer.ts';
import { ownUser, requestEmailChange } from './email.service.ts';

/** Links that open or change an account, without the one that undoes a change. */
const changingPurposes = accountLinkPurposes.filter((purpose) => purpose !== 'EMAIL_CHANGE_STOP');

export const emailConfirmationRequest = mutation('emailConfirmationRequest', {
  access: 'signedIn',
  description:
    'Sends a mail with a link that confirms the viewer’s address. The link can be used once, within 24 hours, until the next one is sent.',
  errors:
    'NOT_FOUND for agents and services, FORBIDDEN on behalf of another actor, TOO_MANY with `retryAfter` in seconds after five within an hour',
  tells: [emailConfirmationRequested],
  payload: (f) => ({
    requested: f.boolean('Whether a mail is sent. False if the address is already confirmed.'),
    viewer: f.object(Viewer, 'The viewer, with the address to which the link is sent.'),
  }),
  async run(tx) {
    const user = await ownUser(tx);
    if (!user.email || user.emailConfirmedAt) return { requested: false, viewer: user };
    await allowanceUse(tx, [
      { purpose: 'emailConfirmation.account', of: user.id, ...perAddress },
      // Counted apart from `mailAllowance`, which strangers can use up.
      { purpose: 'mail.confirmation', of: user.email, ...perAddress },
    ]);
    const mail = accountMailQueue(tx, { template: 'EMAIL_CONFIRMATION', recipient: user.email, subjectId: user.id });
    tx.emit(emailConfirmationRequested, user.id, { actorId: user.id, accountMailId: mail.id });
    return { requested: true, viewer: user };
  },
});

export const emailConfirm = mutation('emailConfirm', {
  access: 'public',
  description:
    'Confirms an e-mail address with the link that was sent to it. After `emailChange` or `emailCollisionResolve` this completes the change.',
  errors:
    'NOT_FOUND for an unknown link, EXPIRED for one that was used, is too old or was replaced by a newer one, CONFLICT if another account now has the address',
  tells: [emailConfirmed, emailChanged],
  input: { token: linkToken },
  answers: [users, 'The person, with the confirmed address.'],
  async run(tx, { token }) {
    const purposes: LinkPurpose[] = ['EMAIL_CONFIRMATION', 'EMAIL_CHANGE'];
    const user = await linkUser(tx, token, purposes);
    const link = await linkUse(tx, token, purposes);
    if (link.purpose === 'EMAIL_CONFIRMATION') {
      // The link proves control of the address to which it was sent, which may no longer be the account's.
      if (user?.email !== link.address) throw linkExpired();
      user.emailWasRead(tx.now());
      tx.emit(emailConfirmed, user.id, { actorId: user.id });
      return user;
    }
    if (!user?.email) throw linkExpired();
    await checkFree(tx, link.address);
    const previous = user.email;
    // Links sent or about to be sent to the previous address must not open the account; only the one that undoes the change stays valid.
    await accountMailsDrop(tx, user, changingPurposes);
    await linksVoid(tx, changingPurposes, user.id);
    user.changeEmail(link.address, tx.now());
    const notice = accountMailQueue(tx, { template: 'EMAIL_CHANGED', recipient: previous, subjectId: user.id });
    tx.emit(emailChanged, user.id, { actorId: user.id, accountMailId: notice.id });
    return user;
  },
});

/** Throws CONFLICT if an account has this address. The caller reads its mail, so this may be revealed. */
async function checkFree(tx: Transaction, email: string): Promise<void> {
  if (await tx.em.findOne(Actor, { email }, { fields: ['id'] }))
    throw new Conflict('Another account now has this e-mail address.', { path: ['input', 'token'] });
}

export const emailChange = mutation('emailChange', {
  access: 'signedIn',
  description:
    'Requests a change of the e-mail address. The new address receives a link for `emailConfirm`, which completes the change; the present address receives a notice with a link for `emailChangeStop`. Setting a new password cancels the change while it is pending.',
  errors:
    'NOT_FOUND for agents and services, INVALID, FORBIDDEN for a wrong password, without a password or on behalf of another actor, TOO_MANY with `retryAfter` in seconds after wrong passwords, and after five for one account or to one address, or 100 from one network, within an hour',
  tells: [emailChangeRequested],
  input: {
    email: arg.email('The new address; at most 254 characters.'),
    password: presentPassword('The present password, at most 200 characters.'),
  },
  payload: (f) => ({
    requested: f.boolean(
      'Always true. The link is sent only if no other account has the new address, which this does not reveal.',
    ),
    viewer: f.object(Viewer, 'The viewer, still with the present address.'),
  }),
  prepare: ({ password }, context) => passwordProof(context, password),
  async run(tx, { email }, proof) {
    const user = await ownUser(tx);
    await checkHasPassword(tx, user.id);
    await passwordProved(tx, proof);
    if (email === user.email)
      throw new Invalid('email: the account has this address already.', { path: ['input', 'email'] });
    await requestEmailChange(tx, user, email);
    return { requested: true, viewer: user };
  },
});

export const emailChangeStop = mutation('emailChangeStop', {
  access: 'public',
  description:
    'Stops a change of the e-mail address with the link that was sent to the previous address; ends all sessions of the account and revokes the keys of the person’s own agents. Within 48 hours it also undoes a completed change: the account gets its previous address back, and has no password until one is set with `passwordResetRequest`.',
  errors:
    'NOT_FOUND for an unknown link, EXPIRED for one that was used, is too old or belongs to a change that was cancelled, stopped or undone, CONFLICT if another account now has the address',
  tells: [emailChangeStopped, emailChanged, actorKeyRevoked],
  input: { token: linkToken },
  answers: [users, 'The person, with the address that the account keeps or has again.'],
  async run(tx, { token }) {
    const user = await linkUser(tx, token, ['EMAIL_CHANGE_STOP']);
    const link = await linkUse(tx, token, ['EMAIL_CHANGE_STOP']);
    if (!user?.email) throw linkExpired();
    if (user.email === link.address) {
      await accountMailsDrop(tx, user, ['EMAIL_CHANGE', 'EMAIL_CHANGE_STOP']);
      await linksVoid(tx, ['EMAIL_CHANGE', 'EMAIL_CHANGE_STOP'], user.id, link.address);
    } else await takeBack(tx, user, link);
    // Whoever requested the change knew the password, and could confirm an address of their own a moment later.
    const sessionsEnded = await sessionsRevoke(tx, user.id);
    await ownAgentKeysRevoke(tx, user.id);
    tx.emit(emailChangeStopped, user.id, { actorId: user.id, sessionsEnded });
    return user;
  },
});

/** Restores a user's previous address. Deletes the password: the person who changed the address knew it, or has set it. */
async function takeBack(tx: Transaction, user: Actor, link: OneTimeLink): Promise<void> {
  const address = normalEmail(link.address);
  await checkFree(tx, address);
  await accountMailsDrop(tx, user, changingPurposes);
  await stopMailsDrop(tx, user.id);
  await linksVoid(tx, changingPurposes, user.id);
  await laterStopsVoid(tx, link);
  await tx.em.nativeDelete(Credential, { id: user.id });
  user.changeEmail(address, tx.now());
  tx.emit(emailChanged, user.id, { actorId: user.id, accountMailId: null });
}
