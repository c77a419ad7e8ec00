import type { Migration } from '../../../platform/database/migrations.ts';
import { writeMissingWords } from '../auction/words.service.ts';

/**
 * Lots can be drafts, open at a time, wait for their asset and be paid for; and the columns that lots are sorted and searched by. All
 * existing lots were public, and sold assets already belonged to their buyers, so nothing is owed for them.
 */
export const auction003: Migration = {
  name: '003-lifecycle',
  async *up(query) {
    const statements = [
      `alter table assets add column title text`,
      `alter table auctions
      add column announced_at timestamptz(3),
      add column opens_at timestamptz(3),
      add column cancel_reason text,
      add column title text collate "und-x-icu" not null default '',
      add column buyer_id text collate "C",
      add column settlement_status text,
      add column settlement_due_at timestamptz(3),
      add column settlement_decided_at timestamptz(3)`,
      `update auctions set announced_at = created_at`,
      `alter table auctions
      add column current_price numeric(38,0) not null generated always as (coalesce(price, start_price)) stored,
      add column words tsvector`,
      // A lot that waits for its asset already counts as the asset's open one.
      `create unique index auctions_one_at_once on auctions (asset_id) where status in ('OPENING', 'OPEN')`,
      `drop index auctions_one_open`,
      `drop index auctions_due`,
      `create index auctions_due on auctions (ends_at) where status in ('OPENING', 'OPEN')`,
      `create index auctions_to_open on auctions (opens_at) where status = 'SCHEDULED'`,
      `create index auctions_by_title on auctions (universe_id, title, id)`,
      `create index auctions_by_price on auctions (universe_id, current_price, id)`,
      `create index auctions_by_opening on auctions (universe_id, opens_at, id)`,
    ];
    const [made] = await query(
      `select from information_schema.columns
      where table_schema = current_schema() and table_name = 'auctions' and column_name = 'words'`,
    );
    if (!made) {
      for (const statement of statements) await query(statement);
      yield;
    }
    yield* writeMissingWords(query);
    await query('create index auctions_by_words on auctions using gin (words)');
  },
};
