import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { agents } from '../actor/actor.noun.ts';
import { makeActor, roomForOne } from '../actor/actor.service.ts';
import { eraseBelongings } from '../closing/erasure.service.ts';
import { actorClosed, agentClosed, agentCreated, invitationRevoked, membershipRemoved } from '../events.ts';

export const agentCreate = mutation('agentCreate', {
  access: 'identity.agent.create',
  description: 'Creates an agent, owned by the viewer or by an organization.',
  errors: 'NOT_FOUND, FORBIDDEN, CONFLICT if the owner has 1,000 agents and services',
  tells: [agentCreated],
  input: {
    displayName: arg.text('Name shown to others; 1 to 80 characters.', { min: 1, max: 80 }),
    ownerId: arg
      .id(
        ['usr', 'org'],
        'The owner: a person or an organization. If null, the organization acted for, otherwise the viewer.',
      )
      .optional(),
  },
  answers: [agents, 'The new agent. It signs in with keys from `actorKeyCreate`.'],
  async run(tx, { displayName, ownerId = tx.info.actingFor ?? tx.actorId }) {
    const owner = tx.found(await lockActor(tx, { id: ownerId, closedAt: null }), ['input', 'ownerId']);
    tx.must('identity.agent.create', ownerId);
    await roomForOne(tx, ownerId);
    const agent = makeActor(tx, { kind: 'AGENT', displayName, ownerId: owner.id });
    tx.emit(agentCreated, agent.id, { agentId: agent.id, ownerId });
    return agent;
  },
});

/** Closes an agent as the closing of its owner would: its past actions stay on record, and it cannot act again. */
export const agentClose = mutationOf(agents, 'agentClose', {
  access: 'identity.agent.close',
  description:
    'Closes an agent for good: its keys, sessions, memberships and platform roles end, and its name and profile are erased. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN',
  tells: [agentClosed, actorClosed, membershipRemoved, invitationRevoked],
  target: 'The agent to close.',
  answers: [agents, 'The closed agent. Its id stays in everything that refers to it.'],
  async run(tx, agent) {
    if (agent.closedAt) return;
    const { id } = agent;
    const ownerId = agent.ownerId ?? id;
    await eraseBelongings(tx, agent);
    agent.close(tx.now(), tx.actorId);
    tx.emit(agentClosed, id, { agentId: id, ownerId });
    tx.emit(actorClosed, id, { actorId: id, kind: 'AGENT', ownerId });
  },
});
