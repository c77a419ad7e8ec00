import { Kind, parseConstValue } from 'graphql';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonDepthAtMost } from '../../../platform/scalars/nesting.ts';
import { BigIntString, DateTime, Decimal, JsonValue, LocalDate } from '../../../platform/scalars/scalars.ts';

test.each([
  ['2026-02-31T00:00:00Z'],
  ['2026-02-29T00:00:00Z'],
  ['2026-13-01T00:00:00Z'],
  ['2026-04-31T23:59:59.999Z'],
  ['2026-01-01T24:00:00Z'],
  ['2026-01-01T23:60:00Z'],
  ['2026-01-01T23:59:60Z'],
  ['2026-01-01T00:00:00'],
  ['2026-01-01'],
  ['2026-01-01 00:00:00Z'],
  ['2026-01-01T00:00:00+25:00'],
  ['0000-01-01T00:00:00Z'],
  ['12026-01-01T00:00:00Z'],
  // Offsets that leave the range of years.
  ['9999-12-31T23:59:59-00:01'],
  ['9999-12-31T12:00:00-14:00'],
  ['0001-01-01T00:00:00+00:01'],
  ['0001-01-01T12:00:00+14:00'],
  [''],
  ['now'],
  [1_767_225_600_000],
  [null],
  [true],
])('%s is not a point in time', (value) => {
  expect(() => DateTime.parseValue(value)).toThrow('Not a point in time');
});

test.each([
  ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
  ['2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00.000Z'],
  ['2026-03-01T12:00:00.123456789Z', '2026-03-01T12:00:00.123Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s is the point in time %s', (given, read) => {
  expect(DateTime.serialize(DateTime.parseValue(given))).toBe(read);
  expect(DateTime.parseLiteral({ kind: Kind.STRING, value: given }, {}).toISOString()).toBe(read);
});

test('every point in time is read as written', () => {
  const years = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (date) => {
      expect(DateTime.parseValue(DateTime.serialize(date))).toEqual(date);
    }),
  );
});

test.each(['2026-02-31', '2026-02-29', '2026-1-1', '0000-01-01', '26-01-01', '2026-01-01T00:00:00Z', '', 'today'])(
  '%s is not a date',
  (value) => {
    expect(() => LocalDate.parseValue(value)).toThrow('Not a date');
  },
);

test.each(['2024-02-29', '0001-01-01', '9999-12-31'])('%s is a date', (value) => {
  expect(LocalDate.parseValue(value)).toBe(value);
});

test.each(['0', '-0', '-1', '1250.00', '0.000000000000000001', `${'9'.repeat(42)}.${'9'.repeat(18)}`])(
  '%s is a decimal',
  (value) => {
    expect(Decimal.parseValue(value)).toBe(value);
    expect(Decimal.parseLiteral({ kind: Kind.STRING, value }, {})).toBe(value);
  },
);

test.each(['', '1.', '.5', '+1', '1e5', '1,5', ' 1', '1\n', '--1', 'NaN', '1'.repeat(43), `1.${'1'.repeat(19)}`, '１'])(
  '%j is not a decimal',
  (value) => {
    expect(() => Decimal.parseValue(value)).toThrow('Not a decimal number');
  },
);

test.each([1, 1.5, 10n, null, true, {}])('a decimal or whole number is a string in JSON, never %s', (value) => {
  expect(() => Decimal.parseValue(value)).toThrow('written as a string');
  expect(() => BigIntString.parseValue(value)).toThrow('written as a string');
  expect(() => Decimal.parseLiteral({ kind: Kind.INT, value: '1' }, {})).toThrow('written as a string');
});

test('a whole number has at most 39 digits, with or without a sign', () => {
  for (const value of ['0', '-1', '9'.repeat(38), '9'.repeat(39), `-${'9'.repeat(39)}`])
    expect(BigIntString.parseValue(value)).toBe(value);
  for (const value of ['9'.repeat(40), '1.0', '', '-', '0x1', '1_000'])
    expect(() => BigIntString.parseValue(value)).toThrow('Not a whole number');
  expect(BigIntString.serialize(2n ** 64n)).toBe('18446744073709551616');
  expect(() => BigIntString.serialize(1e21)).toThrow('Not a whole number');
});

test('a text like a point in time is one in the years 0001 to 9999 in UTC, or refused', () => {
  const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
  const offset = fc.tuple(fc.constantFrom('+', '-'), two(25), two(61)).map(([sign, h, m]) => `${sign}${h}:${m}`);
  const year = fc.oneof(
    fc.constantFrom('0000', '0001', '0002', '9998', '9999'),
    two(9999).map((n) => n.padStart(4, '0')),
  );
  fc.assert(
    fc.property(year, two(13), two(32), two(25), offset, (y, m, d, h, off) => {
      const text = `${y}-${m}-${d}T${h}:59:59${off}`;
      let read: Date;
      try {
        read = DateTime.parseValue(text);
      } catch (error) {
        expect((error as Error).message).toContain('Not a point in time');
        return;
      }
      expect(DateTime.serialize(read)).toMatch(/^(?!0000)\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
    }),
    { numRuns: 2000 },
  );
});

/** JSON text with this number of levels. */
const nested = (levels: number, open: string, close: string): string =>
  `${open.repeat(levels - 1)}${open.replace(/[a":]/g, '')}${close.repeat(levels)}`;

test.each([
  ['{"a":', '}'],
  ['[', ']'],
])('the depth of a JSON value of %s…%s is limited, for any depth', (open, close) => {
  const value = (levels: number): unknown => JSON.parse(nested(levels, open, close));
  expect(JsonValue.parseValue(value(jsonDepthAtMost))).toEqual(value(jsonDepthAtMost));
  for (const levels of [jsonDepthAtMost + 1, 3000, 100_000])
    expect(() => JsonValue.parseValue(value(levels))).toThrow(`at most ${jsonDepthAtMost} levels deep`);
  const literal = (levels: number) => parseConstValue(nested(levels, open, close).replaceAll('"', ''));
  expect(() => JsonValue.parseLiteral(literal(jsonDepthAtMost + 1), {})).toThrow('levels deep');
});

test('a JSON value has no number that JSON cannot represent', () => {
  expect(() => JsonValue.parseValue(JSON.parse('{ "a": [1e400] }'))).toThrow('a number that is too large');
  expect(() => JsonValue.parseLiteral(parseConstValue('{ a: -1e400 }'), {})).toThrow('a number that is too large');
});
