import { p } from '@mikro-orm/core';

/**
 * The columns of every stored entity. Ids are text with byte order. Times have three decimals: with six, a JavaScript Date would
 * lose digits and keyset cursors would skip rows. Every row belongs to a universe.
 */
export const standardColumns = {
  id: p.text().primary(),
  universeId: p.text().name('universe_id'),
  createdAt: p.datetime(3).name('created_at'),
  updatedAt: p.datetime(3).name('updated_at'),
};

/** An amount of money in minor units, a bigint in code. The column is numeric(38,0): Postgres' bigint ends at 9.2 ether in wei. */
export const minorUnits = (column: string) => p.bigint().columnType('numeric(38,0)').name(column);

/** The same columns in a migration. */
export const standardColumnsSql = `
  id text collate "C" primary key,
  universe_id text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null`;
