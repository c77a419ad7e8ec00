import type { EntityClass, RequiredEntityData } from '@mikro-orm/postgresql';
import type { Transaction } from '../context/context.ts';

/** The columns of `standardColumns`, which the platform fills. */
type Standard = 'id' | 'universeId' | 'createdAt' | 'updatedAt';

/** The values of a new row: a record of the past says itself when it was made. */
export type RowValues<E> = Omit<RequiredEntityData<E>, Standard> & { createdAt?: Date };

/** A new row with its universe and times; persisted with the transaction. Nullable columns that are not given are null. */
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
