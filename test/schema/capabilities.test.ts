import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faultsOf, parseRows } from '../../schema/capabilities.ts';
import { registrySupergraph } from '../testkit/registry.ts';

const rows = parseRows(readFileSync(new URL('../../schema/capabilities.tsv', import.meta.url), 'utf8'));
const row = { id: 'X1', coordinates: ['Query.a', 'A.b'], test: 'test/a.test.ts > a > b', note: '', partial: '' };

test('a row holds only if its own tests returned all its coordinates', () => {
  expect(faultsOf([row], new Map([[row.test, new Set(['Query.a', 'A.b', 'A.c'])]]))).toEqual([]);
  expect(faultsOf([row], new Map([[row.test, new Set(['Query.a'])]]))).toEqual([
    'X1: "test/a.test.ts > a > b" did not return A.b',
  ]);
  expect(faultsOf([row], new Map([['test/b.test.ts > b', new Set(row.coordinates)]]))).toEqual([
    'X1: the last run has no passed test "test/a.test.ts > a > b"',
  ]);
  const two = { ...row, test: `${row.test} && test/b.test.ts > b` };
  const half = new Map([[row.test, new Set(['Query.a'])]]);
  expect(faultsOf([two], half)).toEqual(['X1: the last run has no passed test "test/b.test.ts > b"']);
  expect(faultsOf([two], half.set('test/b.test.ts > b', new Set(['A.b'])))).toEqual([]);
  const record = new Map([[row.test, new Set(row.coordinates)]]);
  expect(faultsOf([row, row], record)).toEqual(['X1 is listed twice']);
});

test('a partial row says what is missing, and still has a test', () => {
  const [whole, partly] = parseRows(
    'id\tcoordinates\ttest\tnote\tpartial\nX1\tQuery.a\tt > a\nX2\tQuery.a\tt > a\t\tthe rest\n',
  );
  expect([whole?.partial, partly?.partial]).toEqual(['', 'the rest']);
  expect(faultsOf(partly ? [partly] : [], new Map())).toEqual(['X2: the last run has no passed test "t > a"']);
});

test('every row names coordinates of the schema and an existing test', () => {
  const { schema } = registrySupergraph();
  for (const { id, coordinates, test: where } of rows) {
    for (const coordinate of coordinates) {
      const [type = '', member = ''] = coordinate.split('.');
      const found = schema.getType(type);
      const names =
        found && 'getFields' in found
          ? Object.keys(found.getFields())
          : found && 'getValues' in found
            ? found.getValues().map(({ name }) => name)
            : [];
      expect(names, `${id}: ${coordinate}`).toContain(member.replace(/\(.*\)$/, ''));
    }
    for (const each of where.split(' && ')) {
      const [file = '', ...name] = each.split(' > ');
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(text.includes(name.at(-1) ?? ''), `${id}: ${each}`).toBe(true);
    }
  }
});
