import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { MaxLength } from 'class-validator';
import { Args, ArgsType, Ctx, Field, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { FilterInput } from '../../../platform/nouns/filter-kinds.ts';
import type { Connection } from '../../../platform/nouns/connection.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { readBeginnings } from '../../../platform/search/search.ts';
import type { Actor } from './actor.entity.ts';
import { directory } from './actor.noun.ts';

@ArgsType()
export class ActorsArgs extends PageArgs {
  @Field(() => directory.Filter, {
    nullable: true,
    description: 'Conditions on the actors; all that the viewer may find if absent.',
  })
  filter?: FilterInput;

  @Field(() => [directory.Sort], { nullable: true, description: 'At most four. Default: newest first.' })
  @LimitSorts
  sort?: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'Beginnings of words in the name: "an ex" finds Ann Example. Case, accents and punctuation are ignored. At most 200 characters; words after the eighth are ignored.',
  })
  @MaxLength(200)
  search?: string;
}

/** Each word of the search must begin a word of the name. */
function nameBegins(search: string | null | undefined): FilterQuery<Actor> | undefined {
  const query = readBeginnings(search);
  return query === null ? undefined : { [raw((alias) => `${alias}.words @@ ${query}`)]: [] };
}

/** Written by hand because it searches by the beginnings of words. */
@Resolver()
export class DirectoryResolver {
  @Reads('public')
  @Query(() => directory.Connection, {
    description:
      'The directory: people, organizations, agents and services that the viewer may find, the newest first. Errors: INVALID.',
  })
  actors(@Args(() => ActorsArgs) { search, ...args }: ActorsArgs, @Ctx() context: Context): Promise<Connection<Actor>> {
    return directory.list(context, args, nameBegins(search));
  }
}
