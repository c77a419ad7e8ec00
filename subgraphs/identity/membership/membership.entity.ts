import { defineEntity, p } from '@mikro-orm/core';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/**
 * Memberships of one actor. Each request carries all of them to every system, signed: a hundred are some 9 kB, which fits
 * beside the rest into the 16 kB that Node takes of headers.
 */
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
