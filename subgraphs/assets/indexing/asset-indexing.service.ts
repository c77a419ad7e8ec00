import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { Workplace } from '../../../platform/work/worker.ts';
import { same } from '../../../platform/change/difference.ts';
import { matchKeys } from '../duplicates/match.ts';
import { assetIndexed, assetIndexRefused, assetIndexRequested } from '../events.ts';
import { wordsOf } from '../search/words.ts';
import { indexingProblems, isPassing, vectorsOf, type Indexed, type IndexingProblem } from './problems.ts';

/** Records requests to index drafts of an owner. A repeated request makes the worker check again. One statement. */
export async function requestIndexing(
  tx: Transaction,
  drafts: readonly { id: string; ownerId: string }[],
): Promise<void> {
  if (drafts.length === 0) return;
  const rows = await sqlIn<{ id: string; owner_id: string; is_new: boolean }>(
    tx.em,
    `insert into assets.asset_indexings as i (id, universe_id, created_at, updated_at, owner_id, requested_by, due_at)
     select r.id, $1, $2, $2, r.owner_id, $3, clock_timestamp()
     from unnest($4::text[], $5::text[]) as r(id, owner_id) order by r.id
     on conflict (id) do update set due_at = excluded.due_at, attempts = 0, updated_at = excluded.updated_at
     returning i.id, i.owner_id, i.xmax = 0 as is_new`,
    [tx.universe, tx.now(), tx.actorId, drafts.map(({ id }) => id), drafts.map(({ ownerId }) => ownerId)],
  );
  for (const { id: assetId, owner_id: ownerId, is_new: isNew } of rows)
    if (isNew) tx.emit(assetIndexRequested, assetId, { assetId, ownerId });
}

/** Withdraws the request to index a draft; returns whether there was one. */
export async function withdrawIndexing(tx: Transaction, assetId: string): Promise<boolean> {
  const rows = await sqlIn(tx.em, 'delete from assets.asset_indexings where id = $1 returning id', [assetId]);
  return rows.length > 0;
}

interface Wanted {
  id: string;
  owner_id: string;
  attempts: number;
  problems: IndexingProblem[];
}

interface Draft extends Indexed {
  status: string;
  owner_id: string;
  creator: string | null;
  accession_number: string | null;
  provenance_text: string | null;
}

/** A draft that waits for a file or its vector is checked again after 1 s, 2 s, 4 s …, at most this many seconds. */
const againAtMost = 600;

/**
 * Indexes the requested drafts: rewrites their words and duplicate keys and sets the status, or records what is missing. The assets are
 * locked first, so edits come before or after. The version does not change, because the content does not, so the `ifVersion` of an
 * edit meanwhile still matches. The number of statements is constant.
 */
export async function indexDrafts(
  tx: Transaction,
  place: Pick<Workplace, 'embedder'>,
  ids: readonly string[],
): Promise<void> {
  const drafts = await sqlIn<Draft>(
    tx.em,
    `select a.id, a.status, a.owner_id, a.kind, a.title, a.description, a.creators, a.creator, a.classification, a.department, a.medium,
       a.tags, a.creation_date, a.accession_number, a.provenance_text, a.structure_type, a.structure,
       exists (select from assets.media_uploads u where u.asset_id = a.id and u.expires_at > $2
         and u.state in ('OPEN', 'RECEIVED', 'READY'))
       or exists (select from assets.asset_fetches f where f.asset_id = a.id and f.status in ('QUEUED', 'RUNNING')) as uploading
     from assets.assets a where a.id = any($1) order by a.id for update of a`,
    [[...ids], tx.now()],
  );
  const wanted = await sqlIn<Wanted>(
    tx.em,
    'select id, owner_id, attempts, problems from assets.asset_indexings where id = any($1) order by id for update',
    [[...ids]],
  );
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const vectors = await vectorsOf(tx, place, ids);
  const indexed: Draft[] = [];
  const over: string[] = [];
  const problematic: { id: string; problems: IndexingProblem[]; passing: boolean }[] = [];
  for (const request of wanted) {
    const draft = byId.get(request.id);
    // Not indexed if it was published or transferred meanwhile.
    if (!draft || draft.status !== 'DRAFT' || draft.owner_id !== request.owner_id) {
      over.push(request.id);
      continue;
    }
    const problems = indexingProblems(draft, vectors);
    if (problems.length === 0) indexed.push(draft);
    else {
      problematic.push({ id: draft.id, problems, passing: problems.every(isPassing) });
      const lasting = problems.filter((problem) => !isPassing(problem));
      // Emitted only if the problems have changed since the last check.
      if (
        lasting.length > 0 &&
        !same(
          lasting,
          request.problems.filter((problem) => !isPassing(problem)),
        )
      )
        tx.emit(assetIndexRefused, draft.id, { assetId: draft.id, ownerId: draft.owner_id, problems: lasting });
    }
  }
  await write(tx, indexed);
  const done = [...over, ...indexed.map(({ id }) => id)];
  if (done.length > 0) await sqlIn(tx.em, 'delete from assets.asset_indexings where id = any($1)', [done]);
  if (problematic.length > 0)
    await sqlIn(
      tx.em,
      `update assets.asset_indexings i set problems = r.problems, checked_at = $2, updated_at = $2,
         due_at = case when r.passing then clock_timestamp() + least(2 ^ (attempts - 1), ${againAtMost}) * interval '1 second' end
       from jsonb_to_recordset($1::jsonb) as r(id text, problems jsonb, passing boolean) where i.id = r.id`,
      [JSON.stringify(problematic), tx.now()],
    );
}

async function write(tx: Transaction, drafts: readonly Draft[]): Promise<void> {
  if (drafts.length === 0) return;
  const keys = drafts.map((draft) => ({
    id: draft.id,
    words: wordsOf({
      ...draft,
      materials: draft.medium,
      accessionNumber: draft.accession_number,
      provenanceText: draft.provenance_text,
    }),
    ...matchKeys(draft),
  }));
  await sqlIn(
    tx.em,
    `update assets.assets a set status = 'INDEXED', updated_at = $2, words = k.words::tsvector,
       match_title = k."matchTitle", match_creator = k."matchCreator", match_numbers = k."matchNumbers"
     from jsonb_to_recordset($1::jsonb) as k(id text, words text, "matchTitle" text, "matchCreator" text, "matchNumbers" text)
     where a.id = k.id`,
    [JSON.stringify(keys), tx.now()],
  );
  for (const { id: assetId, owner_id: ownerId } of drafts)
    tx.emit(assetIndexed, assetId, { assetId, ownerId, previousStatus: 'DRAFT' });
}
