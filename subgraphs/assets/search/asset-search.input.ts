import { MaxLength } from 'class-validator';
import { ArgsType, Field } from 'type-graphql';
import { searchAtMost, SearchMode, type SearchArgs } from '../../../platform/search/search.ts';

@ArgsType()
export class AssetSearchSnippetsArgs implements SearchArgs {
  @Field(() => String, { description: 'The search of the list. At most 200 characters.' })
  @MaxLength(searchAtMost)
  search!: string;

  @Field(() => SearchMode, { nullable: true, description: 'WORDS when absent.' })
  searchMode?: SearchMode;
}
