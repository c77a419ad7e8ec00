import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { audienceOf } from '../../gateway/subscriptions/audience.ts';
import type { SupergraphNotes } from '../../gateway/supergraph/notes.ts';
import { joined, type Audience } from '../../platform/access/audience.ts';

const schema = buildSchema(`
  type Query { bid: Bid, asset: Asset, price: Price }
  type Bid { id: ID!, amount: Int, asset: Asset, price: Price, work: Work, note: Note }
  type Work { id: ID!, title: String }
  type Note { text: String }
  type Asset { id: ID!, title: String }
  type Price { amount: Int }
`);

const audiences: Record<string, Audience> = { Asset: 'self', Work: 'visible', Note: 'role' };

/** The audiences of fields: everything else is public. */
const notes = {
  audience: (type: string): Audience => audiences[type] ?? 'public',
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

test('rows that only some see leave the answer to be shared as far as everybody sees them', () => {
  expect(audience('{ bid { amount work { title } } }')).toBe('visible');
  expect(audience('{ bid { amount work { __typename } } }')).toBe('visible');
});

test('rows that only some see, with fields that depend on a permission, depend on the viewer', () => {
  expect(audience('{ bid { note { text } } }')).toBe('role');
  expect(audience('{ bid { work { title } note { text } } }')).toBe('self');
  expect(audience('{ bid { work { title } asset { title } } }')).toBe('self');
});

test('audiences join in any order', () => {
  const all = ['public', 'visible', 'role', 'self'] as const;
  for (const one of all)
    for (const other of all) {
      expect(joined(one, other)).toBe(joined(other, one));
      for (const third of all) expect(joined(joined(one, other), third)).toBe(joined(one, joined(other, third)));
    }
});
