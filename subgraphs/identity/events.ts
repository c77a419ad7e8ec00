import { z } from 'zod';
import { organizationRoles, platformRoles } from '../../platform/context/actor.ts';
import { fact, personal } from '../../platform/facts/fact.ts';

const id = z.string();
const role = z.enum(organizationRoles);

/**
 * Only in old facts. Facts are kept, but a name must be erased when its account is closed, so readers of facts join names through
 * the graph.
 */
const formerName = { displayName: personal(z.string()).optional() };

export const userSignedUp = fact('identity.user.signedUp', 'A person signed up.', { userId: id, ...formerName });

export const userSignUpRequested = fact(
  'identity.user.signUpRequested',
  'A link to sign up was requested. The fact does not reveal whether the address has an account.',
  { accountMailId: id },
);

export const userCreated = fact(
  'identity.user.created',
  'An operator, or the setup of the installation, created an account with a password.',
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
  'The profile of an actor or the parent of an organization was changed. Names the fields, not their values.',
  {
    actorId: id,
    kind: z.enum(['USER', 'ORGANIZATION', 'AGENT', 'SERVICE']),
    changed: z.array(z.enum(profileFields)),
    /** Present if the organization was moved; null if it has no parent. */
    parentId: id.nullable().optional(),
    previousParentId: id.nullable().optional(),
  },
);

export const userClosed = fact(
  'identity.user.closed',
  'A person closed their account. Its personal data is erased, and other systems erase theirs.',
  { actorId: id },
);

export const organizationClosed = fact(
  'identity.organization.closed',
  'An owner closed an organization for good; all memberships have ended.',
  { organizationId: id },
);

export const actorClosed = fact(
  'identity.actor.closed',
  'An agent or service was closed, separately or with its owner; its keys are no longer valid.',
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

export const postalAddressCreated = fact('identity.postalAddress.created', 'A postal address was created.', {
  postalAddressId: id,
  ownerId: id,
  country: z.string(),
});

export const postalAddressUpdated = fact(
  'identity.postalAddress.updated',
  'A postal address was changed. Names the fields, not their values.',
  { postalAddressId: id, ownerId: id, country: z.string(), changed: z.array(z.enum(addressFields)) },
);

export const postalAddressArchived = fact('identity.postalAddress.archived', 'A postal address was archived.', {
  postalAddressId: id,
  ownerId: id,
});

export const sessionSignedIn = fact('identity.session.signedIn', 'A person signed in.', { sessionId: id, actorId: id });

export const sessionSignInRefused = fact(
  'identity.session.signInRefused',
  'A sign-in with a wrong password was refused.',
  { actorId: id, failures: z.int() },
);

export const sessionSignedOut = fact('identity.session.signedOut', 'An actor signed out.', {
  sessionId: id,
  actorId: id,
});

export const sessionRevoked = fact(
  'identity.session.revoked',
  'A session was ended before its expiry: by its owner, or because a refresh token was used twice.',
  { sessionId: id, actorId: id, reason: z.enum(['REFRESH_TOKEN_REUSED', 'REVOKED']) },
);

export const sessionOthersRevoked = fact(
  'identity.session.othersRevoked',
  'A person ended all their sessions except the one in use.',
  { actorId: id, keptSessionId: id.nullable(), count: z.int() },
);

export const sessionDelegated = fact(
  'identity.session.delegated',
  'An operator began to act on behalf of another actor.',
  {
    sessionId: id,
    actorId: id,
    delegateId: id,
    reason: z.string(),
  },
);

export const organizationCreated = fact('identity.organization.created', 'An organization was created.', {
  organizationId: id,
  kind: z.enum(['COMPANY', 'BRAND', 'GROUP']),
  ...formerName,
});

export const membershipGranted = fact(
  'identity.membership.granted',
  'An actor became a member of an organization, or a member’s role was changed.',
  { membershipId: id, organizationId: id, actorId: id, role, previousRole: role.nullable() },
);

export const membershipRemoved = fact('identity.membership.removed', 'A member left an organization or was removed.', {
  membershipId: id,
  organizationId: id,
  actorId: id,
  role,
  // When the membership began. Absent in old facts, and when an account or organization was closed.
  since: z.iso.datetime().optional(),
});

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
  'The owner of an agent closed it. Other systems react to `identity.actor.closed`.',
  { agentId: id, ownerId: id },
);

