import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import type { ActorKey } from './actor-key.entity.ts';

@ObjectType('ActorKey', {
  description:
    'A key with which an agent or a service signs in: `authorization: Bearer esk_…`. A service, and an agent of an organization, acts as itself with the rights of an editor there; an agent of a person acts in the person’s name, with the rights of both.',
})
export class ActorKeyType implements Pick<
  ActorKey,
  'id' | 'name' | 'scopes' | 'expiresAt' | 'revokedAt' | 'createdAt'
> {
  @Field(() => ID, { description: 'Id: `sky_…`. It is not the key itself.' })
  id!: string;

  @Field(() => String, { description: 'What the key is for.' })
  name!: string;

  @Field(() => ActorType, { nullable: true, description: 'The agent or service that signs in with it.' })
  actor!: Actor | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Scopes to which the key is limited; an empty list allows what is public. Null is no limit.',
  })
  scopes!: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself; null is never.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null while it was not.' })
  revokedAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;
}
