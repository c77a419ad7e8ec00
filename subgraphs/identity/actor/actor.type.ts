import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { Restricted } from '../../../platform/access/declare.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor, OrganizationKind } from './actor.entity.ts';

const kinds = { USER: 'User', ORGANIZATION: 'Organization', AGENT: 'Agent', SERVICE: 'Service' } as const;

export const OrganizationKindEnum = { COMPANY: 'COMPANY', BRAND: 'BRAND', GROUP: 'GROUP' } as const;
export const organizationKindFilter = enumKind(OrganizationKindEnum, 'OrganizationKind', 'What an organization is.');

@InterfaceType('Actor', {
  description: 'Whoever can own, bid, buy, write or review: a person, an organization, an agent or a service.',
  resolveType: (actor: Actor) => kinds[actor.kind],
})
export abstract class ActorType implements Pick<Actor, 'id' | 'displayName' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'The name that others see.' })
  displayName!: string;

  @Field(() => String, { nullable: true, description: 'Address of a picture.' })
  avatar!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;
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
