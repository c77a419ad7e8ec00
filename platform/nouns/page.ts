import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Directive, Field, Int, ObjectType } from 'type-graphql';
import type { ActorSnapshot } from '../context/actor.ts';
import { Invalid } from '../errors/errors.ts';

/** Rows of a page when nobody says how many. */
export const pageDefault = 20;
/** Rows of a page at most. */
export const pageAtMost = 100;
/** Rows of a page at most for analysts: services and holders of a platform role. */
export const analystPageAtMost = 1000;

/**
 * Characters of a cursor at most. The texts of most rows fit in as they are (500 characters of any script, twice); what does not
 * is named by its hash, and a cursor stays short enough for an address.
 */
export const cursorAtMost = 4096;
/** Bytes of a text that stands in a cursor as it is, even where the cursor is long: four keys of order fit. */
const textAtMost = 256;

@ObjectType('PageInfo', { description: 'The position of a page in its list.' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, {
    description: 'Whether more rows follow this page; with `last`, whether `before` was given.',
  })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: 'Whether rows precede this page; with `first`, whether `after` was given.',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the first row, for `before`; null on an empty page.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last row, for `after`; null on an empty page.',
  })
  endCursor!: string | null;
}

/** The arguments by which every list is paged. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      'Number of rows from the start; 20 if neither `first` nor `last` is given. At most 100, or 1,000 for services and platform roles.',
  })
  @Min(0)
  @Max(analystPageAtMost)
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Returns rows after this cursor, at most 4,096 characters. INVALID for a cursor of another list or order.',
  })
  @MaxLength(cursorAtMost)
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Number of rows from the end. Cannot be combined with `first`; the same limits.',
  })
  @Min(0)
  @Max(analystPageAtMost)
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Returns rows before this cursor, at most 4,096 characters.' })
  @MaxLength(cursorAtMost)
  before?: string | null;
}

export function pageLimitFor(actor: ActorSnapshot): number {
  return actor.kind === 'SERVICE' || actor.platformRoles.length > 0 ? analystPageAtMost : pageAtMost;
}

export interface Page {
  size: number;
  /** From the end, in the list's own order. */
  backward: boolean;
  after: string | null;
  before: string | null;
}

/** Reads page arguments; what contradicts itself or is too much is INVALID. */
export function pageOf(args: PageArgs, actor: ActorSnapshot): Page {
  const first = args.first ?? null;
  const last = args.last ?? null;
  if (first !== null && last !== null)
    throw new Invalid('Ask for `first` or for `last`, not for both.', { path: ['last'] });
  const size = first ?? last ?? pageDefault;
  const limit = pageLimitFor(actor);
  const path = [last === null ? 'first' : 'last'];
  if (size > limit) throw new Invalid(`A page has at most ${limit} rows.`, { path });
  return { size, backward: last !== null, after: args.after ?? null, before: args.before ?? null };
}

/** A text that is too long for a cursor, by its hash: the row of the cursor has the text itself. */
export interface LongText {
  sha256: string;
}

export function isLongText(value: unknown): value is LongText {
  return typeof value === 'object' && value !== null && typeof (value as LongText).sha256 === 'string';
}

export function longText(text: string): LongText {
  return { sha256: createHash('sha256').update(text).digest('base64url') };
}

/** A cursor holds the order, the values of the row in that order, and its id; too long texts are named by their hash. */
export function rowCursor(order: string, values: unknown[]): string {
  const whole = encoded([order, ...values]);
  if (whole.length <= cursorAtMost) return whole;
  const short = values.map((value) =>
    typeof value === 'string' && Buffer.byteLength(JSON.stringify(value)) > textAtMost ? longText(value) : value,
  );
  return encoded([order, ...short]);
}

/** Amounts are text, which JSON keeps exactly. */
function encoded(parts: unknown[]): string {
  const plain = parts.map((part) => (typeof part === 'bigint' ? part.toString() : part));
  return Buffer.from(JSON.stringify(plain)).toString('base64url');
}

/** The values of a cursor; INVALID when it was made for another order. Whoever uses them checks that its columns can have them. */
export function cursorValues(cursor: string, order: string, path: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parsed = null;
  }
  if (!Array.isArray(parsed)) throw new Invalid('This is not a cursor of a list.', { path: [path] });
  const [madeFor, ...values] = parsed as unknown[];
  if (madeFor !== order) throw new Invalid('This cursor was made for another order.', { path: [path] });
  return values;
}

/** Whether a value of a cursor is a whole number that an integer column can have; a cursor comes from the client, who may have made it up. */
export function isInt(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
}

/** At most four keys of order; the id is always the last. */
export const sortsAtMost = 4;
export const LimitSorts = ArrayMaxSize(sortsAtMost);
