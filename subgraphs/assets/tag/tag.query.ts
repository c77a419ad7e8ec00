import type { Context } from '../../../platform/context/context.ts';
import { heavySql } from '../../../platform/database/heavy.ts';
import { arg } from '../../../platform/declare/input.ts';
import { query } from '../../../platform/declare/query.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { publicStatuses } from '../asset/asset.entity.ts';
import { normalTag, tagAtMost } from './tag.ts';

/** Tags that are counted for one answer. */
const countedAtMost = 500;

const AssetTagCount = valueType('AssetTagCount', 'A tag with the number of public assets that have it.', (f) => ({
  tag: f.text('The tag in lower case.'),
  count: f.int('Number of public assets with this tag.'),
}));

export const assetTags = query('assetTags', {
  access: 'public',
  description:
    'Suggests tags that begin with `search`, the most used first: considers the first 500 in alphabetical order.',
  errors: 'INVALID',
  args: {
    search: arg.text('The beginning of the tags; all tags if empty.', { max: tagAtMost }).default(''),
    first: arg.int('Number of tags; 0 to 100.', { min: 0, max: 100 }).default(20),
  },
  // Up to 500 tags are counted for one answer.
  answers: (f) => f.list(AssetTagCount, '', { by: 'first' }).cost(200),
  run: (context, { search, first }) => tagSuggestions(context, search, first),
});

/** Tags with this beginning and their numbers of public assets, the most used first. One statement. */
async function tagSuggestions(
  context: Context,
  search: string,
  first: number,
): Promise<{ tag: string; count: number }[]> {
  const prefix = normalTag(search);
  // Text sorts by bytes here: every tag with this beginning is between it and it followed by the last of all characters.
  const rows = await heavySql<{ tag: string; count: string }>(
    context,
    `select t.name as tag, u.n as count
     from (
       select name from assets.asset_tags where universe_id = $1 and name >= $2 and name < $3 order by name limit $4
     ) t
     cross join lateral (
       select count(*) as n from assets.assets a
       where a.tags @> array[t.name] and a.universe_id = $1 and a.status = any($5)
     ) u
     where u.n > 0 order by u.n desc, t.name limit $6`,
    [context.universe, prefix, `${prefix}\u{10FFFF}`, countedAtMost, [...publicStatuses], first],
  );
  return rows.map(({ tag, count }) => ({ tag, count: Number(count) }));
}
