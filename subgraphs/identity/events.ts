import { z } from 'zod';
import { organizationRoles, platformRoles } from '../../platform/context/actor.ts';
import { fact, personal } from '../../platform/facts/fact.ts';

const id = z.string();
const role = z.enum(organizationRoles);

/**
 * Only in facts of earlier days. Facts are for ever, and a name is to go when an account is closed: whoever shows a fact joins
 * the name through the graph.
 */
const formerName = { displayName: personal(z.string()).optional() };

export const userSignedUp = fact('identity.user.signedUp', 'Somebody signed up.', { userId: id, ...formerName });

export const userSignUpRequested = fact(
  'identity.user.signUpRequested',
  'Somebody asked for a link to sign up. Whether the address has an account is not told.',
  { accountMailId: id },
);

export const userCreated = fact(
  'identity.user.created',
  'An operator, or whoever sets the house up, made an account with a password.',
  { userId: id },
);

const profileFields = [
  'displayName',
  'avatar',
  'avatarMediaId',
  'biography',
  'links',
  'locale',
  'timeZone',
  'discoverable',
  'organizationKind',
  'parentId',
] as const;
export type ProfileField = (typeof profileFields)[number];

export const actorUpdated = fact(
  'identity.actor.updated',
  'Somebody changed what an actor tells of itself, or where an organization stands; which fields, not what is in them.',
  {
    actorId: id,
    kind: z.enum(['USER', 'ORGANIZATION', 'AGENT', 'SERVICE']),
    changed: z.array(z.enum(profileFields)),
    /** There when the organization was moved; null is the top. */
    parentId: id.nullable().optional(),
    previousParentId: id.nullable().optional(),
  },
);

export const userClosed = fact(
  'identity.user.closed',
  'Somebody closed their account; what was personal in it is erased, and others erase what they keep of it.',
  { actorId: id },
);

export const organizationClosed = fact(
  'identity.organization.closed',
  'An owner closed an organization for good: nobody is a member of it any more.',
  { organizationId: id },
);

export const actorClosed = fact(
  'identity.actor.closed',
  'An agent or service was closed, by itself or with whom it belonged to; its keys are good no longer.',
  { actorId: id, kind: z.enum(['AGENT', 'SERVICE']), ownerId: id },
);

export const addressFields = [
  'name',
  'organizationName',
  'lines',
  'locality',
  'administrativeArea',
  'postalCode',
  'country',
  'phone',
  'isShippingDefault',
  'isBillingDefault',
] as const;
export type AddressField = (typeof addressFields)[number];

export const postalAddressCreated = fact('identity.postalAddress.created', 'An address was entered.', {
  postalAddressId: id,
  ownerId: id,
  country: z.string(),
});

export const postalAddressUpdated = fact(
  'identity.postalAddress.updated',
  'An address was changed; which fields, not what is in them.',
  { postalAddressId: id, ownerId: id, country: z.string(), changed: z.array(z.enum(addressFields)) },
);

export const postalAddressArchived = fact('identity.postalAddress.archived', 'An address was taken out of use.', {
  postalAddressId: id,
  ownerId: id,
});

export const sessionSignedIn = fact('identity.session.signedIn', 'Somebody signed in.', { sessionId: id, actorId: id });

export const sessionSignInRefused = fact(
  'identity.session.signInRefused',
  'A sign-in with a wrong password was refused.',
  { actorId: id, failures: z.int() },
);

export const sessionSignedOut = fact('identity.session.signedOut', 'Somebody signed out.', {
  sessionId: id,
  actorId: id,
});

export const sessionRevoked = fact(
  'identity.session.revoked',
  'A session was ended before its time: its refresh token was used twice, or whose it is ended it.',
  { sessionId: id, actorId: id, reason: z.enum(['REFRESH_TOKEN_REUSED', 'REVOKED']) },
);

export const sessionOthersRevoked = fact(
  'identity.session.othersRevoked',
  'Somebody ended all their sessions but the one from which they did it.',
  { actorId: id, keptSessionId: id.nullable(), count: z.int() },
);

export const sessionDelegated = fact('identity.session.delegated', 'An operator began to act on behalf of somebody.', {
  sessionId: id,
  actorId: id,
  delegateId: id,
  reason: z.string(),
});

export const organizationCreated = fact('identity.organization.created', 'An organization was created.', {
  organizationId: id,
  kind: z.enum(['COMPANY', 'BRAND', 'GROUP']),
  ...formerName,
});

export const membershipGranted = fact(
  'identity.membership.granted',
  'Somebody was given a role in an organization, or another one than before.',
  { membershipId: id, organizationId: id, actorId: id, role, previousRole: role.nullable() },
);

export const membershipRemoved = fact(
  'identity.membership.removed',
  'Somebody left an organization or was taken out.',
  {
    membershipId: id,
    organizationId: id,
    actorId: id,
    role,
    // When the membership began; facts of before do not say it, nor those of an account or organization that was closed.
    since: z.iso.datetime().optional(),
  },
);

