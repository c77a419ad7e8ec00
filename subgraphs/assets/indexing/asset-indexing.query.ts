import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { Asset } from '../asset/asset.entity.ts';
import type { IndexingProblem } from './problems.ts';

/** A draft that is to be indexed. */
export interface Indexing {
  requestedBy: string;
  requestedAt: Date;
  checkedAt: Date | null;
  problems: IndexingProblem[];
}

/** What is known of the indexing of a draft; all drafts of one turn are one statement. */
export async function indexingOf(context: Context, { id, status, ownerId }: Asset): Promise<Indexing | null> {
  if (status !== 'DRAFT') return null;
  const loader = context.loader<(Indexing & { ownerId: string }) | null>('asset indexing', () => {
    return new DataLoader(async (ids) => {
      const rows = await sqlIn<Indexing & { id: string; ownerId: string }>(
        context.em,
        `select id, owner_id as "ownerId", requested_by as "requestedBy", created_at as "requestedAt", checked_at as "checkedAt", problems
         from assets.asset_indexings where universe_id = $1 and id = any($2)`,
        [context.universe, [...ids]],
      );
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((each) => byId.get(each) ?? null);
    });
  });
  const found = await loader.load(id);
  // The wish of an owner before is none of this one's.
  return found?.ownerId === ownerId ? found : null;
}
