import { z } from 'zod';
import { organizationRoles, platformRoles } from '../../platform/context/actor.ts';
import { fact, personal } from '../../platform/facts/fact.ts';

const role = z.enum(organizationRoles);

/**
 * Only in facts of earlier days. Facts are for ever, and a name is to go when an account is closed: whoever shows a fact joins
 * the name through the graph.
 */
const formerName = { displayName: personal(z.string()).optional() };

export const userSignedUp = fact(
  'identity.user.signedUp',
  'Somebody signed up.',
  z.object({ userId: z.string(), ...formerName }),
);

export const userSignUpRequested = fact(
  'identity.user.signUpRequested',
  'Somebody asked for a link to sign up. Whether the address has an account is not told.',
  z.object({ accountMailId: z.string() }),
);

export const userCreated = fact(
  'identity.user.created',
  'An operator, or whoever sets the house up, made an account with a password.',
  z.object({ userId: z.string() }),
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
  z.object({
    actorId: z.string(),
    kind: z.enum(['USER', 'ORGANIZATION', 'AGENT', 'SERVICE']),
    changed: z.array(z.enum(profileFields)),
    /** There when the organization was moved; null is the top. */
    parentId: z.string().nullable().optional(),
    previousParentId: z.string().nullable().optional(),
  }),
);

export const userClosed = fact(
  'identity.user.closed',
  'Somebody closed their account; what was personal in it is erased, and others erase what they keep of it.',
  z.object({ actorId: z.string() }),
);

export const organizationClosed = fact(
  'identity.organization.closed',
  'An owner closed an organization for good: nobody is a member of it any more.',
  z.object({ organizationId: z.string() }),
);

