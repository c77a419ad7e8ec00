import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorProfileType, ActorType } from '../actor/actor.type.ts';
import type { Membership } from '../membership/membership.entity.ts';
import { MembershipType } from '../membership/membership.type.ts';
import { PlatformRoleEnum } from '../actor/platform-role.ts';

@ObjectType('Viewer', {
  description: 'The actor that is signed in, with everything that belongs to it. Other systems add their fields here.',
})
@Directive('@key(fields: "id")')
export class ViewerType {
  @Field(() => ID, { description: 'The id of the actor.' })
  id!: string;

  @Field(() => String, { description: 'The name of the actor, as others see it.' })
  displayName!: string;

  @Field(() => ActorType, {
    description:
      'The person, agent or service that is signed in. For somebody who acts on behalf of another: that other.',
  })
  actor!: Actor;

  @Field(() => String, {
    nullable: true,
    description: 'The e-mail address of the account. Null for agents and services.',
  })
  email!: string | null;

  @Field(() => String, { nullable: true, description: 'The https address of a picture. Null if none is set.' })
  avatar!: string | null;

  @Field(() => ActorProfileType, { description: 'The profile of the actor, with all its fields.' })
  profile!: Actor;

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [MembershipType], { description: 'Memberships of the viewer, the oldest first; at most 100.' })
  memberships!: Membership[];

  @Directive('@listSize(assumedSize: 4)')
  @Field(() => [PlatformRoleEnum], {
    description:
      'Roles over the whole platform with which this request acts; at most four. For somebody who acts on behalf of another, the roles that both have. A limited key uses them within its `scopes`.',
  })
  platformRoles!: PlatformRole[];

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [String], {
    nullable: true,
    description:
      'Scopes to which the key of this request is limited, as in `actorKeyCreate`; at most 100. Null without a limit: for a session, and for a key without scopes.',
  })
  scopes!: string[] | null;
}
