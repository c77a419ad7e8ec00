import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Database } from '../../../platform/database/database.ts';
import { EmbeddingRefused, type Embedder } from '../../../platform/embeddings/embedder.ts';
import { idleWorker, queueWorker, type Queued } from '../../../platform/work/queue.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { assetCreated, assetImported, assetUpdated } from '../events.ts';
import { hashOf, textOf, type Said } from './text.ts';
import { nearIndex, spaceOf, vectorText } from './space.ts';

/** Assets per batch: at most two requests to a model, and a tenth of a second of the embedded database. */
const takenAtOnce = 100;
/** Seconds after which a process that took a batch is presumed dead. */
const leaseSeconds = 300;
/** After this many attempts an asset waits for the next start. */
const attemptsAtMost = 12;

interface Taken extends Queued {
  asset_id: string;
}

/** An asset with its present vector, if it has one. */
interface Read extends Said {
  id: string;
  universe_id: string;
  version: number;
  model: string | null;
  content_hash: string | null;
}

interface Due {
  asset: Read;
  text: string;
  hash: string;
}

/**
 * Updates the vectors of assets after changes have committed, once for each text and model. At the start it queues assets without a
 * vector of this model: from before pgvector, from a restored backup, or with vectors of another model. A batch takes as many statements
 * as one asset.
 */
export function assetEmbedding(place: Workplace): Worker {
  const { embedder } = place;
  if (!embedder) return idleWorker;
  return queueWorker<Taken>(place, {
    name: 'assetEmbedding',
    table: 'assets.asset_embedding_queue',
    columns: ['asset_id'],
    atOnce: takenAtOnce,
    leaseSeconds,
    attemptsAtMost,
    wakes: [assetCreated, assetUpdated, assetImported],
    prepare: () => prepare(place, embedder),
    work: async (taken, _universe, closing) => {
      const due = await dueOf(place.database, embedder, taken);
      const vectors = await vectorsOf(place, embedder, due, closing);
      await store(place.database, embedder, due, vectors, taken);
    },
  });
}

async function prepare({ database, log }: Workplace, embedder: Embedder): Promise<void> {
  // In the embedded database an insertion into such an index is a hundred times slower, and its few assets do not need one.
  if (database.kind === 'postgres')
    await makeNearIndex(database, embedder).catch((error: unknown) =>
      log.warn({ err: error }, 'the index of nearest assets cannot be created; searches without it are slower'),
    );
  await database.query(
    `insert into assets.asset_embedding_queue (id, universe_id, created_at, updated_at, asset_id, attempts, due_at)
     select 'aeq_' || gen_random_uuid(), a.universe_id, now(), now(), a.id, 0, now() from assets.assets a
     where not exists (select from assets.asset_embeddings e where e.id = a.id and e.model = $1)
       and not exists (select from assets.asset_embedding_queue q where q.asset_id = a.id)`,
    [embedder.model],
  );
}

/** Creates the index of this model, and drops those of models without vectors. */
export async function makeNearIndex(database: Database, embedder: Embedder): Promise<void> {
  const { name, sql } = nearIndex(spaceOf(embedder));
  const old = await database.query<{ name: string }>(
    `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = 'assets.asset_embeddings'::regclass and c.relname like 'asset\\_embeddings\\_near\\_%' and c.relname <> $1
       and not exists (select from assets.asset_embeddings e where e.model = obj_description(c.oid, 'pg_class'))`,
    [name],
  );
  await database.transaction(async (client) => {
    // Serialized for processes that start at the same time, and without a timeout, because it takes long with many assets.
    await client.query(`set local statement_timeout = 0`);
    await client.query(`select pg_advisory_xact_lock(hashtext('assets.near'))`);
    await client.query(sql);
    await client.query(`comment on index assets.${escapeIdentifier(name)} is ${escapeLiteral(embedder.model)}`);
    for (const each of old) await client.query(`drop index if exists assets.${escapeIdentifier(each.name)}`);
  });
}

