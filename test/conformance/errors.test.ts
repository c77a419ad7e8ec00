import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { errorTable } from '../../gateway/errors.ts';
import { readTree } from '../architecture/source.ts';

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

test('an error message names its field without the argument, as in "amount.currency: …"', () => {
  const prefixed = /[`'"]input\.[\w.${}]+: |\$\{path\.join\('\.'\)\}: /;
  for (const text of ["'input.email: …'", '`input.${field}: …`', "`${path.join('.')}: …`"])
    expect(text).toMatch(prefixed);
  const files = readTree(fileURLToPath(new URL('../..', import.meta.url)));
  const sources = files.filter(({ path }) => /^(platform|subgraphs|gateway)\//.test(path));
  expect(sources.length).toBeGreaterThan(100);
  const found = sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, n) => (prefixed.test(line) ? [`${path}:${n + 1}`] : [])),
  );
  expect(found).toEqual([]);
});
