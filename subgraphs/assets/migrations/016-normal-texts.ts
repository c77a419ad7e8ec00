import type { Migration } from '../../../platform/database/migrations.ts';
import { normalizeStoredTexts } from '../../../platform/database/normal-texts.ts';

/** Converts texts stored before normal forms existed, because filters, facets and searches use the normal form. */
export const assets016: Migration = {
  name: '016-normal-texts',
  async *up(query, report) {
    // A tag in two forms becomes one tag; assets refer to tags by name.
    await query(
      `delete from asset_tags where id in (
        select id from (
          select id, row_number() over (
            partition by universe_id, normalize(name, NFC) order by name is nfc normalized desc, created_at, id) as n
          from asset_tags) forms
        where n > 1)`,
    );
    yield;
    yield* normalizeStoredTexts(query, report);
    await query(
      `update assets set tags = array(select tag from unnest(tags) with ordinality as t (tag, n) group by tag order by min(n))
      where cardinality(tags) > (select count(distinct tag) from unnest(tags) as t (tag))`,
    );
  },
};
