import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { admit } from '../../../gateway/limits/admit.ts';
import { breakdownOf } from '../../../gateway/limits/breakdown.ts';
import { defaultLimits } from '../../../gateway/limits/limits.ts';
import { measurable } from '../../testkit/supergraph.ts';

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost", "@listSize"])
  type Query {
    films(first: Int, search: String @cost(weight: 7)): [Film!]! @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)
    anything: [Thing!]! @listSize(assumedSize: 4)
    film(where: Where): Film @cost(weight: 3)
  }
  input Where { title: String @cost(weight: 11) year: Int }
  union Thing = Film | Place
  type Film @cost(weight: 5) { title: String picture: Picture genre: Genre plain: String @cost(weight: 2) places: [Place!]! @listSize(assumedSize: 2) }
  type Place { name: String }
  scalar Picture @cost(weight: 20)
  enum Genre @cost(weight: 1) { DRAMA COMEDY }`);
const { supergraphSdl = '' } = composeServices([{ name: 'cinema', typeDefs }]);
const value = await measurable(supergraphSdl);

test.each<[string, string, number]>([
  ['an object of a type without a weight counts 1', '{ films(first: 10) { places { name } } }', 10 * (5 + 2)],
  ['an object counts as much as its type', '{ films(first: 10) { title } }', 10 * 5],
  ['a scalar and an enum count as their types', '{ films(first: 10) { picture genre } }', 10 * (5 + 20 + 1)],
  ['a field counts its weight for each parent', '{ films(first: 10) { plain } }', 10 * (5 + 2)],
  ['a union counts as its most expensive type', '{ anything { ... on Place { name } } }', 4 * 5],
  ['an argument counts when it is given', '{ films(first: 1, search: "x") { title } }', 7 + 5],
  ['so does a field of an input', '{ film(where: { title: "x", year: 1 }) { title } }', 3 + 11 + 5],
  ['two fragments count both', '{ film { ...A ...A } } fragment A on Film { picture }', 3 + 5 + 40],
])('%s', (_, query, cost) => {
  const admitted = admit(value, { query }, 'analyst', defaultLimits);
  expect(admitted.cost.used).toBe(cost);
  expect(breakdownOf(value, admitted, {}).estimated).toBe(cost);
});

test('what was answered is weighed like the estimate', () => {
  const query = '{ films(first: 10) { picture places { name } } }';
  const admitted = admit(value, { query }, 'analyst', defaultLimits);
  const films = [
    { picture: 'a', places: [{ name: 'x' }] },
    { picture: null, places: [] },
  ];
  const { actual, fields } = breakdownOf(value, admitted, {}).report({ films });
  expect(actual).toBe(2 * 5 + 20 + 1);
  expect(fields.map(({ path, estimated, actual: found }) => [path.join('.'), estimated, found])).toEqual([
    ['films.picture', 200, 20],
    ['films', 50, 10],
    ['films.places', 20, 1],
  ]);
});
