import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { FacetsResult } from '../../../platform/nouns/facets.ts';
import { AssetFacetsArgs } from './asset-facets.input.ts';
import { assetFacets } from './asset-facets.query.ts';

@Resolver()
export class AssetFacetsResolver {
  @Reads('public')
  @Query(() => assetFacets.Result, {
    description:
      'Counts the assets that the viewer may see by several keys at once, to narrow a list by. Each facet is counted under the search and the whole filter but for the conditions on its own field at the top of the filter or in its `and`; conditions within `or` and `not` always hold. Errors: INVALID.',
  })
  assetFacets(@Args(() => AssetFacetsArgs) args: AssetFacetsArgs, @Ctx() context: Context): Promise<FacetsResult> {
    return assetFacets.run(context, args);
  }
}
