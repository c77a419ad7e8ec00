import { beforeAll, expect, test } from 'vitest';
import { meetsFilter } from '../../../platform/nouns/filter-match.ts';
import { onBoth } from '../fixtures/both.ts';
import { get, operator, universes, user } from '../fixtures/world.ts';
import { asEvent, fill, rows } from './rows.ts';

/*
 * Streams match in memory as lists do in the database; `lists.pg.test.ts` checks both against generated filters.
 */

onBoth((world) => {
  beforeAll(() => fill(world.database));

  const found = (filter: object, there = operator) =>
    get<{ totalCount: number }>(
      world.house,
      'query ($filter: CounterFilter) { counters(filter: $filter, first: 1) { totalCount } }',
      { filter },
      there,
    );

  test.each(['eq', 'in', 'contains', 'startsWith', 'isNull'])('%s of null is ignored', async (operator) => {
    const filter = { note: { [operator]: null } };
    expect((await found(filter)).totalCount).toBe(rows.length);
    expect(rows.every((row) => meetsFilter(filter as never, asEvent(row, true)))).toBe(true);
  });

  test.each(['İstanbul', 'ΣΟΦΟΣ', 'σοφός', 'STRASSE', 'straße', '\u212Aelvin', 'ǅ', 'ﬁn'])(
    'a stream matches %s by the same letters as the database',
    async (name) => {
      const of = `letters-${Array.from(name, (each) => each.codePointAt(0)).join('-')}`.slice(0, 40);
      universes.open(of);
      const row = { ...rows[0]!, id: `cnt_${of}`, name };
      await fill(world.database, [row], of);
      const there = user('usr_operator', { universe: of, platformRoles: ['OPERATOR'] });
      const lower = name.toLowerCase();
      const parts = [lower, name.toUpperCase(), ...Array.from(name), ...Array.from(lower), 'i', 'k', 'ς', 'σ'];
      for (const part of new Set(parts)) {
        const filter = { name: { contains: part } };
        const { totalCount } = await found(filter, there);
        expect([part, meetsFilter(filter as never, { name })]).toEqual([part, totalCount === 1]);
      }
    },
  );
});
