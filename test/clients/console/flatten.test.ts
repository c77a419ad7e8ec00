import { describe, expect, it } from 'vitest';
import { cellText, flatten } from '../../../clients/console/result/flatten.ts';
import type { Json } from '../../../clients/sdk/json.ts';

const table = (...values: Json[]): ReturnType<typeof flatten> =>
  flatten(values.map((value) => ({ parents: [], value })));

describe('flatten', () => {
  it('turns nested objects into dotted columns in order of appearance', () => {
    const { columns, rows } = table(
      { id: 'a', price: { amount: '1.50', currency: { code: 'EUR' } } },
      { id: 'b', note: 'late' },
    );
    expect(columns.map((column) => column.key)).toEqual(['id', 'price.amount', 'price.currency.code', 'note']);
    expect(rows).toEqual([
      ['a', '1.50', 'EUR', undefined],
      ['b', undefined, undefined, 'late'],
    ]);
  });

  it('keeps decimals and big integers exactly as received', () => {
    expect(table({ wei: '9223372036854775808000000000000000001', rate: '0.10' }).rows).toEqual([
      ['9223372036854775808000000000000000001', '0.10'],
    ]);
  });

  it('has no separate column for an object that is null in some rows', () => {
    const { columns, rows } = table({ bidder: null }, { bidder: { name: 'Ada' } });
    expect(columns.map((column) => column.key)).toEqual(['bidder.name']);
    expect(rows).toEqual([[undefined], ['Ada']]);
  });

  it('keeps a column that is null in every row', () => {
    expect(table({ note: null }).columns).toEqual([{ key: 'note', numeric: false }]);
  });

  it('calls a column numeric only if all its values are numbers', () => {
    const { columns } = table({ a: 1, b: '2.5', c: '007', d: '1' }, { a: null, b: '-3', c: '1', d: 'x' });
    expect(columns.map((column) => column.numeric)).toEqual([true, true, false, false]);
  });

  it('keeps a nested connection as one cell beside its other fields', () => {
    const { columns, rows } = table({ bids: { nodes: [{ id: 1 }], totalCount: 9 } });
    expect(columns.map((column) => column.key)).toEqual(['bids', 'bids.totalCount']);
    expect(rows).toEqual([[[{ id: 1 }], 9]]);
  });

  it('gives an empty line for a null row', () => {
    expect(table({ id: 'a' }, null).rows).toEqual([['a'], [undefined]]);
  });
});

describe('cellText', () => {
  it('joins lists of scalars and writes other lists as JSON', () => {
    expect(cellText(['a', 'b', 3])).toBe('a; b; 3');
    expect(cellText([{ id: 1 }])).toBe('[{"id":1}]');
    expect(cellText(null)).toBe('');
    expect(cellText(false)).toBe('false');
  });
});
