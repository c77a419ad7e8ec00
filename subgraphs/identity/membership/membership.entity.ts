import { defineEntity, p } from '@mikro-orm/core';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Memberships of one actor. Each request carries all of them to every system, signed: a hundred are some 13 kB. */
export const membershipsAtMost = 100;

export const MembershipSchema = defineEntity({
  name: 'Membership',
  tableName: 'memberships',
  properties: {
    ...standardColumns,
    organizationId: p.text().name('organization_id'),
    actorId: p.text().name('actor_id'),
    role: p.enum(organizationRoles),
  },
});

/** What somebody may do in an organization. */
export class Membership extends MembershipSchema.class {}
MembershipSchema.setClass(Membership);

export const EndedMembershipSchema = defineEntity({
  name: 'EndedMembership',
  tableName: 'ended_memberships',
  properties: {
    ...standardColumns,
    organizationId: p.text().name('organization_id'),
    actorId: p.text().name('actor_id'),
    role: p.enum(organizationRoles),
    endedAt: p.datetime(3).name('ended_at'),
  },
});

/**
 * A membership that was removed, under the id that it had: whoever asks for its end again is answered the same. Apart from those in
 * force, so that nothing that counts or grants rights has to tell them from one another.
 */
export class EndedMembership extends EndedMembershipSchema.class {}
EndedMembershipSchema.setClass(EndedMembership);
