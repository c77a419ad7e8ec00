import type { EntityClass, RequiredEntityData } from '@mikro-orm/postgresql';
import type { Transaction } from '../context/context.ts';

/** The columns of `standardColumns`, which the platform sets. */
type Standard = 'id' | 'universeId' | 'createdAt' | 'updatedAt';

/** The values of a new row; a record of a past event sets its own `createdAt`. */
export type RowValues<E> = Omit<RequiredEntityData<E>, Standard> & { createdAt?: Date };

/** Creates a row with its universe and times; persisted with the transaction. Nullable columns default to null. */
export function createRow<E extends object>(
  tx: Transaction,
  entity: EntityClass<E>,
  id: string,
  values: RowValues<E>,
): E {
  const now = tx.now();
  const standard = { id, universeId: tx.universe, createdAt: now, updatedAt: now };
  const row = tx.em.create(entity, { ...standard, ...values } as unknown as RequiredEntityData<E>);
  tx.em.persist(row);
  return row;
}
