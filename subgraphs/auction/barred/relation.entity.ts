import { defineEntity, p } from '@mikro-orm/core';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/* Memberships and ownership of actors, from the facts of identity. */

export const FoundedOrganizationSchema = defineEntity({
  name: 'FoundedOrganization',
  tableName: 'founded_organizations',
  properties: { ...standardColumns, founderId: p.text().name('founder_id') },
});

/** An organization whose founder still belongs to it. Its id is the organization's. */
export class FoundedOrganization extends FoundedOrganizationSchema.class {}
FoundedOrganizationSchema.setClass(FoundedOrganization);

export const OwnedActorSchema = defineEntity({
  name: 'OwnedActor',
  tableName: 'owned_actors',
  properties: { ...standardColumns, ownerId: p.text().name('owner_id') },
});

/** The owner of an agent or service. Its id is the agent's or service's. */
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
 * A member of an organization, or a former one while lots of that time are open. Its id is the membership's. Members of a seller at
 * the opening of a lot are barred from it, whatever rights their bid comes with.
 */
export class OrganizationMember extends OrganizationMemberSchema.class {}
OrganizationMemberSchema.setClass(OrganizationMember);
