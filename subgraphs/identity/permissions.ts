import { definePermissions } from '../../platform/access/permission.ts';

const operators = { platformRoles: ['OPERATOR'] } as const;
const administrators = { organizationRole: 'ADMIN' } as const;
const ownEditors = { organizationRole: 'EDITOR', own: true } as const;
const ownAdministrators = { organizationRole: 'ADMIN', own: true } as const;

export const permissions = definePermissions({
  'identity.actor.update': {
    sentence: 'Change the profile of oneself or of an organization, or of an agent or service of either.',
    ...ownAdministrators,
    ...operators,
  },
  'identity.postalAddress.create': {
    sentence: 'Create a postal address of oneself or of an organization.',
    ...ownEditors,
  },
  'identity.postalAddress.update': {
    sentence: 'Change a postal address of oneself or of an organization.',
    ...ownEditors,
  },
  'identity.postalAddress.archive': {
    sentence: 'Archive a postal address of oneself or of an organization.',
    ...ownEditors,
  },
  'identity.organization.close': {
    sentence: 'Close an organization for good, and export its data.',
    organizationRole: 'OWNER',
    // A former owner who repeats the call is no longer a member.
    own: true,
  },
  'identity.membership.grant': { sentence: 'Change the role of a member of an organization.', ...administrators },
  'identity.membership.remove': {
    sentence: 'Remove a member from an organization, or leave it oneself.',
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
    sentence: 'Act on behalf of another actor, for support and imports, with the rights that both have.',
    ...operators,
  },
  'identity.platformRole.set': { sentence: 'Give or take platform roles.', ...operators },
  'identity.accountMail.list': {
    sentence: 'See mails about accounts and their delivery.',
    ...operators,
  },
  'identity.emailCollision.resolve': {
    sentence:
      'See accounts that cannot sign in because another one has their e-mail address, and request another address for one of them.',
    ...operators,
  },
  'identity.invitation.send': { sentence: 'Invite a person to join an organization.', ...administrators },
  'identity.invitation.revoke': {
    sentence: 'Revoke an invitation to join an organization.',
    ...administrators,
    ...operators,
  },
  'identity.user.create': { sentence: 'Create an account with a password for another person.', ...operators },
  'identity.user.invite': {
    sentence: 'Create accounts for people, who then set a password with a link in a mail.',
    ...operators,
  },
});
