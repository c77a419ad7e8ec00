import { Directive, Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { Restricted } from '../../../platform/access/declare.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { PlatformRoleEnum } from './platform-role.ts';
import type { Actor, ActorLink, Discoverability, OrganizationKind } from './actor.entity.ts';

const kinds = { USER: 'User', ORGANIZATION: 'Organization', AGENT: 'Agent', SERVICE: 'Service' } as const;

export const OrganizationKindEnum = { COMPANY: 'COMPANY', BRAND: 'BRAND', GROUP: 'GROUP' } as const;
export const organizationKindFilter = enumKind(OrganizationKindEnum, 'OrganizationKind', 'What an organization is.');

export const ActorKindEnum = {
  USER: 'USER',
  ORGANIZATION: 'ORGANIZATION',
  AGENT: 'AGENT',
  SERVICE: 'SERVICE',
} as const;
export const actorKindFilter = enumKind(ActorKindEnum, 'ActorKind', 'What an actor is.');
export const DiscoverabilityEnum = { EVERYONE: 'EVERYONE', MEMBERS: 'MEMBERS', NOBODY: 'NOBODY' } as const;
registerEnumType(DiscoverabilityEnum, {
  name: 'Discoverability',
  description:
    'Who finds an actor in the directory: everybody, members of an organization they share, or nobody. Operators and whoever owns an actor find it in any case.',
});

@ObjectType('ActorLink', { description: 'A page elsewhere that an actor points to.' })
export class ActorLinkType implements ActorLink {
  @Field(() => String)
  label!: string;

  @Field(() => String, { description: 'An https address.' })
  url!: string;
}

@ObjectType('ActorProfile', { description: 'What an actor tells of itself, to those who may find it.' })
export class ActorProfileType implements Pick<Actor, 'links' | 'version'> {
  @Field(() => String, { nullable: true, description: 'At most 2,000 characters.' })
  biography!: string | null;

  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [ActorLinkType], { description: 'At most ten.' })
  links!: ActorLink[];

  @Field(() => String, {
    nullable: true,
    description: 'The language and region to speak in, a BCP 47 tag such as "de-CH"; for those who may change it.',
  })
  locale!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An IANA time zone such as "Europe/Zurich"; for those who may change it.',
  })
  timeZone!: string | null;

  @Field(() => DiscoverabilityEnum, { nullable: true, description: 'Who finds it; for those who may change it.' })
  discoverable!: Discoverability | null;

  @Field(() => Int, { description: 'Grows with each change of the profile; give it back as `ifVersion`.' })
  version!: number;
}

@InterfaceType('Actor', {
  description: 'Whoever can own, bid, buy, write or review: a person, an organization, an agent or a service.',
  resolveType: (actor: Actor) => kinds[actor.kind],
})
export abstract class ActorType implements Pick<Actor, 'id' | 'displayName' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'The name that others see.' })
  displayName!: string;

  @Field(() => String, { nullable: true, description: 'The https address of a picture.' })
  avatar!: string | null;

  @Field(() => ActorProfileType, {
    nullable: true,
    description: 'What it tells of itself; null for whoever may not find it in the directory.',
  })
  profile!: Actor | null;

  @Field(() => [PlatformRoleEnum], {
    nullable: true,
    description:
      'Its roles over the whole platform. Visible to the actor itself and to operators; null for everybody else.',
  })
  platformRoles!: PlatformRole[] | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was closed for good: its id stays where something refers to it. Null while it is in use.',
  })
  closedAt!: Date | null;
}

@ObjectType('User', { implements: ActorType, description: 'A person.' })
export class UserType extends ActorType {
  @Restricted<Actor>('self', (user, context) => context.actor.id === user.id || isOperator(context.actor))
  @Field(() => String, { nullable: true, description: 'Seen by the person and by operators; null for everybody else.' })
  email!: string | null;
}

@ObjectType('Organization', {
  implements: ActorType,
  description: 'A company, brand or group that owns things and has members.',
})
export class OrganizationType extends ActorType {
  @Field(() => OrganizationKindEnum)
  organizationKind!: OrganizationKind;

  @Field(() => Int, { description: 'How many assets it owns that everybody sees. Follows the assets within moments.' })
  assetCount!: number;

  // Both show what this viewer may find, so no stream that selects them is shared.
  @Directive('@tag(name: "self")')
  @Field(() => OrganizationType, {
    nullable: true,
    description: 'The organization above it, if the viewer may see it.',
  })
  parent!: Actor | null;

  @Directive('@tag(name: "self")')
  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [OrganizationType], {
    description:
      'The organizations right below it that the viewer may see, by name; at most 100. `organizations(filter: { parentId })` lists all.',
  })
  children!: Actor[];
}

@ObjectType('Agent', {
  implements: ActorType,
  description: 'A program that acts by its own judgement, owned by an actor.',
})
export class AgentType extends ActorType {
  @Field(() => ActorType, { nullable: true, description: 'Whom it belongs to.' })
  owner!: Actor | null;
}

@ObjectType('Service', {
  implements: ActorType,
  description: 'A program that signs in with keys, owned by an organization.',
})
export class ServiceType extends ActorType {
  @Field(() => ActorType, { nullable: true, description: 'Whom it belongs to.' })
  owner!: Actor | null;
}
