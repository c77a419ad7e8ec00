import 'reflect-metadata';
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { jsonDepthAtMost, jsonFault } from './nesting.ts';

/** At most 60 digits: numeric(38,0) in minor units and 18 decimals fit, and nothing unbounded is parsed. */
const decimalPattern = /^-?\d{1,42}(\.\d{1,18})?$/;
const integerPattern = /^-?\d{1,39}$/;

/** Reads a literal in a document; an error carries its node, from which the field's path is found. */
export function readLiteral<T>(node: ValueNode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof GraphQLError ? new GraphQLError(error.message, { nodes: node }) : error;
  }
}

function stringScalar(
  name: string,
  description: string,
  check: (text: string) => string,
): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => {
    // Numbers are refused on purpose: JSON parsers have already rounded them.
    if (typeof value !== 'string') throw new GraphQLError(`${name} must be written as a string.`);
    return check(value);
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: (value) =>
      check(typeof value === 'bigint' || typeof value === 'number' ? String(value) : (value as string)),
    parseValue: parse,
    parseLiteral: (node: ValueNode) =>
      readLiteral(node, () => parse(node.kind === Kind.STRING ? node.value : undefined)),
  });
}

/** An exact decimal number, always a string in JSON. */
export const Decimal = stringScalar(
  'Decimal',
  'An exact decimal number, as a string: `"1250.00"`. At most 42 digits before the point and 18 after it.',
  (text) => {
    if (typeof text !== 'string' || !decimalPattern.test(text))
      throw new GraphQLError(`Not a decimal number: ${String(text).slice(0, 60)}. Write it as "12.50".`);
    return text;
  },
);

/** A whole number without the limits of JSON numbers, always a string in JSON. */
export const BigIntString = stringScalar(
  'BigInt',
  'A whole number of at most 39 digits, as a string: `"9007199254740993"`.',
  (text) => {
    if (typeof text !== 'string' || !integerPattern.test(text))
      throw new GraphQLError(`Not a whole number: ${String(text).slice(0, 60)}`);
    return text;
  },
);

const dateTimePattern =
  /^(?!0000)(\d{4})-(\d{2})-(\d{2})[Tt](?!24)(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

function parseDateTime(value: unknown): Date {
  if (value instanceof Date) return value;
  const parts = typeof value === 'string' ? dateTimePattern.exec(value) : null;
  const date = parts ? new Date(value as string) : null;
  // Date rolls 31 February over into March; a nonexistent date is refused instead.
  const dayExists = parts && new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate() >= Number(parts[3]);
  if (!date || !isInCalendar(date) || !dayExists) {
    throw new GraphQLError('Not a point in time. Write RFC 3339 with an offset, such as "2026-03-01T12:00:00.000Z".');
  }
  return date;
}

/** Whether a point in time is in the years 0001 to 9999 in UTC: an offset may lead out of them, and such times cannot be stored. */
export function isInCalendar(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** A point in time: RFC 3339, UTC, three decimals. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'A point in time: RFC 3339 with an offset, answered in UTC with three decimals: `"2026-03-01T12:00:00.000Z"`. Years 0001 to 9999 in UTC.',
  serialize: (value) => {
    const date = value instanceof Date ? value : new Date(value as string);
    return date.toISOString();
  },
  parseValue: parseDateTime,
  parseLiteral: (node) => readLiteral(node, () => parseDateTime(node.kind === Kind.STRING ? node.value : undefined)),
});

const datePattern = /^(?!0000)\d{4}-\d{2}-\d{2}$/;

/** Whether a text is a calendar date, in the years 0001 to 9999. */
export function isDate(text: string): boolean {
  const date = datePattern.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return date !== null && !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}

/** A calendar date without a time, `2026-03-01`. Years 0001 to 9999. */
export const LocalDate = stringScalar(
  'Date',
  'A calendar date without a time: `"2026-03-01"`. Years 0001 to 9999.',
  (text) => {
    if (typeof text !== 'string' || !isDate(text))
      throw new GraphQLError(`Not a date: ${String(text).slice(0, 20)}. Write it as "2026-03-01".`);
    return text;
  },
);

const json = GraphQLJSON.toConfig();

function checkJson<T>(value: T): T {
  const fault = jsonFault(value);
  if (fault) throw new GraphQLError(fault);
  return value;
}

/** Any JSON value. */
export const JsonValue = new GraphQLScalarType({
  ...json,
  name: 'JSON',
  description: `Any JSON value; from a client at most ${jsonDepthAtMost} levels deep.`,
  specifiedByURL: null,
  parseValue: (value) => json.parseValue(checkJson(value)),
  parseLiteral: (node, variables) => readLiteral(node, () => checkJson(json.parseLiteral(node, variables))),
});
