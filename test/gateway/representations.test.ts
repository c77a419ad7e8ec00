import type { FetchDataRewrite } from '@apollo/query-planner';
import { expect, test } from 'vitest';
import { compileRewrites } from '../../gateway/execution/representations.ts';

const rewrite = (value: unknown, rewrites: FetchDataRewrite[]): void => compileRewrites(rewrites, new Map())?.(value);

const rename = (path: string[], renameKeyTo: string): FetchDataRewrite => ({ kind: 'KeyRenamer', path, renameKeyTo });

test.each([0, false, '', null, 'text', [], { a: 1 }])('a key is renamed whatever its value is: %j', (value) => {
  const data: Record<string, unknown> = { __typename: 'Work', yes__alias_0: value };
  rewrite(data, [rename(['... on Work', 'yes__alias_0'], 'yes')]);
  expect(data['yes']).toEqual(value);
  expect(data['yes__alias_0']).toBeUndefined();
});

test('keys are renamed within renamed keys', () => {
  const data: Record<string, unknown> = { part__alias_0: { size__alias_1: 0 } };
  rewrite(data, [rename(['part__alias_0'], 'part'), rename(['part__alias_0', 'size__alias_1'], 'size')]);
  expect(data['part']).toEqual({ size: 0 });
});

test('an object of another type keeps its keys', () => {
  const data: Record<string, unknown> = { __typename: 'Copy', yes__alias_0: true };
  rewrite(data, [rename(['... on Work', 'yes__alias_0'], 'yes')]);
  expect(data).toEqual({ __typename: 'Copy', yes__alias_0: true });
});
