import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCells, isNumeric, orderRows } from '../../../clients/console/result/order.ts';

const sorted = (...cells: (string | number)[]): (string | number)[] => [...cells].sort(compareCells);

describe('compareCells', () => {
  it('orders decimal strings by value and not by text', () => {
    expect(sorted('10', '9', '-2', '-10', '0.5')).toEqual(['-10', '-2', '0.5', '9', '10']);
  });

  it('distinguishes numbers that a double cannot', () => {
    expect(compareCells('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
    expect(compareCells('0.10000000000000000001', '0.1')).toBeGreaterThan(0);
  });

  it('treats equal values as equal in any notation', () => {
    expect(compareCells('1.50', '1.5')).toBe(0);
    expect(compareCells('-0.0', '0')).toBe(0);
    expect(compareCells(2, '2.0')).toBe(0);
  });

  it('puts numbers before text, and compares numbers inside text', () => {
    expect(sorted('lot 10', 'Lot 9', '3')).toEqual(['3', 'Lot 9', 'lot 10']);
  });

  it('agrees with big integers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
        expect(Math.sign(compareCells(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('isNumeric', () => {
  it('does not treat codes with leading zeros, empty text or signs as numbers', () => {
    expect(['0', '-1.5', 7].every(isNumeric)).toBe(true);
    expect(['007', '', '+1', '1.', 'ast_1', null, true].some(isNumeric)).toBe(false);
  });
});

describe('orderRows', () => {
  const rows = [['b'], [null], ['a'], [undefined], ['b']];

  it('keeps empty cells last in both directions and equal rows in order', () => {
    expect(orderRows(rows, 0, false)).toEqual([2, 0, 4, 1, 3]);
    expect(orderRows(rows, 0, true)).toEqual([0, 4, 2, 1, 3]);
  });
});
