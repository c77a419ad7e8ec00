import type { EntityClass, FilterQuery } from '@mikro-orm/postgresql';
import type { Audience } from '../access/audience.ts';
import type { ActorSnapshot } from '../context/actor.ts';
import type { SearchArgs, SearchOptions } from '../search/search.ts';
import type { Connection } from './connection.ts';
import type { FilterClass } from './filter.ts';
import type { FilterInput, FilterKind } from './filter-kinds.ts';
import type { PageArgs } from './page.ts';

/** A row of a noun: it has an id and belongs to a universe. */
export interface Row {
  id: string;
  universeId: string;
}

/** How the rows of a noun are shown in lists. */
export interface Shown<E> {
  /** `<Noun>Connection`, for `@Query(() => noun.Connection)`. */
  readonly Connection: new (...args: ConstructorParameters<typeof Connection<E>>) => Connection<E>;
  /** `<Noun>Filter`. */
  readonly Filter: FilterClass;
  /** `<Noun>Sort`: an enum with `<COLUMN>_ASC` and `<COLUMN>_DESC` for each sortable column. */
  readonly Sort: Record<string, string>;
}

export interface NounOptions<E extends Row> {
  /** The GraphQL type: `Asset`. */
  name: string;
  /** The prefixes of its ids; several if kinds share one table. */
  prefix: string | readonly string[];
  entity: EntityClass<E>;
  type: () => object;
  /** The GraphQL object types of its rows, if there are several kinds under one interface: `['User', 'Organization']`. */
  kinds?: readonly string[];
  /** Interfaces over its kinds that are entities of the graph: `['Actor']`. */
  interfaces?: readonly string[];
  /** The rows visible to this actor: `{}` means all, `null` none. Loaders, lists, totals and aggregates all use it. */
  visible: (actor: ActorSnapshot) => FilterQuery<E> | null;
  /**
   * What `visible` depends on: nothing of the actor (`public`), roles only (`role`), or the actor (`self`). `visible` is for rows that some
   * viewers do not see, if two things hold: a row that is visible without a sign-in is visible to everybody (checked at the start), and all
   * who see a row see the same in its fields; a field for which that is not so is restricted or `dependsOn('self')`. Printed as a tag on
   * every field of the noun. A gateway shares events with such rows and asks for single viewers only where a row was not shown.
   */
  audience: Audience;
  /** Fields that a client may filter by; indexed columns only. */
  filter: Partial<Record<keyof E & string, FilterKind>> & Record<string, FilterKind | undefined>;
  /** Columns that a client may sort by; they are never null. Default: the first, descending. */
  sort: readonly (keyof E & string)[];
  /** Makes the default order ascending, as for names and paths. */
  ascends?: boolean;
  /** The column with the words of full-text search and the texts for snippets. */
  search?: SearchOptions;
  /** Shares this noun's filter, sort and connection types: the same rows with another visibility. */
  like?: Shown<E>;
}

export interface ListArgs extends PageArgs, SearchArgs {
  filter?: FilterInput | null;
  sort?: string[] | null;
}
