import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { makeActor, roomForOne } from '../actor/actor.service.ts';
import { agentCreated } from '../events.ts';

export async function agentCreate(
  tx: Transaction,
  input: { displayName: string; ownerId?: string | null },
): Promise<Actor> {
  const owner = tx.found(
    await tx.em.findOne(
      Actor,
      { id: input.ownerId ?? tx.actorId, closedAt: null },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    ),
    ['input', 'ownerId'],
  );
  tx.must('identity.agent.create', owner.id);
  await roomForOne(tx, owner.id);
  const agent = makeActor(tx, { kind: 'AGENT', displayName: input.displayName, ownerId: owner.id });
  tx.emit(agentCreated, agent.id, { agentId: agent.id, ownerId: owner.id });
  return agent;
}
