import { Length, MaxLength } from 'class-validator';
import { Arg, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { AgentType } from '../actor/actor.type.ts';
import { actorClosed, agentClosed, agentCreated, invitationRevoked, membershipRemoved } from '../events.ts';
import { agentClose, agentCreate } from './agent.service.ts';

@InputType('AgentCreateInput')
export class AgentCreateInput {
  @Field(() => String, { description: '1 to 80 characters.' })
  @Length(1, 80)
  @NotBlank()
  displayName!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'A person or organization; if null, the organization acted for, or the viewer.',
  })
  @MaxLength(40)
  ownerId?: string | null;
}

@ObjectType('AgentCreatePayload')
export class AgentCreatePayload {
  @Field(() => AgentType, { description: 'The new agent. It signs in with keys from `actorKeyCreate`.' })
  agent!: Actor;
}

@InputType('AgentCloseInput')
export class AgentCloseInput {
  @Field(() => ID, { description: 'The agent to close.' })
  @MaxLength(40)
  agentId!: string;
}

@ObjectType('AgentClosePayload')
export class AgentClosePayload {
  @Field(() => AgentType, {
    description: 'The closed agent: its id stays where something refers to it.',
  })
  agent!: Actor;
}

@Resolver(() => AgentType)
export class AgentResolver {
  @Writes('identity.agent.create', { facts: [agentCreated] })
  @Mutation(() => AgentCreatePayload, {
    description:
      'Creates an agent. Errors: NOT_FOUND, FORBIDDEN, CONFLICT with a thousand agents and services of one owner.',
  })
  agentCreate(@Arg('input', () => AgentCreateInput) input: AgentCreateInput): Run<{ agent: Actor }> {
    if (input.ownerId) checkId(input.ownerId, ['usr', 'org'], ['input', 'ownerId']);
    return run(async (tx) => ({ agent: await agentCreate(tx, input) }));
  }

  @Writes('identity.agent.close', {
    facts: [agentClosed, actorClosed, membershipRemoved, invitationRevoked],
  })
  @Mutation(() => AgentClosePayload, {
    description:
      'Closes an agent for good: its sessions, memberships and platform roles end, and its profile is erased. Repeating the call returns the same result. Errors: NOT_FOUND, FORBIDDEN.',
  })
  agentClose(@Arg('input', () => AgentCloseInput) input: AgentCloseInput): Run<{ agent: Actor }> {
    checkId(input.agentId, 'agt', ['input', 'agentId']);
    return run(async (tx) => ({ agent: await agentClose(tx, input) }));
  }
}
