import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { makeActor, roomForOne } from '../actor/actor.service.ts';
import { eraseBelongings } from '../closing/erasure.service.ts';
import { actorClosed, agentClosed, agentCreated } from '../events.ts';

export async function agentCreate(
  tx: Transaction,
  input: { displayName: string; ownerId?: string | null },
): Promise<Actor> {
  const owner = tx.found(
    await tx.em.findOne(
      Actor,
      { id: input.ownerId ?? tx.info.actingFor ?? tx.actorId, closedAt: null },
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

/** Closes an agent as its owner's end would: what it did stays, and nothing acts by it any more. */
export async function agentClose(tx: Transaction, input: { agentId: string }): Promise<Actor> {
  const agent = tx.found(
    await tx.em.findOne(Actor, { id: input.agentId, kind: 'AGENT' }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
    ['input', 'agentId'],
  );
  const { ownerId } = agent;
  tx.must('identity.agent.close', ownerId ?? null);
  if (agent.closedAt) return agent;
  await eraseBelongings(tx, agent);
  agent.close(tx.now(), tx.actorId);
  tx.emit(agentClosed, agent.id, { agentId: agent.id, ownerId: ownerId ?? agent.id });
  tx.emit(actorClosed, agent.id, {
    actorId: agent.id,
    kind: 'AGENT',
    ownerId: ownerId ?? agent.id,
  });
  return agent;
}
