import { definePermissions } from '../../platform/access/permission.ts';

const operators = { platformRoles: ['OPERATOR'] } as const;
const administrators = { organizationRole: 'ADMIN' } as const;
const ownEditors = { organizationRole: 'EDITOR', own: true } as const;
const ownAdministrators = { organizationRole: 'ADMIN', own: true } as const;

export const permissions = definePermissions({
  'identity.actor.update': {
    sentence: 'Change what an actor tells of itself: one’s own, an organization’s, or that of its agents and services.',
    ...ownAdministrators,
    ...operators,
  },
  'identity.postalAddress.create': { sentence: 'Enter an address of one’s own or of an organization.', ...ownEditors },
  'identity.postalAddress.update': { sentence: 'Change an address of one’s own or of an organization.', ...ownEditors },
  'identity.postalAddress.archive': {
    sentence: 'Take an address of one’s own or of an organization out of use.',
    ...ownEditors,
  },
  'identity.organization.close': {
    sentence: 'Close an organization for good, and export what is kept about it.',
    organizationRole: 'OWNER',
    // Whoever repeats the call owns none any more, and is answered what is closed.
    own: true,
  },
  'identity.membership.grant': { sentence: 'Give a member of an organization another role.', ...administrators },
  'identity.membership.remove': {
    sentence: 'Take somebody out of an organization; everybody may leave by themselves.',
    ...ownAdministrators,
    ...operators,
  },
  'identity.service.create': { sentence: 'Create a service of an organization.', ...administrators, ...operators },
  'identity.actorKey.create': {
    sentence: 'Create a key for an agent of one’s own, or for an agent or a service of an organization.',
    ...ownAdministrators,
  },
  'identity.actorKey.revoke': {
    sentence: 'Revoke a key of an agent of one’s own, or of an agent or a service of an organization.',
    ...ownAdministrators,
    ...operators,
  },
  'identity.agent.close': {
    sentence: 'Close an agent of one’s own or of an organization for good.',
    ...ownAdministrators,
    ...operators,
  },
  'identity.agent.create': {
    sentence: 'Create an agent of one’s own or of an organization.',
    ...ownEditors,
    ...operators,
  },
  'identity.session.actOnBehalf': {
    sentence: 'Act on behalf of another actor, for support and imports. Rights are those that both have.',
    ...operators,
  },
  'identity.platformRole.set': { sentence: 'Give or take platform roles.', ...operators },
  'identity.accountMail.list': {
    sentence: 'See which mails about accounts were sent, and which could not be.',
    ...operators,
  },
  'identity.emailCollision.resolve': {
    sentence:
      'See which accounts cannot sign in because another one has their e-mail address, and ask for another address of one of them.',
    ...operators,
  },
  'identity.invitation.send': { sentence: 'Invite somebody to join an organization.', ...administrators },
  'identity.invitation.revoke': {
    sentence: 'Take back an invitation to join an organization.',
    ...administrators,
    ...operators,
  },
  'identity.user.create': { sentence: 'Create an account with a password for somebody.', ...operators },
  'identity.user.invite': {
    sentence: 'Make accounts for people, who then set a password by a link in a mail.',
    ...operators,
  },
});
