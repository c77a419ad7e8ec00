import { extend } from '../../../platform/declare/extension.ts';
import { arg } from '../../../platform/declare/input.ts';
import { searchAtMost, searchModes } from '../../../platform/search/search.ts';
import { SearchSnippet } from '../../../platform/search/snippet.ts';
import { assets } from '../asset/asset.noun.ts';

/** Searched texts per asset. */
const snippetsAtMost = 8;

export const searchOfAsset = extend(assets, (f) => ({
  searchSnippets: f
    .list<SearchSnippet>(
      () => SearchSnippet,
      'Snippets of the texts in which a search matched: at most one for each searched field, the title first; at most eight.',
      { atMost: snippetsAtMost },
    )
    .with(
      {
        // Only marks words in the texts of one row, which the list has already found.
        search: arg.text('The same search as in the list; at most 200 characters.', { max: searchAtMost }).cost(5),
        searchMode: arg.enum(searchModes, 'How `search` is read; default WORDS.').optional(),
      },
      async ({ id }, context, args) => (await assets.snippets(context, id, args)).slice(0, snippetsAtMost),
    ),
}));
