import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import type { Membership } from '../membership/membership.entity.ts';
import { MembershipType } from '../membership/membership.type.ts';
import { PlatformRoleEnum } from '../actor/platform-role.ts';

@ObjectType('Viewer', {
  description: 'Whoever is signed in, and what is theirs alone. Other systems add their own “mine” here.',
})
@Directive('@key(fields: "id")')
export class ViewerType {
  @Field(() => ID, { description: 'The id of the actor.' })
  id!: string;

  @Field(() => String)
  displayName!: string;

  @Field(() => ActorType)
  actor!: Actor;

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [MembershipType], { description: 'In which organizations, and as what; at most 100.' })
  memberships!: Membership[];

  @Field(() => [PlatformRoleEnum])
  platformRoles!: PlatformRole[];
}
