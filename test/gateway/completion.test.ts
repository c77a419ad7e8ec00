import { buildSchema, getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { completeAnswer } from '../../gateway/execution/completion.ts';
import type { Data } from '../../gateway/execution/merge.ts';
import { openWorld } from './world/world.ts';

const schema = buildSchema(
  'type Query { list: [Item] one: Item } type Item { id: ID! name: String size: Int one: Item }',
);

function complete(text: string, data: unknown) {
  const document = parse(text);
  const asked = { schema, document, operation: getOperationAST(document)!, variables: {} };
  return completeAnswer(asked, data as Data);
}

const text = '{ list { id name one { size } } }';

test('what was answered as it was selected is not copied', () => {
  const data = { list: [{ id: '1', name: null, one: { size: 1 } }, null] };
  const answer = complete(text, data);
  expect(answer).toEqual({ data, errors: [], isComplete: true });
  expect(answer.data).toBe(data);
});

test.each([
  [
    'in another order',
    { list: [{ name: 'a', id: '1', one: null }] },
    '{"list":[{"id":"1","name":"a","one":null}]}',
    true,
  ],
  [
    'with more fields',
    { list: [{ __typename: 'Item', id: '1', name: 'a', one: null }] },
    '{"list":[{"id":"1","name":"a","one":null}]}',
    true,
  ],
  [
    'with more below',
    { list: [{ id: '1', name: 'a', one: { id: '2', size: 3 } }] },
    '{"list":[{"id":"1","name":"a","one":{"size":3}}]}',
    true,
  ],
  ['with fewer fields', { list: [{ id: '1', one: null }] }, '{"list":[{"id":"1","name":null,"one":null}]}', false],
  [
    'with undefined',
    { list: [{ id: '1', name: undefined, one: null }] },
    '{"list":[{"id":"1","name":null,"one":null}]}',
    false,
  ],
  [
    'with an invalid value',
    { list: [{ id: '1', name: 'a', one: { size: 'x' } }] },
    '{"list":[{"id":"1","name":"a","one":{"size":null}}]}',
    true,
  ],
  [
    'with a null that is not allowed',
    {
      list: [
        { id: '0', name: 'a', one: null },
        { id: null, name: 'a', one: null },
      ],
    },
    '{"list":[{"id":"0","name":"a","one":null},null]}',
    true,
  ],
])('what was answered %s is completed in a copy', (_how, data, expected, isComplete) => {
  const before = JSON.stringify(data);
  const answer = complete(text, data);
  expect(JSON.stringify(answer.data)).toBe(expected);
  expect(answer.isComplete).toBe(isComplete);
  expect(JSON.stringify(data)).toBe(before);
});

test('an answer that repeats what was sent once is refused before it is serialized', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.answer=1000' } });
  const name = 'x'.repeat(300_000);
  const { service } = world.auctions;
  // Twenty auctions of one asset, whose name is sent once.
  service.answers = ({ query }) =>
    query.includes('auctions')
      ? {
          data: {
            auctions: {
              nodes: Array.from({ length: 20 }, (_, n) => ({
                id: `auc_${n}`,
                asset: { __typename: 'Asset', id: 'ast_1' },
              })),
            },
          },
        }
      : null;
  world.assets.answers = () => ({ data: { _entities: [{ __typename: 'Asset', name }] } });
  const { data, errors } = await world.ask('{ auctions(first: 20) { nodes { id asset { name } } } }');
  expect([data, errors.map(({ extensions }) => extensions['limit'])]).toEqual([null, ['answer']]);
  expect(errors[0]?.message).toContain('was ended while it ran');
});
