import { expect, test } from 'vitest';
import { summaryOf, withoutLiterals } from '../../../platform/telemetry/statement.ts';

test.each([
  ["select 'it''s ours', 12, 1.5e3 from a1.b2 where c = $1", 'select ?, ?, ? from a1.b2 where c = $1'],
  ["insert into t values (e'a\\'b', E'c', 'd')", 'insert into t values (?, ?, ?)'],
  ["select $$it's$$, $tag$ a $$ b $tag$", 'select ?, ?'],
  ['select "1 \'x\'" from t', 'select "1 ?" from t'],
  ["select 'open", '(not shown)'],
  ['update t set a = -3 where id in (1,2)', 'update t set a = -? where id in (?,?)'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutLiterals(text)).toBe(shown);
});

test('a statement is named by its first word', () => {
  expect(['select 1', '(select 1)', 'WITH a as (select 1) select 2', ''].map(summaryOf)).toEqual([
    'sql select',
    'sql select',
    'sql with',
    'sql statement',
  ]);
});
