import { randomUUID } from 'node:crypto';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';

/** Adds new tags to the vocabulary of suggestions. One statement, none without tags. */
export async function rememberTags(tx: Transaction, tags: Iterable<string>): Promise<void> {
  // Sorted, so that two transactions with the same tags do not deadlock.
  const names = [...new Set(tags)].sort();
  if (names.length === 0) return;
  await sqlIn(
    tx.em,
    `insert into assets.asset_tags (id, universe_id, created_at, updated_at, name)
     select 'tag_' || t.id, $1, $2, $2, t.name from unnest($3::text[], $4::text[]) as t(id, name)
     on conflict (universe_id, name) do nothing`,
    [tx.universe, tx.now().toISOString(), names.map(() => randomUUID().replaceAll('-', '')), names],
  );
}
