import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
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
  it('resumes after the cursor of the last event and keeps other arguments', () => {
    const plan = resume('subscription B($lot: ID) { bidPlaced(lot: $lot, after: "1") { cursor price } }');
    expect(plan?.cursorOf({ bidPlaced: { cursor: '7' } })).toBe('7');
    expect(plan?.after('7').query?.replaceAll(/\s+/g, ' ')).toContain(
      'bidPlaced(lot: $lot, after: "7") { cursor price }',
    );
  });

  it('replaces a cursor in a variable by that of the last event, and removes the variable', () => {
    const plan = resume('subscription B($after: String, $lot: ID) { bidPlaced(lot: $lot, after: $after) { cursor } }');
    const text = plan?.after('7').query ?? '';
    expect(validate(schema, parse(text))).toEqual([]);
    expect(text.replaceAll(/\s+/g, ' ')).toContain('subscription B($lot: ID) { bidPlaced(lot: $lot, after: "7")');
  });

  it('keeps a variable that is used elsewhere', () => {
    const text =
      resume('subscription ($id: ID) { bidPlaced(lot: $id, after: $id) { cursor } }')?.after('7').query ?? '';
    expect(text.replaceAll(/\s+/g, ' ')).toContain('subscription ($id: ID) { bidPlaced(lot: $id, after: "7")');
  });

  it('finds root and cursor in fragments, and omits operations that did not run', () => {
    const plan = resume(
      `subscription A($after: String) { ...Root } fragment Root on Subscription { bidPlaced(after: $after) { ...Place } }
       fragment Place on Event { at: cursor price } subscription B($after: String) { ...Root }`,
    );
    expect(plan?.cursorOf({ bidPlaced: { at: '5' } })).toBe('5');
    const text = plan?.after('5').query ?? '';
    expect(validate(schema, parse(text))).toEqual([]);
    expect(text).not.toContain('subscription B');
  });

  it('resumes every example of a fact stream after its last event', () => {
    const api = buildSchema(readFileSync('schema/api.graphql', 'utf8'));
    const takesAfter = new Set(
      Object.values(api.getSubscriptionType()?.getFields() ?? {})
        .filter(({ args }) => args.some(({ name }) => name === 'after'))
        .map(({ name }) => name),
    );
    const resumed = new Set<string>();
    for (const path of readdirSync('schema/operations', {
      recursive: true,
      encoding: 'utf8',
    })) {
      if (!path.endsWith('.graphql')) continue;
      const chosen = chooseOperation(readFileSync(`schema/operations/${path}`, 'utf8'), null);
      const root = chosen?.operation.selectionSet.selections[0];
      const name = root && 'name' in root ? root.name.value : '';
      if (chosen?.operation.operation !== 'subscription' || !takesAfter.has(name)) continue;
      const text = resumable(chosen, api)?.after('c').query ?? '';
      expect(validate(api, parse(text)), path).toEqual([]);
      resumed.add(name);
    }
    expect(resumed).toEqual(takesAfter);
  });

  it('reads the cursor under its alias', () => {
    expect(
      resume('subscription { b: bidPlaced { c: cursor } }')?.cursorOf({
        b: { c: '3' },
      }),
    ).toBe('3');
  });

  it('does not resume a subscription without a selected cursor or an `after` argument', () => {
    expect(resume('subscription { bidPlaced { price } }')).toBeNull();
    expect(resume('subscription { standing { cursor } }')).toBeNull();
  });
});

describe('chooseOperation', () => {
  it('takes the named operation, or the first if the name is missing', () => {
    expect(chooseOperation('query A { a } query B { a }', 'B')?.name).toBe('B');
    expect(chooseOperation('query A { a } query B { a }', 'Old')?.name).toBe('A');
  });

  it('returns null for a text that does not parse', () => {
    expect(chooseOperation('query {', null)).toBeNull();
    expect(chooseOperation('fragment F on Query { a }', null)).toBeNull();
  });
});
