import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ServiceType } from '../actor/actor.type.ts';
import type { ServiceKey } from './service-key.entity.ts';

@ObjectType('ServiceKey', { description: 'A key with which a service signs in: `authorization: Bearer esk_…`.' })
export class ServiceKeyType implements Pick<
  ServiceKey,
  'id' | 'name' | 'scopes' | 'expiresAt' | 'revokedAt' | 'createdAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => ServiceType, { nullable: true })
  service!: Actor | null;

  @Field(() => [String], { nullable: true, description: 'Permissions to which the key is limited; null is no limit.' })
  scopes!: string[] | null;

  @Field(() => DateTime, { nullable: true })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  revokedAt!: Date | null;

  @Field(() => DateTime)
  createdAt!: Date;
}
