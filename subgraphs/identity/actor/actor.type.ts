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
export const organizationKindFilter = enumKind(OrganizationKindEnum, 'OrganizationKind', 'What an organization is.', {
  COMPANY: 'A firm or institution, such as a museum or an auction house.',
  BRAND: 'A name under which a company appears, such as a label.',
  GROUP: 'People or organizations that act together without being a firm.',
});

export const ActorKindEnum = {
  USER: 'USER',
  ORGANIZATION: 'ORGANIZATION',
  AGENT: 'AGENT',
  SERVICE: 'SERVICE',
} as const;
export const actorKindFilter = enumKind(ActorKindEnum, 'ActorKind', 'What an actor is.', {
  USER: 'A person.',
  ORGANIZATION: 'A company, brand or group with members.',
  AGENT: 'An autonomous software agent.',
  SERVICE: 'A program of an organization that signs in with keys.',
});
export const DiscoverabilityEnum = { EVERYONE: 'EVERYONE', MEMBERS: 'MEMBERS', NOBODY: 'NOBODY' } as const;
registerEnumType(DiscoverabilityEnum, {
  name: 'Discoverability',
  description: 'Who finds an actor in the directory. Operators and the owner of an actor always find it.',
  valuesConfig: {
    EVERYONE: { description: 'Everybody, without signing in.' },
    MEMBERS: { description: 'Members of an organization to which the actor belongs as well.' },
    NOBODY: { description: 'Nobody else.' },
  },
});

@ObjectType('ActorLink', { description: 'A page elsewhere that an actor points to.' })
export class ActorLinkType implements ActorLink {
  @Field(() => String, { description: 'Text of the link, 1 to 80 characters.' })
  label!: string;

  @Field(() => String, { description: 'An https address.' })
  url!: string;
}

@ObjectType('ActorProfile', {
  description: 'What an actor publishes about itself. Visible to those who may find it in the directory.',
})
export class ActorProfileType implements Pick<Actor, 'links' | 'version'> {
  @Field(() => String, { nullable: true, description: 'At most 2,000 characters.' })
  biography!: string | null;

  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [ActorLinkType], { description: 'At most ten.' })
  links!: ActorLink[];

  @Field(() => String, {
    nullable: true,
    description:
      'Preferred language and region, a BCP 47 tag such as "de-CH". Null if none is set, and for those who may not change it.',
  })
  locale!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone such as "Europe/Zurich". Null if none is set, and for those who may not change it.',
  })
  timeZone!: string | null;

  @Field(() => DiscoverabilityEnum, {
    nullable: true,
    description: 'Who finds the actor in the directory. Null for those who may not change it.',
  })
  discoverable!: Discoverability | null;

  @Field(() => Int, {
    description:
      'Version of the profile. It grows with each change; send it as `ifVersion` to avoid overwriting the change of somebody else.',
  })
  version!: number;
}

@InterfaceType('Actor', {
  description: 'A person, an organization, an agent or a service: anyone that can own, bid, buy, write or review.',
  resolveType: (actor: Actor) => kinds[actor.kind],
})
export abstract class ActorType implements Pick<Actor, 'id' | 'displayName' | 'createdAt'> {
  @Field(() => ID, { description: 'Id: `usr_…`, `org_…`, `agt_…` or `svc_…`, by the kind of the actor.' })
  id!: string;

  @Field(() => String, { description: 'The name that others see.' })
  displayName!: string;

  @Field(() => String, { nullable: true, description: 'The https address of a picture.' })
  avatar!: string | null;

  @Field(() => ActorProfileType, {
    nullable: true,
    description: 'What the actor publishes about itself. Null if the viewer may not find it in the directory.',
  })
  profile!: Actor | null;

  @Field(() => [PlatformRoleEnum], {
    nullable: true,
    description:
      'Its roles over the whole platform. Visible to the actor itself and to operators; null for everybody else.',
  })
  platformRoles!: PlatformRole[] | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the actor was closed for good. Its id stays in everything that refers to it. Null while it is in use.',
  })
  closedAt!: Date | null;
}

@ObjectType('User', { implements: ActorType, description: 'A person.' })
export class UserType extends ActorType {
  @Restricted<Actor>('self', (user, context) => context.actor.id === user.id || isOperator(context.actor))
  @Field(() => String, {
    nullable: true,
    description: 'The e-mail address of the account. Visible to the person and to operators; null for everybody else.',
  })
  email!: string | null;
}

@ObjectType('Organization', {
  implements: ActorType,
  description: 'A company, brand or group that owns things and has members.',
})
export class OrganizationType extends ActorType {
  @Field(() => OrganizationKindEnum, { description: 'Whether it is a company, a brand or a group.' })
  organizationKind!: OrganizationKind;

  @Field(() => Int, {
    description: 'Number of assets that it owns and that everybody sees. Updated within moments of a change.',
  })
  assetCount!: number;

  // Both show what this viewer may find, so no stream that selects them is shared.
  @Directive('@tag(name: "self")')
  @Field(() => OrganizationType, {
    nullable: true,
    description: 'The parent organization. Null if there is none or if the viewer may not find it.',
  })
  parent!: Actor | null;

  @Directive('@tag(name: "self")')
  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [OrganizationType], {
    description:
      'Child organizations that the viewer may find, ordered by name; at most 100. `organizations(filter: { parentId })` lists all.',
  })
  children!: Actor[];
}

@ObjectType('Agent', {
  implements: ActorType,
  description: 'An autonomous software agent, owned by a person or an organization.',
})
export class AgentType extends ActorType {
  @Field(() => ActorType, { nullable: true, description: 'The owner. Null once the agent is closed.' })
  owner!: Actor | null;
}

@ObjectType('Service', {
  implements: ActorType,
  description: 'A program that signs in with keys, owned by an organization.',
})
export class ServiceType extends ActorType {
  @Field(() => ActorType, { nullable: true, description: 'The owner. Null once the service is closed.' })
  owner!: Actor | null;
}
