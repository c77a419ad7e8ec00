import type { EntityClass, FilterQuery } from '@mikro-orm/postgresql';
import type { Audience } from '../access/declare.ts';
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
  /** The prefixes of its ids; several where kinds share one table. */
  prefix: string | readonly string[];
  entity: EntityClass<E>;
  type: () => object;
  /** The GraphQL object types of its rows, when they are several kinds under one interface: `['User', 'Organization']`. */
  kinds?: readonly string[];
  /** Interfaces over its kinds that are entities of the graph: `['Actor']`. */
  interfaces?: readonly string[];
  /** Which rows this actor may know of: `{}` is all, `null` none. Loader, lists, totals and aggregates all ask it. */
  visible: (actor: ActorSnapshot) => FilterQuery<E> | null;
  /**
   * What `visible` looks at: nothing of the actor (`public`), roles alone (`role`), or who it is (`self`). Printed as a tag on
   * every field of the noun, so that a gateway never shares between viewers what one of them may not see.
   */
  audience: Audience;
  /** Fields that a client may filter by; indexed columns only. */
  filter: Partial<Record<keyof E & string, FilterKind>> & Record<string, FilterKind | undefined>;
  /** Columns that a client may sort by; they are never null. The first, descending, is the default. */
  sort: readonly (keyof E & string)[];
  /** The default order ascends, as for names and paths. */
  ascends?: boolean;
  /** The column with the words of full-text search and the configuration it was made with. */
  search?: SearchOptions;
  /** Lists are filtered and sorted as those of this noun, and answer its pages: the same rows with another visibility. */
  like?: Shown<E>;
}

export interface ListArgs extends PageArgs, SearchArgs {
  filter?: FilterInput | null;
  sort?: string[] | null;
}
