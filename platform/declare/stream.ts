import 'reflect-metadata';
import { Arg, Args, Resolver, Root, Subscription } from 'type-graphql';
import type { Audience } from '../access/audience.ts';
import { Streams, type Access } from '../access/declare.ts';
import type { Context } from '../context/context.ts';
import type { FactType, PayloadOf, StampedFactOf, ToldBy } from '../facts/fact.ts';
import { factStream } from '../facts/stream.ts';
import { meetsFilter } from '../nouns/filter-match.ts';
import { filterClass } from '../nouns/filter.ts';
import { filterQuery } from '../nouns/filter-query.ts';
import { filteredPrefixes, type FilterInput, type FilterKind } from '../nouns/filter-kinds.ts';
import type { AnyClass } from './any-class.ts';
import type { Declared } from './declared.ts';
import type { ForeignEntities } from './entities.ts';
import { argumentsClass, givenOf, prefixesIn, type ArgumentMap, type Given } from './input.ts';
import { objectType } from './object-type.ts';
import { OutputFields } from './output.ts';
import type { CheckedFields, FieldMap } from './field.ts';

/** What every event of a fact stream has besides its own values. */
interface Place {
  cursor: string;
  sequence: string;
  occurredAt: Date;
}

const afterDescription =
  'Continues after this cursor: the `cursor` of an earlier event, or a `liveCursor`. Without it the stream starts now.';

interface StreamOptions<L extends readonly FactType[], E, F extends FieldMap> {
  access: Access;
  /** Whom the events depend on; the default is `public` if everybody may subscribe and there is no `match`, else `self`. */
  audience?: Audience;
  /** Which events are sent; the platform describes `after` and its errors. */
  description: string;
  eventDescription: string;
  /** The facts that become events. */
  facts: L;
  /** Values of the facts that a client may filter by. */
  filter?: Readonly<Partial<Record<keyof PayloadOf<L[number]> & string, FilterKind>>>;
  /** The description of the filter. */
  filterDescription?: string;
  /** Whether this subscriber gets this fact; check rights over the fact's values here. */
  match?: (fact: StampedFactOf<L[number]>, context: Context) => boolean;
  /** The values of an event; by default those of the fact. Its `type` is one of `facts`: a table by type needs no default. */
  event?: (fact: StampedFactOf<L[number]>) => E;
  /** The fields of the event besides `cursor`, `sequence` and `occurredAt`. */
  fields: (f: OutputFields<E>) => F & CheckedFields<E, F>;
}

interface StreamArgs {
  filter?: FilterInput | null;
  after?: string | null;
}

/** Declares a stream of facts: each fact is one event, in order, and `after` replays missed events. */
export function stream<const L extends readonly FactType[], E = ToldBy<L[number]>, F extends FieldMap = FieldMap>(
  name: string,
  options: StreamOptions<L, E, F>,
): Declared {
  return {
    name,
    ids: filteredPrefixes(options.filter ?? {}),
    build: (entities) => buildStream(name, options as never, entities),
  };
}

