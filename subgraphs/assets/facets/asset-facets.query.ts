import { arg } from '../../../platform/declare/input.ts';
import { query } from '../../../platform/declare/query.ts';
import { facets, facetTopDefault } from '../../../platform/nouns/facets.ts';
import { analystPageAtMost } from '../../../platform/nouns/page.ts';
import { searchAtMost, searchModes } from '../../../platform/search/search.ts';
import { assets } from '../asset/asset.noun.ts';
import { categories } from '../category/category.noun.ts';

const counted = facets(assets, {
  kind: { column: 'kind', filter: 'kind', description: 'The kind of asset.' },
  status: { column: 'status', filter: 'status', description: 'The status of the asset.' },
  classification: {
    column: 'classification',
    filter: 'classification',
    description: 'The classification by the source.',
  },
  department: {
    column: 'department',
    filter: 'department',
    description: 'The department of the museum or house that keeps it.',
  },
  category: {
    column: 'category_id',
    filter: 'categoryId',
    reference: () => categories.built.type,
    load: (context, id) => categories.load(context, id),
    description: 'The category, by id; assets are counted only in their own category, not in its parents.',
  },
  decade: {
    column: 'decade',
    filter: 'decade',
    description: 'The decade of `createdEarliest` by its first year, such as "1960".',
  },
  owner: {
    column: 'owner_id',
    filter: 'ownerId',
    reference: () => assets.foreign('Actor'),
    description: 'The owner, by id.',
  },
  creator: { column: 'creator', filter: 'creator', description: 'The first of the creators.' },
});

const keys = { enum: counted.Key, name: 'AssetFacetKey', values: Object.keys(counted.Key) as [string, ...string[]] };

export const assetFacets = query('assetFacets', {
  access: 'public',
  description:
    'Counts the assets that the viewer may see by several keys at once, for narrowing a list. Each facet is counted under the search and the filter, except for conditions on its own field at the top of the filter or in its `and`; conditions within `or` and `not` always apply.',
  errors: 'INVALID',
  args: {
    filter: arg.object(assets.Filter, 'Conditions on the counted assets; all visible assets if absent.').optional(),
    search: arg
      .text('Counts only assets that this search finds; at most 200 characters.', { max: searchAtMost })
      .optional(),
    searchMode: arg.enum(searchModes, 'How `search` is read; default WORDS.').optional(),
    facets: arg.enums(keys, 'The facets to count; all of them if absent.').optional(),
    top: arg
      .int(
        'Number of values per facet, those with the most assets; at most 100, or 1,000 for services and platform roles.',
        {
          min: 1,
          max: analystPageAtMost,
        },
      )
      .default(facetTopDefault),
  },
  answers: (f) => f.object(() => counted.Result, ''),
  run: (context, args) => counted.run(context, args),
});
