import 'reflect-metadata';
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { Arg, Args, ArgsType, Ctx, Field, ID, Int, Query, Resolver } from 'type-graphql';
import { Reads, type Access } from '../access/declare.ts';
import type { Context } from '../context/context.ts';
import { checkId } from '../ids/ids.ts';
import { AggregateRowsArgs } from '../nouns/aggregate-args.ts';
import type { AggregateArgs } from '../nouns/aggregate-options.ts';
import { AggregateOrder } from '../nouns/aggregate-order.ts';
import type { Aggregate } from '../nouns/aggregate.ts';
import type { Noun } from '../nouns/noun.ts';
import type { ListArgs, Row } from '../nouns/options.ts';
import { analystPageAtMost, LimitSorts, PageArgs } from '../nouns/page.ts';
import { searchAtMost, SearchMode } from '../search/search.ts';
import type { AnyClass } from './any-class.ts';

/** The descriptions of a noun's root fields where the defaults do not fit; `false` omits a root. */
export interface Roots<E extends Row> {
  access?: Access;
  one?: string | false;
  /** The prefixes of the ids that `x(id)` accepts, if the noun has no kinds of its own. */
  ids?: readonly string[];
  /** The variant that `x(id)` loads with. */
  oneOf?: () => Noun<E>;
  list?: string | false;
  /** Descriptions of the arguments of the list. */
  arguments?: { filter?: string; sort?: string; search?: string };
  aggregate?: string;
}

/** What the client may ask of a noun's aggregate. */
export interface Figures {
  /** The client may choose the order of the groups, and how many of the largest it gets. */
  ranks?: boolean;
  /** The client may search, as in the list. */
  searches?: boolean;
}

/** A noun as its root fields show it. */
export interface Rooted<E extends Row> extends Noun<E> {
  readonly words: readonly [one: string, many: string];
  readonly plural: string;
  readonly ListArgs: new () => ListArgs;
  readonly aggregates: Aggregate<E> | null;
  readonly built: { readonly type: AnyClass };
}

/** The root field of one of its rows: `asset` of `Asset`. */
export function rootName(noun: string): string {
  return noun.charAt(0).toLowerCase() + noun.slice(1);
}

/** The arguments of a list; those of the root field include search. */
export function listArguments<E extends Row>(
  noun: Rooted<E>,
  words: NonNullable<Roots<E>['arguments']>,
  searches: boolean,
): new () => ListArgs {
  class Arguments extends PageArgs {}
  const target = Arguments.prototype;
  const [, many] = noun.words;
  const filter = words.filter ?? `Conditions on the ${many}; all visible ${many} if absent.`;
  Field(() => noun.Filter, { nullable: true, description: filter })(target, 'filter');
  if (noun.options.sort.length > 0) {
    const own = noun.options.ascends ? `by \`${noun.options.sort[0]}\`, ascending` : 'newest first';
    const usual = searches ? `by relevance with a search, otherwise ${own}` : own;
    const sort = (searches && words.sort) || `At most four. Default: ${usual}.`;
    Field(() => [noun.Sort], { nullable: true, description: sort })(target, 'sort');
    LimitSorts(target, 'sort');
  }
  if (searches)
    searchArgs(target, words.search ?? 'Full text: words, "phrases", or, -without. At most 200 characters.');
  ArgsType()(Arguments);
  return Arguments as new () => ListArgs;
}

/** The resolver of the root fields of a noun. */
export function rootResolver<E extends Row>(noun: Rooted<E>, roots: Roots<E>, figures: Figures = {}): AnyClass {
  const { access = 'public', one, ids = noun.prefixes, oneOf, list } = roots;
  class RootFields {}
  const target = RootFields.prototype as object;
  const [word, many] = noun.words;
  const single = rootName(noun.name);
  const root = (name: string, resolve: (given: never, context: Context) => unknown): PropertyDescriptor => {
    Reads(access)(target, name, {});
    Ctx()(target, name, 1);
    const descriptor = { value: resolve, writable: true, configurable: true };
    Object.defineProperty(target, name, descriptor);
    return descriptor;
  };
  if (one !== false) {
    const article = /^[aeiou]/.test(word) ? 'An' : 'A';
    const description =
      one ??
      `${article} ${word} by its id. Null if none is visible to the viewer. Errors: INVALID for an id of another kind.`;
    const descriptor = root(single, (id: string, context) =>
      (oneOf?.() ?? noun).load(context, checkId(id, ids, ['id'])),
    );
    Arg('id', () => ID)(target, single, 0);
    Query(() => noun.built.type as never, { nullable: true, description })(target, single, descriptor);
  }
  if (list !== false) {
    const description = list ?? `The ${many} visible to the viewer, newest first. Errors: INVALID.`;
    const name = noun.plural;
    const descriptor = root(name, (args: ListArgs, context) => noun.list(context, args));
    const Arguments = noun.options.search ? listArguments(noun, roots.arguments ?? {}, true) : noun.ListArgs;
    Args(() => Arguments as never)(target, name, 0);
    Query(() => noun.Connection, { description })(target, name, descriptor);
  }
  if (noun.aggregates) {
    const { aggregates } = noun;
    const description =
      roots.aggregate ?? `Counts the ${many} visible to the viewer, by keys and time. Errors: INVALID.`;
    const name = `${single}Aggregate`;
    const Arguments = aggregateArguments(noun, aggregates, figures);
    const descriptor = root(name, (args: AggregateArgs, context) => aggregates.run(context, args));
    Args(() => Arguments as never)(target, name, 0);
    Query(() => aggregates.Result, { description })(target, name, descriptor);
  }
  Resolver(() => noun.built.type as never)(RootFields);
  return RootFields;
}

function searchArgs(target: object, description: string): void {
  Field(() => String, { nullable: true, description })(target, 'search');
  MaxLength(searchAtMost)(target, 'search');
  const mode = 'How `search` is read; default WORDS.';
  Field(() => SearchMode, { nullable: true, description: mode })(target, 'searchMode');
}

function aggregateArguments<E extends Row>(
  noun: Rooted<E>,
  aggregates: Aggregate<E>,
  { ranks = false, searches = false }: Figures,
): new () => AggregateArgs {
  class Arguments extends AggregateRowsArgs {}
  const target = Arguments.prototype;
  const [, many] = noun.words;
  const filter = `Conditions on the ${many}; all visible ${many} if absent.`;
  Field(() => noun.Filter, { nullable: true, description: filter })(target, 'filter');
  if (searches) searchArgs(target, 'Counts only matches of this search. At most 200 characters.');
  Field(() => [aggregates.GroupBy], {
    nullable: true,
    description: 'The keys of each row, at most four; without keys, one row for everything.',
  })(target, 'groupBy');
  ArrayMaxSize(4)(target, 'groupBy');
  const bucket = 'Also groups by time; no time buckets if absent.';
  if (Object.keys(aggregates.options.times).length > 0)
    Field(() => aggregates.Bucket, { nullable: true, description: bucket })(target, 'bucket');
  if (ranks) {
    const order = 'Default: by bucket if there is one, otherwise largest groups first.';
    Field(() => AggregateOrder, { nullable: true, description: order })(target, 'orderBy');
    const top = `Returns at most this number of key groups: those with the most ${many} over all buckets. At most 100, 1,000 for services and platform roles.`;
    Field(() => Int, { nullable: true, description: top })(target, 'top');
    Min(1)(target, 'top');
    Max(analystPageAtMost)(target, 'top');
  }
  ArgsType()(Arguments);
  return Arguments as new () => AggregateArgs;
}