export const actorClosed = fact(
  'identity.actor.closed',
  'An agent or service was closed, by itself or with whom it belonged to; its keys are good no longer.',
  z.object({
    actorId: z.string(),
    kind: z.enum(['AGENT', 'SERVICE']),
    ownerId: z.string(),
  }),
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

export const postalAddressCreated = fact(
  'identity.postalAddress.created',
  'An address was entered.',
  z.object({ postalAddressId: z.string(), ownerId: z.string(), country: z.string() }),
);

export const postalAddressUpdated = fact(
  'identity.postalAddress.updated',
  'An address was changed; which fields, not what is in them.',
  z.object({
    postalAddressId: z.string(),
    ownerId: z.string(),
    country: z.string(),
    changed: z.array(z.enum(addressFields)),
  }),
);

export const postalAddressArchived = fact(
  'identity.postalAddress.archived',
  'An address was taken out of use.',
  z.object({ postalAddressId: z.string(), ownerId: z.string() }),
);

export const sessionSignedIn = fact(
  'identity.session.signedIn',
  'Somebody signed in.',
  z.object({ sessionId: z.string(), actorId: z.string() }),
);

export const sessionSignInRefused = fact(
  'identity.session.signInRefused',
  'A sign-in with a wrong password was refused.',
  z.object({ actorId: z.string(), failures: z.int() }),
);

export const sessionSignedOut = fact(
  'identity.session.signedOut',
  'Somebody signed out.',
  z.object({ sessionId: z.string(), actorId: z.string() }),
);

export const sessionRevoked = fact(
  'identity.session.revoked',
  'A session was ended before its time: its refresh token was used twice, or whose it is ended it.',
  z.object({ sessionId: z.string(), actorId: z.string(), reason: z.enum(['REFRESH_TOKEN_REUSED', 'REVOKED']) }),
);

export const sessionOthersRevoked = fact(
  'identity.session.othersRevoked',
  'Somebody ended all their sessions but the one from which they did it.',
  z.object({ actorId: z.string(), keptSessionId: z.string().nullable(), count: z.int() }),
);

export const sessionDelegated = fact(
  'identity.session.delegated',
  'An operator began to act on behalf of somebody.',
  z.object({ sessionId: z.string(), actorId: z.string(), delegateId: z.string(), reason: z.string() }),
);

export const organizationCreated = fact(
  'identity.organization.created',
  'An organization was created.',
  z.object({ organizationId: z.string(), kind: z.enum(['COMPANY', 'BRAND', 'GROUP']), ...formerName }),
);

export const membershipGranted = fact(
  'identity.membership.granted',
  'Somebody was given a role in an organization, or another one than before.',
  z.object({
    membershipId: z.string(),
    organizationId: z.string(),
    actorId: z.string(),
    role,
    previousRole: role.nullable(),
  }),
);

export const membershipRemoved = fact(
  'identity.membership.removed',
  'Somebody left an organization or was taken out.',
  // When the membership began; facts of before do not say it, nor those of an account or organization that was closed.
  z.object({
    membershipId: z.string(),
    organizationId: z.string(),
    actorId: z.string(),
    role,
    since: z.iso.datetime().optional(),
  }),
);

export const serviceCreated = fact(
  'identity.service.created',
  'A service was created.',
  z.object({ serviceId: z.string(), organizationId: z.string().nullable(), ...formerName }),
);

export const actorKeyCreated = fact(
  'identity.actorKey.created',
  'A key for an agent or a service was created.',
  z.object({ actorKeyId: z.string(), actorId: z.string(), scopes: z.array(z.string()).nullable() }),
);

export const actorKeyRevoked = fact(
  'identity.actorKey.revoked',
  'A key of an agent or a service was revoked.',
  z.object({ actorKeyId: z.string(), actorId: z.string() }),
);

export const agentCreated = fact(
  'identity.agent.created',
  'An agent was created.',
  z.object({ agentId: z.string(), ownerId: z.string(), ...formerName }),
);

export const agentClosed = fact(
  'identity.agent.closed',
  'Whoever it belongs to closed an agent; `identity.actor.closed` tells its end to all who keep something of it.',
  z.object({ agentId: z.string(), ownerId: z.string() }),
);

export const platformRolesSet = fact(
  'identity.platformRole.set',
  'The platform roles of somebody were set.',
  z.object({
    actorId: z.string(),
    roles: z.array(z.enum(platformRoles)),
    previousRoles: z.array(z.enum(platformRoles)),
  }),
);

export const accountMailSent = fact(
  'identity.accountMail.sent',
  'The mail server took a mail about an account.',
  z.object({ accountMailId: z.string(), template: z.string(), attempts: z.int() }),
);

export const accountMailFailed = fact(
  'identity.accountMail.failed',
  'A mail about an account could not be delivered and is not tried any more.',
  z.object({ accountMailId: z.string(), template: z.string(), attempts: z.int() }),
);

export const emailConfirmationRequested = fact(
  'identity.emailConfirmation.requested',
  'Somebody asked for a link that confirms their address.',
  z.object({ actorId: z.string(), accountMailId: z.string() }),
);

export const emailConfirmed = fact(
  'identity.email.confirmed',
  'Somebody showed that they can read what is sent to their address.',
  z.object({ actorId: z.string() }),
);

export const emailChangeRequested = fact(
  'identity.email.changeRequested',
  'Somebody asked for another address; it is theirs once it is confirmed.',
  z.object({ actorId: z.string(), accountMailId: z.string() }),
);

export const emailChanged = fact(
  'identity.email.changed',
  'Somebody has another address, which is confirmed.',
  z.object({ actorId: z.string(), accountMailId: z.string().nullable() }),
);

export const emailChangeStopped = fact(
  'identity.email.changeStopped',
  'Somebody stopped a change of their address, or took it back, by the link in the mail to the address before; all sessions have ended.',
  z.object({ actorId: z.string(), sessionsEnded: z.int() }),
);

export const passwordChanged = fact(
  'identity.password.changed',
  'Somebody changed their password while signed in; all other sessions have ended.',
  z.object({
    actorId: z.string(),
    accountMailId: z.string().nullable(),
    sessionsEnded: z.int(),
  }),
);

export const passwordResetRequested = fact(
  'identity.passwordReset.requested',
  'Somebody asked for a link to set a new password. Whether there is such an account is not told.',
  z.object({ accountMailId: z.string() }),
);

export const passwordResetCompleted = fact(
  'identity.passwordReset.completed',
  'Somebody set a new password by a link; all sessions before it have ended.',
  z.object({ actorId: z.string(), accountMailId: z.string(), sessionsEnded: z.int() }),
);

export const invitationSent = fact(
  'identity.invitation.sent',
  'Somebody was invited to join an organization, or invited once more.',
  z.object({
    invitationId: z.string(),
    organizationId: z.string(),
    role,
    invitedBy: z.string(),
    /** Null where somebody was invited who is known: they get no mail. */
    accountMailId: z.string().nullable(),
  }),
);

export const invitationAccepted = fact(
  'identity.invitation.accepted',
  'Somebody accepted an invitation to join an organization.',
  z.object({ invitationId: z.string(), organizationId: z.string(), actorId: z.string(), role }),
);

export const invitationDeclined = fact(
  'identity.invitation.declined',
  'Somebody declined an invitation to join an organization.',
  z.object({ invitationId: z.string(), organizationId: z.string(), actorId: z.string(), role }),
);

export const invitationRevoked = fact(
  'identity.invitation.revoked',
  'An invitation to join an organization was taken back.',
  z.object({ invitationId: z.string(), organizationId: z.string(), role }),
);

export const userInvited = fact(
  'identity.user.invited',
  'An operator made an account for somebody, who has no password yet.',
  z.object({ userId: z.string(), accountMailId: z.string().nullable(), ...formerName }),
);

export const facts = [
  userSignedUp,
  userSignUpRequested,
  userCreated,
  userClosed,
  organizationClosed,
  actorClosed,
  actorUpdated,
  postalAddressCreated,
  postalAddressUpdated,
  postalAddressArchived,
  sessionSignedIn,
  sessionSignInRefused,
  sessionSignedOut,
  sessionRevoked,
  sessionOthersRevoked,
  sessionDelegated,
  organizationCreated,
  membershipGranted,
  membershipRemoved,
  serviceCreated,
  actorKeyCreated,
  actorKeyRevoked,
  agentCreated,
  agentClosed,
  platformRolesSet,
  accountMailSent,
  accountMailFailed,
  emailConfirmationRequested,
  emailConfirmed,
  emailChangeRequested,
  emailChanged,
  emailChangeStopped,
  passwordChanged,
  passwordResetRequested,
  passwordResetCompleted,
  invitationSent,
  invitationAccepted,
  invitationDeclined,
  invitationRevoked,
  userInvited,
];

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
