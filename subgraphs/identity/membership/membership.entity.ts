import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Memberships per actor. Each request carries all of them, signed, to every system: a hundred take about 13 kB. */
export const membershipsAtMost = 100;

export const OrganizationRole = enumeration(
  'OrganizationRole',
  'Roles in an organization, weakest first; each includes those before it.',
  {
    GUEST: 'Sees what the organization shares with its members.',
    VIEWER: 'Also sees internal data of the organization, such as its postal addresses.',
    EDITOR: 'Also changes what the organization owns. Its agents and services act with this role.',
    ADMIN: 'Also invites and removes members, and manages the profile, services and keys.',
    OWNER: 'Also closes the organization. At least one member is an owner.',
  },
);
export type OrganizationRole = ValueOf<typeof OrganizationRole>;

const columns = {
  ...standardColumns,
  organizationId: p.text().name('organization_id'),
  actorId: p.text().name('actor_id'),
  role: p.enum(OrganizationRole.values),
};

export const MembershipSchema = defineEntity({ name: 'Membership', tableName: 'memberships', properties: columns });

/** The role of an actor in an organization. */
export class Membership extends MembershipSchema.class {}
MembershipSchema.setClass(Membership);

export const EndedMembershipSchema = defineEntity({
  name: 'EndedMembership',
  tableName: 'ended_memberships',
  properties: { ...columns, endedAt: p.datetime(3).name('ended_at') },
});

/**
 * A removed membership under its former id, so that a repeated removal gets the same answer. In its own table, so that queries which
 * count members or grant rights need not exclude it.
 */
export class EndedMembership extends EndedMembershipSchema.class {}
EndedMembershipSchema.setClass(EndedMembership);