/** The assets of a batch whose vector is outdated, each once. */
async function dueOf(database: Database, embedder: Embedder, taken: readonly Taken[]): Promise<Due[]> {
  const rows = await database.query<Read>(
    `select a.id, a.universe_id, a.version, a.title, a.creators, a.classification, a.department, a.medium, a.tags,
       a.creation_date, a.description, e.model, e.content_hash
     from assets.assets a left join assets.asset_embeddings e on e.id = a.id where a.id = any($1)`,
    [taken.map(({ asset_id }) => asset_id)],
  );
  return rows
    .map((asset) => ({ asset, text: textOf(asset) }))
    .map((each) => ({ ...each, hash: hashOf(each.text) }))
    .filter(({ asset, hash }) => asset.model !== embedder.model || asset.content_hash !== hash);
}

/** Vectors by the hashes of their texts. Texts that the model refuses are left out and logged. */
async function vectorsOf(
  place: Workplace,
  embedder: Embedder,
  due: readonly Due[],
  closing: AbortSignal,
): Promise<Map<string, number[]>> {
  const texts = new Map(due.map(({ hash, text }) => [hash, text]));
  const vectors = new Map<string, number[]>();
  if (texts.size === 0) return vectors;
  const put = async (hashes: readonly string[]): Promise<void> => {
    const made = await embedder.embed(
      hashes.map((hash) => texts.get(hash) ?? ''),
      closing,
    );
    for (const [n, hash] of hashes.entries()) vectors.set(hash, made[n] ?? []);
  };
  try {
    await put([...texts.keys()]);
  } catch (error) {
    if (!(error instanceof EmbeddingRefused)) throw error;
    // One text fails the batch, so each is sent separately.
    for (const hash of texts.keys()) {
      try {
        await put([hash]);
      } catch (refusal) {
        if (!(refusal instanceof EmbeddingRefused)) throw refusal;
        const assetIds = due.filter((each) => each.hash === hash).map(({ asset }) => asset.id);
        place.log.error({ err: refusal, assetIds }, 'the model refuses the text of these assets');
      }
    }
  }
  return vectors;
}

/** Of two writers the one that read the newer version of the asset wins, independent of the order of writing. */
async function store(
  database: Database,
  embedder: Embedder,
  due: readonly Due[],
  vectors: ReadonlyMap<string, number[]>,
  taken: readonly Taken[],
): Promise<void> {
  const rows = due.flatMap(({ asset, hash }) => {
    const vector = vectors.get(hash);
    return vector ? [{ asset, hash, vector: vectorText(vector) }] : [];
  });
  await database.transaction(async (client) => {
    if (rows.length > 0)
      await client.query(
        `insert into assets.asset_embeddings (id, universe_id, created_at, updated_at, model, content_hash, asset_version, vector)
         select r.id, r.universe_id, now(), now(), $1, r.hash, r.version, r.vector::public.vector
         from unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::text[]) as r(id, universe_id, hash, version, vector)
         order by r.id
         on conflict (id) do update set model = excluded.model, content_hash = excluded.content_hash,
           asset_version = excluded.asset_version, vector = excluded.vector, updated_at = excluded.updated_at
         where asset_embeddings.asset_version <= excluded.asset_version`,
        [
          embedder.model,
          rows.map(({ asset }) => asset.id),
          rows.map(({ asset }) => asset.universe_id),
          rows.map(({ hash }) => hash),
          rows.map(({ asset }) => asset.version),
          rows.map(({ vector }) => vector),
        ],
      );
    await client.query('delete from assets.asset_embedding_queue where id = any($1)', [taken.map(({ id }) => id)]);
    // Drafts that wait for their vector to be indexed.
    await client.query(
      'update assets.asset_indexings set due_at = clock_timestamp() where id = any($1) and checked_at is not null',
      [taken.map(({ asset_id }) => asset_id)],
    );
  });
}
