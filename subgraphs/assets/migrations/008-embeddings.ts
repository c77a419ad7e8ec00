import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** The columns from which `neighbors/text.ts` makes the embedded text of an asset. */
const said = ['title', 'creators', 'classification', 'department', 'medium', 'tags', 'creation_date', 'description'];
const rowOf = (alias: string): string => `(${said.map((column) => `${alias}.${column}`).join(', ')})`;

/**
 * Vectors of the texts of assets, if the server has pgvector. Both tables can be refilled from the assets, so no backup contains them.
 * Triggers queue changed assets in the transaction of the change; they only insert, so that no transaction waits for the worker.
 */
export const assets008: Migration = {
  name: '008-embeddings',
  needs: 'vector',
  up: [
    `create table asset_embeddings (${standardColumnsSql},
      model text collate "C" not null,
      content_hash text collate "C" not null,
      asset_version int not null,
      vector public.vector not null
    )`,
    `create index asset_embeddings_by_model on asset_embeddings (model, universe_id)`,
    `comment on table asset_embeddings is 'derived: of assets, by a model'`,
    `create table asset_embedding_queue (${standardColumnsSql},
      asset_id text collate "C" not null,
      attempts int not null,
      due_at timestamptz(3) not null
    )`,
    `create index asset_embedding_queue_due on asset_embedding_queue (due_at, id)`,
    `create index asset_embedding_queue_of_asset on asset_embedding_queue (asset_id)`,
    `comment on table asset_embedding_queue is 'derived: of assets'`,
    `create function asset_embedding_queue_new() returns trigger language plpgsql as $$
    begin
      insert into assets.asset_embedding_queue (id, universe_id, created_at, updated_at, asset_id, attempts, due_at)
      select 'aeq_' || gen_random_uuid(), universe_id, now(), now(), id, 0, now() from fresh;
      return null;
    end $$`,
    `create function asset_embedding_queue_changed() returns trigger language plpgsql as $$
    begin
      insert into assets.asset_embedding_queue (id, universe_id, created_at, updated_at, asset_id, attempts, due_at)
      values ('aeq_' || gen_random_uuid(), new.universe_id, now(), now(), new.id, 0, now());
      return null;
    end $$`,
    `create trigger asset_embedding_new after insert on assets
     referencing new table as fresh for each statement execute function asset_embedding_queue_new()`,
    `create trigger asset_embedding_changed after update on assets
     for each row when (${rowOf('old')} is distinct from ${rowOf('new')}) execute function asset_embedding_queue_changed()`,
  ],
};
