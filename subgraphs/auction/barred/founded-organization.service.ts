import type { Transaction } from '../../../platform/context/context.ts';
import { FoundedOrganization } from './founded-organization.entity.ts';

export function organizationFounded(tx: Transaction, organizationId: string, founderId: string): void {
  const now = tx.now();
  const standard = { id: organizationId, universeId: tx.universe, createdAt: now, updatedAt: now };
  tx.em.persist(tx.em.create(FoundedOrganization, { ...standard, founderId }));
}

/** An organization that its founder has left is no longer the founder's own. */
export async function organizationLeft(tx: Transaction, organizationId: string, actorId: string): Promise<void> {
  await tx.em.nativeDelete(FoundedOrganization, { id: organizationId, founderId: actorId });
}

/** The founders of these organizations who belong to them still, in one statement. */
export async function foundersOf(tx: Transaction, organizationIds: string[]): Promise<Map<string, string>> {
  const found = await tx.em.find(FoundedOrganization, { id: { $in: organizationIds } });
  return new Map(found.map(({ id, founderId }) => [id, founderId]));
}
