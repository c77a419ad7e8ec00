import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorTable } from '../../gateway/errors.ts';

test('schema/errors.tsv lists exactly the errors in use, each with a meaning', () => {
  const text = readFileSync(new URL('../../schema/errors.tsv', import.meta.url), 'utf8');
  const [header, ...lines] = text.trimEnd().split('\n');
  expect(header).toBe('code\thttp\tclose\tretryable\tmeaning');
  const listed = lines.map((line) => {
    const [code = '', http, close, retryable, meaning = ''] = line.split('\t');
    expect(meaning, code).toMatch(/^[A-Z].{20,}\.$/);
    return [code, { http: Number(http), close: Number(close), retryable: retryable === 'yes' }];
  });
  expect(Object.fromEntries(listed)).toEqual(errorTable);
  expect(lines).toHaveLength(Object.keys(errorTable).length);
});
