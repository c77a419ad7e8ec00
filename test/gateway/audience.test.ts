import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { audienceOf } from '../../gateway/subscriptions/audience.ts';
import type { Audience, SupergraphNotes } from '../../gateway/supergraph/notes.ts';

const schema = buildSchema(`
  type Query { bid: Bid, asset: Asset, price: Price }
  type Bid { id: ID!, amount: Int, asset: Asset, price: Price }
  type Asset { id: ID!, title: String }
  type Price { amount: Int }
`);

/** The audiences of fields: assets are restricted, everything else is public. */
const notes = {
  audience: (type: string): Audience => (type === 'Asset' ? 'self' : 'public'),
} as unknown as SupergraphNotes;

const audience = (query: string): Audience => audienceOf(schema, notes, parse(query));

test('an answer of public fields is public', () => {
  expect(audience('{ bid { amount price { amount } __typename } }')).toBe('public');
});

test('a restricted field restricts the whole answer', () => {
  expect(audience('{ bid { amount asset { title } } }')).toBe('self');
});

test('a restricted entity restricts the answer, whatever is selected of it', () => {
  expect(audience('{ bid { amount asset { __typename } } }')).toBe('self');
});
