import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { measure } from '../../gateway/limits/measure.ts';
import { measured } from '../../gateway/limits/measured.ts';
import { measurable } from '../testkit/supergraph.ts';
import { compose } from './world/world.ts';
import { assets, auctions, TestIdentity } from './world/subgraphs.ts';

const value = await measurable(compose([new TestIdentity().service, auctions().service, assets()]));

/** A parsed document, measured as often as the test asks. */
function of(text: string) {
  const document = parse(text);
  const operation = getOperationAST(document)!;
  return {
    kept: (variables: Record<string, unknown> = {}) => measured(value, document, operation, variables),
    anew: (variables: Record<string, unknown> = {}) => measure(value, document, operation, variables),
  };
}

test('an operation is measured once if no variable sets a size', () => {
  const { kept, anew } = of('query ($id: ID!) { auction(id: $id) { title asset { name } } }');
  expect(kept({ id: 'a' })).toBe(kept({ id: 'b' }));
  expect(kept({ id: 'c' })).toEqual(anew({ id: 'c' }));
});

test('it is measured for each value of a variable that sets a size', () => {
  const { kept, anew } = of(
    'query ($n: Int, $m: Int = 7) { auctions(first: $n) { nodes { bids(first: $m) { nodes { amount } } } } }',
  );
  for (const variables of [
    { n: 3 },
    { n: 90 },
    {},
    { n: null },
    { n: 3, m: 50 },
    { m: null },
    { n: 'many' },
    { n: [1, 2] },
  ]) {
    expect(kept(variables), JSON.stringify(variables)).toEqual(anew(variables));
    expect(kept(variables), JSON.stringify(variables)).toEqual(anew(variables));
  }
  expect(kept({ n: 3 })).toBe(kept({ n: 3 }));
  expect(kept({ n: 3 }).cost.found).toBeLessThan(kept({ n: 90 }).cost.found);
});

test('lists of ids are measured anew, and a bounded number of sizes is kept', () => {
  const { kept, anew } = of('query ($ids: [ID!]!) { nodes(ids: $ids) { title } }');
  for (const ids of [['a'], ['a', 'b', 'c'], Array.from({ length: 90 }, String)])
    expect(kept({ ids })).toEqual(anew({ ids }));
  const pages = of('query ($n: Int) { auctions(first: $n) { nodes { title } } }');
  for (let n = 1; n <= 100; n++) expect(pages.kept({ n })).toEqual(pages.anew({ n }));
  expect(pages.kept({ n: 1 })).toBe(pages.kept({ n: 1 }));
  expect(pages.kept({ n: 99 })).not.toBe(pages.kept({ n: 99 }));
});

test('a variable may have the name of what every object has', () => {
  const { kept, anew } = of('query ($constructor: Int) { auctions(first: $constructor) { nodes { title } } }');
  expect(kept({})).toEqual(anew({}));
  expect(kept({ constructor: 50 })).toEqual(anew({ constructor: 50 }));
});
