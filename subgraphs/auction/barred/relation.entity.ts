import { defineEntity, p } from '@mikro-orm/core';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/* Who stands near to whom, as the facts of identity tell it. */

export const FoundedOrganizationSchema = defineEntity({
  name: 'FoundedOrganization',
  tableName: 'founded_organizations',
  properties: { ...standardColumns, founderId: p.text().name('founder_id') },
});

/** An organization whose founder belongs to it still. Its id is the organization's. */
export class FoundedOrganization extends FoundedOrganizationSchema.class {}
FoundedOrganizationSchema.setClass(FoundedOrganization);

export const OwnedActorSchema = defineEntity({
  name: 'OwnedActor',
  tableName: 'owned_actors',
  properties: { ...standardColumns, ownerId: p.text().name('owner_id') },
});

/** To whom an agent or service belongs. Its id is the agent's or service's. */
export class OwnedActor extends OwnedActorSchema.class {}
OwnedActorSchema.setClass(OwnedActor);

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
 * Who belongs to an organization, or did while a lot was on. Its id is the membership's. Who belonged to a seller at the opening of a
 * lot is barred from it, whatever the rights are with which the bid comes.
 */
export class OrganizationMember extends OrganizationMemberSchema.class {}
OrganizationMemberSchema.setClass(OrganizationMember);
