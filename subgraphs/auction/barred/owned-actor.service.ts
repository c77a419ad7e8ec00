import type { Transaction } from '../../../platform/context/context.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { OwnedActor } from './owned-actor.entity.ts';

export async function actorOwned(tx: Transaction, id: string, ownerId: string): Promise<void> {
  if (await tx.em.findOne(OwnedActor, { id })) return;
  const standard = { id, universeId: tx.universe, createdAt: tx.now(), updatedAt: tx.now() };
  tx.em.persist(tx.em.create(OwnedActor, { ...standard, ownerId }));
}

/** Whether an actor may belong to somebody. */
export function mayBeOwned(actorId: string): boolean {
  return ['agt', 'svc'].includes(prefixOf(actorId) ?? '');
}

/** The owners of these agents and services, in one statement. */
export async function ownersOf(tx: Transaction, actorIds: string[]): Promise<Map<string, string>> {
  const found = await tx.em.find(OwnedActor, { id: { $in: actorIds } });
  return new Map(found.map(({ id, ownerId }) => [id, ownerId]));
}
