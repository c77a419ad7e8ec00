import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Directive, Field, Int, ObjectType } from 'type-graphql';
import type { ActorSnapshot } from '../context/actor.ts';
import { Invalid } from '../errors/errors.ts';

/** Rows of a page by default. */
export const pageDefault = 20;
/** Rows of a page at most. */
export const pageAtMost = 100;
/** Rows of a page at most for analysts: services and holders of a platform role. */
export const analystPageAtMost = 1000;

/**
 * Characters of a cursor at most. Most texts fit unchanged (500 characters of any script, twice); longer ones are replaced by a
 * hash, so that a cursor stays short enough for a URL.
 */
export const cursorAtMost = 4096;
/** Bytes of a text that is kept even in a long cursor: four sort keys fit. */
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

/** The paging arguments of every list. */
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
  /** Counted from the end; the rows stay in the list's own order. */
  backward: boolean;
  after: string | null;
  before: string | null;
}

/** Reads page arguments; contradictions and too large pages are INVALID. */
export function pageOf(args: PageArgs, actor: ActorSnapshot): Page {
  const first = args.first ?? null;
  const last = args.last ?? null;
  if (first !== null && last !== null) throw new Invalid('Use `first` or `last`, not both.', { path: ['last'] });
  const size = first ?? last ?? pageDefault;
  const limit = pageLimitFor(actor);
  const path = [last === null ? 'first' : 'last'];
  if (size > limit) throw new Invalid(`A page has at most ${limit} rows.`, { path });
  return { size, backward: last !== null, after: args.after ?? null, before: args.before ?? null };
}

/** The hash that replaces a text too long for a cursor; the text is read again from the cursor's row. */
export interface LongText {
  sha256: string;
}

export function isLongText(value: unknown): value is LongText {
  return typeof value === 'object' && value !== null && typeof (value as LongText).sha256 === 'string';
}

export function longText(text: string): LongText {
  return { sha256: createHash('sha256').update(text).digest('base64url') };
}

/** A cursor holds the order, the row's values in that order, and its id; too long texts are replaced by their hash. */
export function rowCursor(order: string, values: unknown[]): string {
  const whole = encoded([order, ...values]);
  if (whole.length <= cursorAtMost) return whole;
  const short = values.map((value) =>
    typeof value === 'string' && Buffer.byteLength(JSON.stringify(value)) > textAtMost ? longText(value) : value,
  );
  return encoded([order, ...short]);
}

/** Encodes amounts as text, which JSON keeps exactly. */
function encoded(parts: unknown[]): string {
  const plain = parts.map((part) => (typeof part === 'bigint' ? part.toString() : part));
  return Buffer.from(JSON.stringify(plain)).toString('base64url');
}

/** The values of a cursor; INVALID if it was made for another order. The caller checks that they fit its columns. */
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

/** Whether a cursor value fits an integer column; clients can forge cursors. */
export function isInt(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
}

/** Sort keys at most; the id is always added as the last. */
export const sortsAtMost = 4;
export const LimitSorts = ArrayMaxSize(sortsAtMost);
