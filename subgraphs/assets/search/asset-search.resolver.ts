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
      'Where a search found something in this asset: at most one snippet for each text that is searched, the title first; at most eight.',
  })
  async searchSnippets(
    @Root() asset: Asset,
    @Args(() => AssetSearchSnippetsArgs) args: AssetSearchSnippetsArgs,
    @Ctx() context: Context,
  ): Promise<SearchSnippet[]> {
    return (await assets.snippets(context, asset.id, args)).slice(0, snippetsAtMost);
  }
}