export const serviceCreated = fact('identity.service.created', 'A service was created.', {
  serviceId: id,
  organizationId: id.nullable(),
  ...formerName,
});

export const actorKeyCreated = fact('identity.actorKey.created', 'A key for an agent or a service was created.', {
  actorKeyId: id,
  actorId: id,
  scopes: z.array(z.string()).nullable(),
});

export const actorKeyRevoked = fact('identity.actorKey.revoked', 'A key of an agent or a service was revoked.', {
  actorKeyId: id,
  actorId: id,
});

export const agentCreated = fact('identity.agent.created', 'An agent was created.', {
  agentId: id,
  ownerId: id,
  ...formerName,
});

export const agentClosed = fact(
  'identity.agent.closed',
  'Whoever it belongs to closed an agent; `identity.actor.closed` tells its end to all who keep something of it.',
  { agentId: id, ownerId: id },
);

export const platformRolesSet = fact('identity.platformRole.set', 'The platform roles of somebody were set.', {
  actorId: id,
  roles: z.array(z.enum(platformRoles)),
  previousRoles: z.array(z.enum(platformRoles)),
});

export const accountMailSent = fact('identity.accountMail.sent', 'The mail server took a mail about an account.', {
  accountMailId: id,
  template: z.string(),
  attempts: z.int(),
});

export const accountMailFailed = fact(
  'identity.accountMail.failed',
  'A mail about an account could not be delivered and is not tried any more.',
  { accountMailId: id, template: z.string(), attempts: z.int() },
);

export const emailConfirmationRequested = fact(
  'identity.emailConfirmation.requested',
  'Somebody asked for a link that confirms their address.',
  { actorId: id, accountMailId: id },
);

export const emailConfirmed = fact(
  'identity.email.confirmed',
  'Somebody showed that they can read what is sent to their address.',
  { actorId: id },
);

export const emailChangeRequested = fact(
  'identity.email.changeRequested',
  'Somebody asked for another address; it is theirs once it is confirmed.',
  { actorId: id, accountMailId: id },
);

export const emailChanged = fact('identity.email.changed', 'Somebody has another address, which is confirmed.', {
  actorId: id,
  accountMailId: id.nullable(),
});

export const emailChangeStopped = fact(
  'identity.email.changeStopped',
  'Somebody stopped a change of their address, or took it back, by the link in the mail to the address before; all sessions have ended.',
  { actorId: id, sessionsEnded: z.int() },
);

export const passwordChanged = fact(
  'identity.password.changed',
  'Somebody changed their password while signed in; all other sessions have ended.',
  { actorId: id, accountMailId: id.nullable(), sessionsEnded: z.int() },
);

export const passwordResetRequested = fact(
  'identity.passwordReset.requested',
  'Somebody asked for a link to set a new password. Whether there is such an account is not told.',
  { accountMailId: id },
);

export const passwordResetCompleted = fact(
  'identity.passwordReset.completed',
  'Somebody set a new password by a link; all sessions before it have ended.',
  { actorId: id, accountMailId: id, sessionsEnded: z.int() },
);

export const invitationSent = fact(
  'identity.invitation.sent',
  'Somebody was invited to join an organization, or invited once more.',
  {
    invitationId: id,
    organizationId: id,
    role,
    invitedBy: id,
    /** Null where somebody was invited who is known: they get no mail. */
    accountMailId: id.nullable(),
  },
);

export const invitationAccepted = fact(
  'identity.invitation.accepted',
  'Somebody accepted an invitation to join an organization.',
  { invitationId: id, organizationId: id, actorId: id, role },
);

export const invitationDeclined = fact(
  'identity.invitation.declined',
  'Somebody declined an invitation to join an organization.',
  { invitationId: id, organizationId: id, actorId: id, role },
);

export const invitationRevoked = fact(
  'identity.invitation.revoked',
  'An invitation to join an organization was taken back.',
  { invitationId: id, organizationId: id, role },
);

export const userInvited = fact(
  'identity.user.invited',
  'An operator made an account for somebody, who has no password yet.',
  { userId: id, accountMailId: id.nullable(), ...formerName },
);

/** After one of these there is a mail to send. */
export const mailQueuingFacts = [
  emailConfirmationRequested,
  emailChangeRequested,
  emailChanged,
  passwordChanged,
  passwordResetRequested,
  passwordResetCompleted,
  invitationSent,
  userInvited,
  userSignUpRequested,
];

/** Told when a mail was sent or given up, which no mutation waits for. */
export const systemFacts = [accountMailSent, accountMailFailed];

/** After one of these, what the house knew of `actorId` no longer holds: snapshots of it are dropped. */
export const rightsFacts = [
  userClosed,
  actorClosed,
  sessionSignedOut,
  sessionRevoked,
  sessionOthersRevoked,
  membershipGranted,
  membershipRemoved,
  actorKeyRevoked,
  platformRolesSet,
  passwordResetCompleted,
  passwordChanged,
  emailChangeStopped,
];
