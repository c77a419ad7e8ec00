import { MaxLength } from 'class-validator';
import { ArgsType, Directive, Field } from 'type-graphql';
import { searchAtMost, SearchMode, type SearchArgs } from '../../../platform/search/search.ts';

@ArgsType()
export class AssetSearchSnippetsArgs implements SearchArgs {
  // Marks words in the texts of one row; the list has found it already.
  @Directive('@cost(weight: 5)')
  @Field(() => String, { description: 'The search of the list. At most 200 characters.' })
  @MaxLength(searchAtMost)
  search!: string;

  @Field(() => SearchMode, { nullable: true, description: 'WORDS when absent.' })
  searchMode?: SearchMode;
}
