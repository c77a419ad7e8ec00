import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { actors, organizationOf, organizations } from '../actor/actor.noun.ts';
import { OrganizationRole } from '../membership/membership.entity.ts';
import { Viewer } from '../viewer/viewer.ts';
import { Invitation, InvitationStatus, isUnanswered, openAtMost, sentTo } from './invitation.entity.ts';

/** The condition for invitations sent to the actor's confirmed address. */
function toAddressOf(actorId: string) {
  return raw(
    (alias) =>
      `${alias}.email in (select a.email from identity.actors a where a.id = ? and a.email_confirmed_at is not null)`,
    [actorId],
  );
}

export const invitations = noun(Invitation, {
  name: 'Invitation',
  plural: 'invitations',
  prefix: 'inv',
  words: ['invitation', 'invitations'],
  description:
    'An invitation of a person to join an organization. Visible to its administrators, to the invited person and to operators.',
  audience: 'self',
  visible: (actor): FilterQuery<Invitation> | null => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    return {
      $or: [
        { acceptedBy: actor.id },
        { actorId: actor.id },
        { organizationId: { $in: organizationsOf(actor, 'ADMIN') } },
        { [toAddressOf(actor.id)]: [] },
      ],
    };
  },
  ownedBy: 'organizationId',
  fields: (f) => ({
    id: f.id(),
    organization: organizationOf(f, 'The organization that the person is invited to join.'),
    email: f
      .text(
        'E-mail address to which the link was sent. Visible to those who may invite; null for everybody else, and if the person was invited by id.',
      )
      .restrictedTo('self', ({ organizationId }, context) => context.can('identity.invitation.send', organizationId)),
    actor: f.belongsTo(() => actors, 'actorId', 'The invited person. Null if the invitation was sent to an address.'),
    role: f.enum(OrganizationRole, 'The role that the person gets by accepting.'),
    status: f
      .enum(InvitationStatus, 'Whether the invitation is open, or how it ended.')
      .from((invitation, context) => invitation.statusAt(context.now())),
    invitedBy: f.belongsTo(() => actors, 'invitedBy', 'The actor who last sent the invitation.'),
    expiresAt: f.time('When the invitation expires: seven days after it was last sent.'),
    createdAt: f.time('When the invitation was first sent.'),
  }),
  filter: {},
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'An invitation by its id, for the invited person, for those who may invite to the organization, and for operators. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
    list: false,
  },
});

export const organizationInvitations = extend(organizations, (f) => ({
  invitations: f
    .hasFew(
      () => invitations,
      'organizationId',
      'Open and expired invitations, the newest first; at most 200. Visible to those who may invite; null for everybody else.',
      { atMost: openAtMost, where: () => isUnanswered },
    )
    .restrictedTo('self', ({ id }, context) => context.can('identity.invitation.send', id)),
}));

export const viewerInvitations = extend(Viewer, (f) => ({
  invitations: f
    .rows(
      () => invitations,
      'Open invitations of the viewer, by id or to the viewer’s confirmed address, the newest first; at most 200.',
      { atMost: openAtMost },
    )
    .from((viewer, context) =>
      context.em.find(
        Invitation,
        { $and: [sentTo(viewer), { ...isUnanswered, expiresAt: { $gt: context.now() } }] },
        { orderBy: { createdAt: 'desc', id: 'desc' }, limit: openAtMost },
      ),
    ),
}));
