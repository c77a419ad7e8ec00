import { buildSchema } from 'graphql';
import { expect, test, vi } from 'vitest';
import { filterQuery } from '../../../platform/nouns/filter-query.ts';
import type { FilterInput } from '../../../platform/nouns/filter-kinds.ts';
import { checkedAtMost, valuesAtMost } from '../../../platform/scalars/nesting.ts';
import { checkInput } from '../../../platform/input/check.ts';
import { normalizeInputs } from '../../../platform/input/normal.ts';

/*
 * A document may use a variable many times with one shared value. Reading an input takes time for each use, so each use counts with
 * its size.
 */

const many = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

test('argument values are counted at each use of a variable', () => {
  const schema = buildSchema('input F { or: [F!] texts: [String!] } type Query { find(filter: F): Int }');
  const find = vi.fn<(...args: unknown[]) => number>(() => 1);
  const resolvers: Record<string, Record<string, unknown>> = { Query: { find } };
  normalizeInputs(resolvers, schema);
  const call = resolvers['Query']?.['find'] as (root: null, args: object) => unknown;
  const variable = { or: many(1_000, {}) };
  expect(() => call(null, { filter: { or: many(1_000, variable) } })).toThrow(
    expect.objectContaining({
      code: 'INVALID',
      message: expect.stringContaining(String(valuesAtMost)) as string,
    }) as Error,
  );
  expect(() => call(null, { filter: { texts: many(valuesAtMost, 'x') } })).toThrow(/values/);
  expect(find).not.toHaveBeenCalled();
  expect(call(null, { filter: { or: many(50, variable) } })).toBe(1);
  expect(call(null, { filter: { or: many(50, variable) } })).toBe(1);
});

test('inputs that are checked one by one are counted at each use', async () => {
  class F {}
  const of = (n: number) => Object.assign(new F(), { or: many(n, {}) });
  await expect(checkInput(of(checkedAtMost - 2), F)).resolves.toBeUndefined();
  await expect(checkInput(of(checkedAtMost), F)).rejects.toMatchObject({
    code: 'INVALID',
    message: /at most 10000 lists/,
  });
});

test('nested filters are counted too, even empty ones: each is a part of the statement', () => {
  const of = (n: number): FilterInput => ({ or: many(n, { and: many(9, {}) }) });
  expect(() => filterQuery(of(19), {})).not.toThrow();
  expect(() => filterQuery(of(20), {})).toThrow(/at most 200 filters/);
});
