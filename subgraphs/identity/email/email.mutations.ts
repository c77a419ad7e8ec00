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

/** What opens an account or changes it, without what takes a change back. */
const changingPurposes = accountLinkPurposes.filter((purpose) => purpose !== 'EMAIL_CHANGE_STOP');

export const emailConfirmationRequest = mutation('emailConfirmationRequest', {
  access: 'signedIn',
  description:
    'Sends a mail with a link that confirms the address of the viewer. The link can be used once, within 24 hours, until the next one is sent.',
  errors: 'FORBIDDEN on behalf of somebody else, TOO_MANY with `retryAfter` after five within an hour',
  tells: [emailConfirmationRequested],
  payload: (f) => ({
    requested: f.boolean('False when the address is confirmed already, and no mail goes out.'),
    viewer: f.object(Viewer, 'The viewer, with the address that the link goes to.'),
  }),
  async run(tx) {
    const user = await ownUser(tx);
    if (!user.email || user.emailConfirmedAt) return { requested: false, viewer: user };
    await allowanceUse(tx, [
      { purpose: 'emailConfirmation.account', of: user.id, ...perAddress },
      // Not what strangers use up: the owner of the account asks.
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
    'Confirms an address by the link that was sent to it; after `emailChange` the account has that address from now on.',
  errors:
    'NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or followed by a newer one, CONFLICT when another account has the address by now',
  tells: [emailConfirmed, emailChanged],
  input: { token: linkToken('The text behind `#token=` in the link.') },
  answers: [users, 'Whose address it is.'],
  async run(tx, { token }) {
    const purposes: LinkPurpose[] = ['EMAIL_CONFIRMATION', 'EMAIL_CHANGE'];
    const user = await linkUser(tx, token, purposes);
    const link = await linkUse(tx, token, purposes);
    if (link.purpose === 'EMAIL_CONFIRMATION') {
      // The link shows that somebody reads the address it went to, which may not be the account's any more.
      if (user?.email !== link.address) throw linkExpired();
      user.emailWasRead(tx.now());
      tx.emit(emailConfirmed, user.id, { actorId: user.id });
      return user;
    }
    if (!user?.email) throw linkExpired();
    await checkFree(tx, link.address);
    const previous = user.email;
    // Links that went to the address before must not open the account any more, nor those that wait to go there; one takes it back.
    await accountMailsDrop(tx, user, changingPurposes);
    await linksVoid(tx, changingPurposes, user.id);
    user.changeEmail(link.address, tx.now());
    const notice = accountMailQueue(tx, { template: 'EMAIL_CHANGED', recipient: previous, subjectId: user.id });
    tx.emit(emailChanged, user.id, { actorId: user.id, accountMailId: notice.id });
    return user;
  },
});

/** CONFLICT where an account has this address, which the reader of its mail may be told. */
async function checkFree(tx: Transaction, email: string): Promise<void> {
  if (await tx.em.findOne(Actor, { email }, { fields: ['id'] }))
    throw new Conflict('There is another account with this e-mail address by now.', { path: ['input', 'token'] });
}

export const emailChange = mutation('emailChange', {
  access: 'signedIn',
  description:
    'Requests a change of the e-mail address. The new address receives a link for `emailConfirm`, which completes the change; the present address receives a notice with a link for `emailChangeStop`. Setting a new password cancels the change while it is pending.',
  errors:
    'INVALID, FORBIDDEN for a wrong password, without a password or on behalf of somebody else, TOO_MANY with `retryAfter`',
  tells: [emailChangeRequested],
  input: {
    email: arg.email('The new address; at most 254 characters.'),
    password: presentPassword('The present password, at most 200 characters.'),
  },
  payload: (f) => ({
    requested: f.boolean(
      'Always true. A link is sent to the new address, unless another account has it; the answer does not show which.',
    ),
    viewer: f.object(Viewer, 'The viewer, still with the present address.'),
  }),
  prepare: ({ password }, context) => passwordProof(context, password),
  async run(tx, { email }, proof) {
    const user = await ownUser(tx);
    await checkHasPassword(tx, user.id);
    await passwordProved(tx, proof);
    if (email === user.email)
      throw new Invalid('This is the address of the account already.', { path: ['input', 'email'] });
    await requestEmailChange(tx, user, email);
    return { requested: true, viewer: user };
  },
});

export const emailChangeStop = mutation('emailChangeStop', {
  access: 'public',
  description:
    'Stops a change of address by the link that went to the address before, ends all sessions of the account and revokes the keys of the person’s own agents. Within 48 hours it also takes back a change that is done: the account has the address before again, and no password until one is set by `passwordResetRequest`.',
  errors:
    'NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or of a change that is over, CONFLICT when another account has the address by now',
  tells: [emailChangeStopped, emailChanged, actorKeyRevoked],
  input: { token: linkToken('The text behind `#token=` in the link that went to the present address.') },
  answers: [users, 'The person, whose e-mail address does not change.'],
  async run(tx, { token }) {
    const user = await linkUser(tx, token, ['EMAIL_CHANGE_STOP']);
    const link = await linkUse(tx, token, ['EMAIL_CHANGE_STOP']);
    if (!user?.email) throw linkExpired();
    if (user.email === link.address) {
      await accountMailsDrop(tx, user, ['EMAIL_CHANGE', 'EMAIL_CHANGE_STOP']);
      await linksVoid(tx, ['EMAIL_CHANGE', 'EMAIL_CHANGE_STOP'], user.id, link.address);
    } else await takeBack(tx, user, link);
    // Who asked for the change knew the password, and confirms an own address a moment later.
    const sessionsEnded = await sessionsRevoke(tx, user.id);
    await ownAgentKeysRevoke(tx, user.id);
    tx.emit(emailChangeStopped, user.id, { actorId: user.id, sessionsEnded });
    return user;
  },
});

/** Gives a user the former address again. The password is void: it was known by who changed the address, or is that one's own. */
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
