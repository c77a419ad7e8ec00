import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';
import { facetTopDefault, type FacetArgs } from '../../../platform/nouns/facets.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { analystPageAtMost } from '../../../platform/nouns/page.ts';
import { searchAtMost, SearchMode } from '../../../platform/search/search.ts';
import { assets } from '../asset/asset.query.ts';
import { assetFacets } from './asset-facets.query.ts';

@ArgsType()
export class AssetFacetsArgs implements FacetArgs {
  @Field(() => assets.Filter, {
    nullable: true,
    description: 'Conditions on the counted assets; all visible assets if absent.',
  })
  filter?: FilterInput;

  @Field(() => String, { nullable: true, description: 'Counts only what this search finds. At most 200 characters.' })
  @MaxLength(searchAtMost)
  search?: string;

  @Field(() => SearchMode, { nullable: true, description: 'WORDS when absent.' })
  searchMode?: SearchMode;

  @Field(() => [assetFacets.Key], { nullable: true, description: 'All of them when absent.' })
  @ArrayMaxSize(20)
  facets?: string[];

  @Field(() => Int, {
    defaultValue: facetTopDefault,
    description:
      'Values of each facet, those with the most assets; at most 100, 1,000 for services and platform roles.',
  })
  @Min(1)
  @Max(analystPageAtMost)
  top!: number;
}