export const platformRolesSet = fact('identity.platformRole.set', 'The platform roles of an actor were set.', {
  actorId: id,
  roles: z.array(z.enum(platformRoles)),
  previousRoles: z.array(z.enum(platformRoles)),
});

export const accountMailSent = fact('identity.accountMail.sent', 'The mail server accepted a mail about an account.', {
  accountMailId: id,
  template: z.string(),
  attempts: z.int(),
});

export const accountMailFailed = fact(
  'identity.accountMail.failed',
  'A mail about an account could not be delivered; no further attempt is made.',
  { accountMailId: id, template: z.string(), attempts: z.int() },
);

export const emailConfirmationRequested = fact(
  'identity.emailConfirmation.requested',
  'A person requested a link that confirms their address.',
  { actorId: id, accountMailId: id },
);

export const emailConfirmed = fact('identity.email.confirmed', 'A person confirmed their e-mail address.', {
  actorId: id,
});

export const emailChangeRequested = fact(
  'identity.email.changeRequested',
  'A change of an e-mail address was requested; it takes effect once the new address is confirmed.',
  { actorId: id, accountMailId: id },
);

export const emailChanged = fact(
  'identity.email.changed',
  'The e-mail address of an account was changed; the new one is confirmed.',
  {
    actorId: id,
    accountMailId: id.nullable(),
  },
);

export const emailChangeStopped = fact(
  'identity.email.changeStopped',
  'A change of an e-mail address was stopped or undone with the link sent to the previous address; all sessions have ended.',
  { actorId: id, sessionsEnded: z.int() },
);

export const passwordChanged = fact(
  'identity.password.changed',
  'A person changed their password while signed in; all other sessions have ended.',
  { actorId: id, accountMailId: id.nullable(), sessionsEnded: z.int() },
);

export const passwordResetRequested = fact(
  'identity.passwordReset.requested',
  'A link to set a new password was requested. The fact does not reveal whether there is an account.',
  { accountMailId: id },
);

export const passwordResetCompleted = fact(
  'identity.passwordReset.completed',
  'A person set a new password with a link; all earlier sessions have ended.',
  { actorId: id, accountMailId: id, sessionsEnded: z.int() },
);

export const invitationSent = fact(
  'identity.invitation.sent',
  'A person was invited to join an organization, or invited again.',
  {
    invitationId: id,
    organizationId: id,
    role,
    invitedBy: id,
    /** Null if a person was invited by id: they get no mail. */
    accountMailId: id.nullable(),
  },
);

export const invitationAccepted = fact(
  'identity.invitation.accepted',
  'A person accepted an invitation to join an organization.',
  { invitationId: id, organizationId: id, actorId: id, role },
);

export const invitationDeclined = fact(
  'identity.invitation.declined',
  'A person declined an invitation to join an organization.',
  { invitationId: id, organizationId: id, actorId: id, role },
);

export const invitationRevoked = fact(
  'identity.invitation.revoked',
  'An invitation to join an organization was revoked.',
  { invitationId: id, organizationId: id, role },
);

export const userInvited = fact(
  'identity.user.invited',
  'An operator created an account for a person, who has no password yet.',
  { userId: id, accountMailId: id.nullable(), ...formerName },
);

/** Facts that come with a mail to send. */
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

/** Emitted by the delivery of mails; `actorUpdated` also when the medium of an avatar is deleted. */
export const systemFacts = [accountMailSent, accountMailFailed, actorUpdated];

/** Facts that change the rights of `actorId`: cached snapshots of it are dropped. */
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
