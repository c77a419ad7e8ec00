import type { Transaction } from '../../../platform/context/context.ts';
import { defaultUniverse } from '../../../platform/context/actor.ts';
import { seal, unseal } from '../../../platform/secrets/seal.ts';
import { Actor } from '../actor/actor.entity.ts';
import { shareActor } from '../actor/actor-locks.service.ts';
import { Invitation } from '../invitation/invitation.entity.ts';
import type { LinkPurpose } from '../link/one-time-link.entity.ts';
import { isLinkPurpose, linkPath } from '../link/link-pages.ts';
import { linkIsLive, linkIssue, linksToVoid } from '../link/one-time-link.service.ts';
import { Credential } from '../user/credential.entity.ts';
import type { AccountMail } from './account-mail.entity.ts';
import { letterOf, type Letter, type LetterContent } from './letter.ts';

/** The subject of a mail at the moment of sending. */
export type Subject = Omit<LetterContent, 'template' | 'link'> & {
  id: string;
  /** Whether the mail has no link. */
  withoutLink?: boolean;
};

/**
 * The text of a mail; null if a newer link was sent or the link is no longer valid.
 */
export async function accountMailLetter(
  tx: Transaction,
  mail: AccountMail,
  subject: Subject,
  publicUrl: string,
): Promise<Letter | null> {
  const { id, withoutLink, ...content } = subject;
  const purpose = mail.template;
  if (withoutLink || !isLinkPurpose(purpose)) return letterOf({ ...content, template: mail.template, link: null });
  const token = await tokenOf(tx, mail, purpose, id);
  if (token === null) return null;
  const universe = tx.universe === defaultUniverse ? null : tx.universe;
  const link = `${publicUrl}${linkPath(purpose, token, universe)}`;
  return letterOf({ ...content, template: mail.template, link });
}

/** The token of a mail: created at the first attempt and reused by later ones; null if it is no longer valid. */
async function tokenOf(tx: Transaction, mail: AccountMail, purpose: LinkPurpose, id: string): Promise<string | null> {
  const key = tx.secrets.sealingKey;
  if (mail.sealedToken) {
    const known = unseal(mail.sealedToken, key, mail.id);
    return (await linkIsLive(tx, known)) ? known : null;
  }
  if (purpose === 'SIGN_UP') await linksToVoid(tx, purpose, mail.recipient);
  const token = await linkIssue(tx, { purpose, subjectId: id, address: mail.recipient });
  mail.sealedToken = seal(token, key, mail.id);
  return token;
}

/**
 * The subject of a mail; null if the mail is not needed: no account has the address, it was confirmed or taken meanwhile, or the
 * invitation is no longer open. A user's row is locked until the commit, before the mail and its link, so that setting a password
 * waits and then voids the link.
 */
export async function subjectOf(tx: Transaction, mail: AccountMail): Promise<Subject | null> {
  if (mail.template === 'INVITATION') return invitationSubject(tx, mail);
  if (mail.template === 'SIGN_UP') {
    const user = await tx.em.findOne(Actor, { kind: 'USER', email: mail.recipient });
    return user ? { id: user.id, name: user.displayName, withoutLink: true } : { id: mail.id, name: null };
  }
  if (mail.template === 'PASSWORD_RESET') {
    const user = await shareActor(tx, { kind: 'USER', email: mail.recipient });
    return user && { id: user.id, name: user.displayName };
  }
  const user = mail.subjectId ? await shareActor(tx, { kind: 'USER', id: mail.subjectId }) : null;
  if (!user?.email) return null;
  const isByOperator = mail.requestedBy !== user.id;
  const subject: Subject = { id: user.id, name: user.displayName, address: user.email, isByOperator };
  switch (mail.template) {
    case 'EMAIL_CONFIRMATION':
      return user.email === mail.recipient && !user.emailConfirmedAt ? subject : null;
    case 'EMAIL_CHANGE':
      return (await tx.em.findOne(Actor, { email: mail.recipient }, { fields: ['id'] })) ? null : subject;
    case 'ACCOUNT_SETUP':
      return user.email === mail.recipient && !(await tx.em.findOne(Credential, { id: user.id })) ? subject : null;
    default:
      return subject;
  }
}

async function invitationSubject(tx: Transaction, mail: AccountMail): Promise<Subject | null> {
  const invitation = mail.subjectId ? await tx.em.findOne(Invitation, { id: mail.subjectId }) : null;
  if (!invitation?.isOpen(tx.now())) return null;
  const actors = await tx.em.find(Actor, {
    $or: [{ id: { $in: [invitation.organizationId, invitation.invitedBy] } }, { email: mail.recipient }],
  });
  const organization = actors.find(({ id }) => id === invitation.organizationId);
  const inviter = actors.find(({ id }) => id === invitation.invitedBy);
  if (!organization) return null;
  return {
    id: invitation.id,
    name: actors.find(({ email }) => email === mail.recipient)?.displayName ?? null,
    invitation: {
      organization: organization.displayName,
      inviter: inviter?.displayName ?? organization.displayName,
      role: invitation.role,
    },
  };
}
