import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastKnown, neverKnown } from '../../gateway/supergraph/known.ts';
import { readSupergraph } from '../../gateway/supergraph/value.ts';
import { throwawayFolder } from '../testkit/throwaway.ts';

let folder: string;
beforeAll(() => {
  folder = throwawayFolder('known');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sdl = readFileSync('schema/supergraph.graphql', 'utf8');
/** An interface that a type claims and does not fulfil. Clients do not see it, so that only the validation of the whole finds it. */
const invalid = sdl.replace(
  /^type Query\b/m,
  'interface Unmet @join__type(graph: IDENTITY) @inaccessible {\n  unmet: String\n}\n\ntype Query implements Unmet',
);

const read = (text: string, known = neverKnown) => readSupergraph(text, () => ({}) as never, known);

test('the last supergraph that was found valid is known to the next start, and no other', () => {
  const file = join(folder, 'not/there/yet/supergraph');
  const { hash } = read(sdl, lastKnown(file));
  expect(lastKnown(file).has(hash)).toBe(true);
  expect(lastKnown(file).has(hash.replace(/^./, 'x'))).toBe(false);
});

test('other versions of the packages that read it know nothing', () => {
  const file = join(folder, 'versions');
  const { hash } = read(sdl, lastKnown(file));
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\d+\.\d+\.\d+/, '0.0.1'));
  expect(lastKnown(file).has(hash)).toBe(false);
});

test('a supergraph that is not known is validated, and an invalid one stays unknown', () => {
  const file = join(folder, 'invalid');
  expect(() => read(invalid, lastKnown(file))).toThrow('Unmet');
  expect(() => read(invalid, lastKnown(file))).toThrow('Unmet');
  // What makes the difference: one that is called known is taken as it is.
  expect(() => read(invalid, { has: () => true, add: () => undefined })).not.toThrow();
});

test('where nothing can be written, each start validates', () => {
  const file = join(folder, 'taken');
  mkdirSync(file);
  const { hash } = read(sdl, lastKnown(file));
  expect(lastKnown(file).has(hash)).toBe(false);
});
