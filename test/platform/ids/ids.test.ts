import { expect, test } from 'vitest';
import { checkId, newId, prefixOf } from '../../../platform/ids/ids.ts';

const id = newId('ast');

test('an id has its type’s prefix, and later ids sort later', async () => {
  expect(id).toMatch(/^ast_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  expect(prefixOf(id)).toBe('ast');
  await new Promise((resolve) => setTimeout(resolve, 3));
  expect(newId('ast') > id).toBe(true);
});

test.each([
  '',
  'ast',
  'ast_',
  '_01j00000000000000000000000',
  id.slice(0, -1),
  `${id}0`,
  id.toUpperCase(),
  id.replace('ast', 'a1t'),
  id.replace(/.$/, 'u'),
  id.replace(/_./, '_8'),
  id.replace('_', '-'),
  ` ${id}`,
  `${id} `,
  `${id.slice(0, -1)}\n`,
  `verylongprefix_${id.slice(4)}`,
])('%j is not an id', (text) => {
  expect(prefixOf(text)).toBeNull();
  expect(() => checkId(text, 'ast', ['id'])).toThrow('is not an id of this kind: expected ast_….');
});

test('an id of another type is INVALID at the field’s path', () => {
  expect(() => checkId(id, ['usr', 'org'], ['input', 'ownerId'])).toThrow('expected usr_… or org_….');
  expect(() => checkId(id, 'usr', ['input', 'ownerId'])).toThrow(
    expect.objectContaining({ code: 'INVALID', details: { path: ['input', 'ownerId'] } }) as Error,
  );
  expect(checkId(id, ['usr', 'ast'], ['id'])).toBe(id);
});

test('the house’s services have known ids', () => {
  for (const name of ['svc_assets', 'svc_gateway', 'svc_a1-b']) expect(prefixOf(name)).toBe('svc');
  for (const name of ['svc_', 'svc_A', 'svc_1a', 'usr_ann', 'svc_a b']) expect(prefixOf(name)).toBeNull();
});

test('the error for an invalid id does not repeat a long one', () => {
  expect(() => checkId('x'.repeat(10_000), 'ast', [])).toThrow(/^"x{39}" is not/);
});
