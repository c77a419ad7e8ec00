import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Arg, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import { PlatformRoleEnum } from '../actor/platform-role.ts';
import { platformRolesSet } from '../events.ts';
import { platformRoleSet } from './platform-role.service.ts';

@InputType('PlatformRoleSetInput')
export class PlatformRoleSetInput {
  @Field(() => ID, { description: 'A person, agent or service.' })
  @MaxLength(40)
  actorId!: string;

  @Field(() => [PlatformRoleEnum], {
    description: 'The roles from now on; an empty list takes all.',
  })
  @ArrayMaxSize(4)
  roles!: PlatformRole[];
}

@ObjectType('PlatformRoleSetPayload')
export class PlatformRoleSetPayload {
  @Field(() => ActorType, { description: 'The actor with its new roles.' })
  actor!: Actor;
}

@Resolver()
export class PlatformRoleResolver {
  @Writes('identity.platformRole.set', { facts: [platformRolesSet] })
  @Mutation(() => PlatformRoleSetPayload, {
    description:
      'Sets the platform roles of somebody. Operators may give up roles of their own, but another operator gives them. Errors: NOT_FOUND, FORBIDDEN also for a role that the viewer would give to themselves, their own agents or services, or those of an organization in which they are an editor, CONFLICT for the last person who is an operator.',
  })
  platformRoleSet(@Arg('input', () => PlatformRoleSetInput) input: PlatformRoleSetInput): Run<{ actor: Actor }> {
    checkId(input.actorId, ['usr', 'svc', 'agt'], ['input', 'actorId']);
    return run(async (tx) => ({ actor: await platformRoleSet(tx, input) }));
  }
}
