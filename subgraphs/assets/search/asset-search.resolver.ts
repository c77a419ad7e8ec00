import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import { SearchSnippet } from '../../../platform/search/snippet.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { AssetSearchSnippetsArgs } from './asset-search.input.ts';

@Resolver(() => AssetType)
export class AssetSearchResolver {
  @FieldResolver(() => [SearchSnippet], {
    description:
      'Where a search found something in this asset: at most one snippet for each text that is searched, the title first.',
  })
  searchSnippets(
    @Root() asset: Asset,
    @Args(() => AssetSearchSnippetsArgs) args: AssetSearchSnippetsArgs,
    @Ctx() context: Context,
  ): Promise<SearchSnippet[]> {
    return assets.snippets(context, asset.id, args);
  }
}
