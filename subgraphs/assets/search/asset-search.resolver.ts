import { Args, Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import { SearchSnippet } from '../../../platform/search/snippet.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { AssetSearchSnippetsArgs } from './asset-search.input.ts';

/** Texts of an asset that are searched. */
const snippetsAtMost = 8;

@Resolver(() => AssetType)
export class AssetSearchResolver {
  @Directive(`@listSize(assumedSize: ${snippetsAtMost})`)
  @FieldResolver(() => [SearchSnippet], {
    description:
      'Snippets of the texts in which a search matched: at most one for each searched field, the title first; at most eight.',
  })
  async searchSnippets(
    @Root() asset: Asset,
    @Args(() => AssetSearchSnippetsArgs) args: AssetSearchSnippetsArgs,
    @Ctx() context: Context,
  ): Promise<SearchSnippet[]> {
    return (await assets.snippets(context, asset.id, args)).slice(0, snippetsAtMost);
  }
}
