import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { Documents } from '../../../platform/serving/documents.ts';

const schema = buildSchema('type Query { echo(text: String): String }');

test('a document is parsed once, and the least recently used ones are evicted by size', () => {
  const documents = new Documents(schema);
  const query = '{ echo }';
  const known = documents.of(query);
  expect('document' in known).toBe(true);
  expect(documents.of(query)).toBe(known);
  for (let n = 0; n < 100; n += 1) documents.of(`{ echo(text: "${String(n).padEnd(100_000, 'x')}") }`);
  expect(documents.size).toBeLessThanOrEqual(4_000_000);
  expect(documents.of(query)).not.toBe(known);
});

test('an invalid or empty document is a syntax error', () => {
  const documents = new Documents(schema);
  for (const query of ['', '{', '{ none }']) expect('errors' in documents.of(query)).toBe(true);
});
