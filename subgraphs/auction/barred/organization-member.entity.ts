import { defineEntity, p } from '@mikro-orm/core';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const OrganizationMemberSchema = defineEntity({
  name: 'OrganizationMember',
  tableName: 'members',
  properties: {
    ...standardColumns,
    organizationId: p.text().name('organization_id'),
    actorId: p.text().name('actor_id'),
    role: p.enum(organizationRoles),
    since: p.datetime(3),
    leftAt: p.datetime(3).name('left_at').nullable(),
  },
});

/**
 * Who belongs to an organization, or did while a lot was on, as the facts of identity tell it. Its id is the membership's. Who belonged
 * to a seller at the opening of a lot is barred from it, whatever the rights are with which the bid comes.
 */
export class OrganizationMember extends OrganizationMemberSchema.class {}
OrganizationMemberSchema.setClass(OrganizationMember);
