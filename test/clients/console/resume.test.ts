import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { chooseOperation } from '../../../clients/console/graph/operation.ts';
import { resumable } from '../../../clients/console/graph/resume.ts';

const schema = buildSchema(`
  type Query { a: Int }
  type Event { cursor: String! price: Int }
  type Subscription { bidPlaced(lot: ID, after: String): Event! standing: Event! }
`);

function resume(text: string): ReturnType<typeof resumable> {
  const chosen = chooseOperation(text, null);
  return chosen && resumable(chosen, schema);
}

describe('resumable', () => {
  it('goes on after the cursor of the last event, other arguments kept', () => {
    const plan = resume('subscription B($lot: ID) { bidPlaced(lot: $lot, after: "1") { cursor price } }');
    expect(plan?.cursorOf({ bidPlaced: { cursor: '7' } })).toBe('7');
    expect(plan?.after('7').replaceAll(/\s+/g, ' ')).toContain('bidPlaced(lot: $lot, after: "7") { cursor price }');
  });

  it('reads the cursor under its alias', () => {
    expect(resume('subscription { b: bidPlaced { c: cursor } }')?.cursorOf({ b: { c: '3' } })).toBe('3');
  });

  it('does not resume what selects no cursor or takes no place to go on from', () => {
    expect(resume('subscription { bidPlaced { price } }')).toBeNull();
    expect(resume('subscription { standing { cursor } }')).toBeNull();
  });
});

describe('chooseOperation', () => {
  it('takes the named operation, and the first when the name is not there', () => {
    expect(chooseOperation('query A { a } query B { a }', 'B')?.name).toBe('B');
    expect(chooseOperation('query A { a } query B { a }', 'Old')?.name).toBe('A');
  });

  it('answers null for a text that does not parse', () => {
    expect(chooseOperation('query {', null)).toBeNull();
    expect(chooseOperation('fragment F on Query { a }', null)).toBeNull();
  });
});
