import { buildSchema, execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import { anonymous } from '../../../platform/context/actor.ts';
import { EnsembleError } from '../../../platform/errors/errors.ts';
import { countLists, objectsAtMost } from '../../../platform/subgraph/ceiling.ts';

const sdl = `
  type Query { boxes(n: Int!): [Box!]! later(n: Int!): [Thing] }
  interface Thing { id: ID! }
  type Box implements Thing { id: ID! boxes(n: Int!): [Box!]! names: [String!]! }`;

interface Box {
  __typename: 'Box';
  id: string;
  names: string[];
  boxes: (args: { n: number }) => Box[];
}

/** Nested boxes, and the number of boxes created. */
function world(): { rootValue: object; made: () => number } {
  let made = 0;
  const boxes = ({ n }: { n: number }): Box[] =>
    Array.from({ length: n }, () => {
      made += 1;
      return { __typename: 'Box', id: String(made), names: ['a', 'b'], boxes };
    });
  return {
    rootValue: { boxes, later: (args: { n: number }) => Promise.resolve(boxes(args)) },
    made: () => made,
  };
}

const schema = buildSchema(sdl);
countLists(schema);

async function ask(source: string, more: object = {}) {
  const { rootValue, made } = world();
  const contextValue = { actor: anonymous(), system: false, ...more };
  const { data, errors = [] } = await execute({ schema, document: parse(source), rootValue, contextValue });
  const codes = errors.map(({ originalError }) => (originalError instanceof EnsembleError ? originalError.code : null));
  return { data, codes, made: made() };
}

const within = (n: number): string => `{ boxes(n: 100) { boxes(n: 100) { boxes(n: ${n}) { id } } } }`;

test('nested lists of one answer are counted together, and end when there are too many', async () => {
  const { data, codes, made } = await ask(within(100));
  expect(data).toBeNull();
  expect(codes[0]).toBe('LIMIT_EXCEEDED');
  // A hundred thousand would have followed; those already begun may still be made.
  expect(made).toBeLessThan(objectsAtMost.anonymous + 20_000);
});

test('answers within the ceiling are returned, and so are an OS’s own queries', async () => {
  expect((await ask(within(2))).codes).toEqual([]);
  const { codes, made } = await ask(`{ later(n: ${objectsAtMost.anonymous + 1}) { id } }`, { system: true });
  expect([codes, made]).toEqual([[], objectsAtMost.anonymous + 1]);
});

test('the ceiling depends on the viewer, and each answer has its own', async () => {
  const query = `{ later(n: ${objectsAtMost.anonymous + 1}) { id } }`;
  expect((await ask(query)).codes).toEqual(['LIMIT_EXCEEDED']);
  const actor = { ...anonymous(), id: 'usr_a', kind: 'USER' };
  const context = { actor };
  expect((await ask(query, context)).codes).toEqual([]);
  expect((await ask(query, context)).codes).toEqual([]);
});