function buildStream(
  name: string,
  options: StreamOptions<readonly FactType<never>[], object, FieldMap>,
  entities: ForeignEntities,
): AnyClass[] {
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  const { access, audience, match, event = ({ payload }) => payload as object } = options;
  const filterFields = (options.filter ?? {}) as Record<string, FilterKind>;
  const narrows = Object.keys(filterFields).length > 0;
  const f = new OutputFields<Place>();
  const place = {
    cursor: f.text('Send it back as `after` to continue the stream after this event.'),
    sequence: f.text('Position of the event in the log; it only increases.'),
    occurredAt: f.time(),
  };
  const { type: Event, resolvers } = objectType(
    { ...place, ...options.fields(new OutputFields<object>()) },
    { name: `${type}Event`, description: options.eventDescription, entities },
  );
  const subscribe = (context: Context, { filter, after }: StreamArgs): AsyncIterable<unknown> => {
    // A filter that is too large is refused before the stream starts.
    filterQuery(filter, filterFields);
    return factStream(context, {
      facts: options.facts,
      after,
      match: (fact) =>
        (match?.(fact, context) ?? true) && meetsFilter(filter, fact.payload as Readonly<Record<string, unknown>>),
      event: (fact, at) => ({ ...event(fact), ...at }),
    });
  };
  class StreamField {}
  const target = StreamField.prototype as object;
  const descriptor = { value: (root: unknown) => root, writable: true, configurable: true };
  Object.defineProperty(target, name, descriptor);
  Root()(target, name, 0);
  Arg('after', () => String, { nullable: true, description: afterDescription })(target, name, narrows ? 2 : 1);
  if (narrows) {
    const Filter = filterClass(type, filterFields);
    const description = options.filterDescription ?? 'Conditions on the events; all of them if absent.';
    Arg('filter', () => Filter, { nullable: true, description })(target, name, 1);
  }
  // `match` may differ between viewers, so such a stream is shared only if it declares so.
  const shared = audience ?? (access === 'public' && !match ? 'public' : 'self');
  Streams(access, shared)(target, name, descriptor);
  const errors = `${access === 'public' ? '' : 'UNAUTHENTICATED, '}${narrows ? 'INVALID for a filter that is too large, ' : ''}`;
  Subscription(() => Event as never, {
    description: `${options.description} \`after\` replays missed events. Errors: ${errors}INVALID and EXPIRED for a cursor.`,
    subscribe: ({ args, context }) => subscribe(context as Context, args as StreamArgs),
  })(target, name, descriptor);
  Resolver()(StreamField);
  return [StreamField, ...resolvers];
}

interface StateStreamOptions<E, F extends FieldMap, I extends ArgumentMap> {
  access: Access;
  /** Whom the states depend on; the default is `public` if everybody may subscribe, else `self`. */
  audience?: Audience;
  /** Which states are sent, and when. */
  description: string;
  errors?: string;
  eventDescription: string;
  args?: I;
  /** The states, the current one first; states may be skipped while the client is busy. */
  subscribe: (context: Context, given: Given<I>) => AsyncIterable<E>;
  fields: (f: OutputFields<E>) => F & CheckedFields<E, F>;
}

/** Declares a stream of states: each event is the whole state, so none is replayed and there is no cursor. */
export function stateStream<E, F extends FieldMap, const I extends ArgumentMap = Record<never, never>>(
  name: string,
  options: StateStreamOptions<E, F, I>,
): Declared {
  return {
    name,
    ids: prefixesIn(options.args ?? {}),
    build: (entities) => buildStateStream(name, options as never, entities),
  };
}

function buildStateStream(
  name: string,
  options: StateStreamOptions<object, FieldMap, ArgumentMap>,
  entities: ForeignEntities,
): AnyClass[] {
  const { access, audience, args = {}, errors } = options;
  const { type: Event, resolvers } = objectType(options.fields(new OutputFields<object>()), {
    name: `${name.charAt(0).toUpperCase()}${name.slice(1)}Event`,
    description: options.eventDescription,
    entities,
  });
  class StreamField {}
  const target = StreamField.prototype as object;
  const descriptor = { value: (root: unknown) => root, writable: true, configurable: true };
  Object.defineProperty(target, name, descriptor);
  Root()(target, name, 0);
  if (Object.keys(args).length > 0) {
    const Arguments = argumentsClass(args);
    Args(() => Arguments as never)(target, name, 1);
  }
  Streams(access, audience)(target, name, descriptor);
  Subscription(() => Event as never, {
    description: errors === undefined ? options.description : `${options.description} Errors: ${errors}.`,
    subscribe: ({ args: values, context }) => options.subscribe(context as Context, givenOf(args, values, []) as never),
  })(target, name, descriptor);
  Resolver()(StreamField);
  return [StreamField, ...resolvers];
}
