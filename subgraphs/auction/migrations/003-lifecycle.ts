import type { Migration } from '../../../platform/database/migrations.ts';
import { writeMissingWords } from '../auction/words.service.ts';

/**
 * Lots that are drafts, begin at a time, wait for their asset and are paid for; and what lots are sorted and searched by. All that
 * was there before had been seen by everybody, and what was sold belonged to its buyer at the hammer, so it is owed by nobody.
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
      // A lot that waits for its asset takes the place that it will have.
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
