import { definePermissions } from '../../platform/access/permission.ts';

export const permissions = definePermissions({
  'identity.actor.update': {
    sentence: 'Change what an actor tells of itself: one’s own, an organization’s, or that of its agents and services.',
    organizationRole: 'ADMIN',
    platformRoles: ['OPERATOR'],
    own: true,
  },
  'identity.postalAddress.create': {
    sentence: 'Enter an address of one’s own or of an organization.',
    organizationRole: 'EDITOR',
    own: true,
  },
  'identity.postalAddress.update': {
    sentence: 'Change an address of one’s own or of an organization.',
    organizationRole: 'EDITOR',
    own: true,
  },
  'identity.postalAddress.archive': {
    sentence: 'Take an address of one’s own or of an organization out of use.',
    organizationRole: 'EDITOR',
    own: true,
  },
  'identity.organization.close': {
    sentence: 'Close an organization for good, and export what is kept about it.',
    organizationRole: 'OWNER',
    // Whoever repeats the call owns none any more, and is answered what is closed.
    own: true,
  },
  'identity.membership.grant': {
    sentence: 'Give a member of an organization another role.',
    organizationRole: 'ADMIN',
  },
  'identity.membership.remove': {
    sentence: 'Take somebody out of an organization; everybody may leave by themselves.',
    organizationRole: 'ADMIN',
    platformRoles: ['OPERATOR'],
    own: true,
  },
  'identity.service.create': {
    sentence: 'Create a service of an organization.',
    organizationRole: 'ADMIN',
    platformRoles: ['OPERATOR'],
  },
  'identity.actorKey.create': {
    sentence: 'Create a key for an agent of one’s own, or for an agent or a service of an organization.',
    organizationRole: 'ADMIN',
    own: true,
  },
  'identity.actorKey.revoke': {
    sentence: 'Revoke a key of an agent of one’s own, or of an agent or a service of an organization.',
    organizationRole: 'ADMIN',
    platformRoles: ['OPERATOR'],
    own: true,
  },
  'identity.agent.close': {
    sentence: 'Close an agent of one’s own or of an organization for good.',
    organizationRole: 'ADMIN',
    platformRoles: ['OPERATOR'],
    own: true,
  },
  'identity.agent.create': {
    sentence: 'Create an agent of one’s own or of an organization.',
    organizationRole: 'EDITOR',
    platformRoles: ['OPERATOR'],
    own: true,
  },
  'identity.session.actOnBehalf': {
    sentence: 'Act on behalf of another actor, for support and imports. Rights are those that both have.',
    platformRoles: ['OPERATOR'],
  },
  'identity.platformRole.set': {
    sentence: 'Give or take platform roles.',
    platformRoles: ['OPERATOR'],
  },
  'identity.accountMail.list': {
    sentence: 'See which mails about accounts were sent, and which could not be.',
    platformRoles: ['OPERATOR'],
  },
  'identity.emailCollision.resolve': {
    sentence:
      'See which accounts cannot sign in because another one has their e-mail address, and ask for another address of one of them.',
    platformRoles: ['OPERATOR'],
  },
  'identity.invitation.send': {
    sentence: 'Invite somebody to join an organization.',
    organizationRole: 'ADMIN',
  },
  'identity.invitation.revoke': {
    sentence: 'Take back an invitation to join an organization.',
    organizationRole: 'ADMIN',
    platformRoles: ['OPERATOR'],
  },
  'identity.user.create': {
    sentence: 'Create an account with a password for somebody.',
    platformRoles: ['OPERATOR'],
  },
  'identity.user.invite': {
    sentence: 'Make accounts for people, who then set a password by a link in a mail.',
    platformRoles: ['OPERATOR'],
  },
});
