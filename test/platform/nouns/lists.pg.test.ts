import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { onBoth } from '../fixtures/both.ts';
import type { FilterInput } from '../../../platform/nouns/filter-kinds.ts';
import { meetsFilter } from '../../../platform/nouns/filter-match.ts';
import { cursorAtMost } from '../../../platform/nouns/page.ts';
import { ask, get, operator, universes, user } from '../fixtures/world.ts';
import { asEvent, fill, rows, type CounterRow } from './rows.ts';

interface Page {
  nodes: { id: string; name: string; value: number }[];
  edges: { cursor: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  totalCount: number;
}

const LIST = `query($filter: CounterFilter, $sort: [CounterSort!], $first: Int, $after: String, $last: Int, $before: String) {
  counters(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    nodes { id name value } edges { cursor } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }`;

const sorts = fc.uniqueArray(
  fc.constantFrom('CREATED_AT_ASC', 'CREATED_AT_DESC', 'NAME_ASC', 'NAME_DESC', 'VALUE_ASC', 'VALUE_DESC'),
  { maxLength: 3, selector: (key) => key.replace(/_(ASC|DESC)$/, '') },
);

/** The orders of the first database, which the second one must return too. */
const ordered = new Map<string, string[]>();

const text = fc.constantFrom('a', 'A', 'b', '%', '_', '\\', 'X%', 'r_s', 'É', 'é', 'ü', '0', '');
/** Operators that are absent or null, which is equivalent. */
const within = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fc.option(value, { freq: 9 })])), {
    requiredKeys: [],
  });
const compared = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, unknown>> =>
  within({ gte: value, lt: value, isNull: fc.boolean() });
const fields: Record<string, fc.Arbitrary<unknown>> = {
  name: within({ eq: text, in: fc.array(text, { maxLength: 3 }), contains: text, startsWith: text }),
  note: within({ eq: text, contains: text, startsWith: text, isNull: fc.boolean() }),
  kind: within({ eq: fc.constantFrom('HOT', 'COLD'), in: fc.subarray(['HOT', 'COLD']) }),
  value: within({ eq: fc.integer({ min: 0, max: 3 }), in: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }) }),
  goal: compared(fc.integer({ min: 0, max: 4 })),
  happenedAt: compared(
    fc.constantFrom('2026-03-28T12:00:00.000Z', '2026-03-29T02:30:00.000Z', '2026-03-30T00:00:00.000Z'),
  ),
  day: compared(fc.constantFrom('2026-01-11', '2026-02-28', '2026-04-01')),
  ownerId: within({
    eq: fc.constantFrom('usr_ann', 'usr_bob'),
    in: fc.subarray(['usr_ann', 'usr_bob']),
    isNull: fc.boolean(),
  }),
  labels: within({ hasAny: fc.subarray(['a', 'A', 'é', 'c']), hasAll: fc.subarray(['a', 'A', 'b']) }),
};
/** Conditions on none, one or two fields: more would match almost nothing. */
const leaves = fc
  .subarray(Object.keys(fields), { maxLength: 2 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name] ?? fc.constant({})]))));
interface Filter {
  and?: Filter[];
  or?: Filter[];
  not?: Filter;
  [field: string]: unknown;
}
const filters = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', maxDepth: 3, withCrossShrink: true },
    leaves as fc.Arbitrary<Filter>,
    fc.tuple(leaves, fc.array(tie('filter'), { maxLength: 2 })).map(([own, and]): Filter => ({ ...own, and })),
    fc.array(tie('filter'), { maxLength: 3 }).map((or): Filter => ({ or })),
    tie('filter').map((not): Filter => ({ not })),
  ),
})).filter;

/** The meaning of the operators without SQL: a condition on a null value does not hold. */
function holds(row: CounterRow, filter: Filter): boolean {
  const { and, or, not, ...fields } = filter;
  const own = Object.entries(fields).every(([name, operators]) =>
    Object.entries(operators as Record<string, unknown>).every(([operator, wanted]) => {
      if (wanted === null) return true;
      const value = name === 'ownerId' ? 'usr_ann' : row[name as keyof CounterRow];
      if (operator === 'isNull') return (value === null) === wanted;
      if (value === null) return false;
      if (operator === 'eq') return value === wanted;
      if (operator === 'in') return (wanted as unknown[]).includes(value);
      if (operator === 'hasAny') return (wanted as string[]).some((label) => row.labels.includes(label));
      if (operator === 'hasAll') return (wanted as string[]).every((label) => row.labels.includes(label));
      if (operator === 'gte') return value >= (wanted as string | number);
      if (operator === 'lt') return value < (wanted as string | number);
      const [whole, part] = [String(value).toLowerCase(), String(wanted).toLowerCase()];
      return operator === 'contains' ? whole.includes(part) : whole.startsWith(part);
    }),
  );
  return (
    own &&
    (and ?? []).every((each) => holds(row, each)) &&
    (or === undefined || or.some((each) => holds(row, each))) &&
    (not === undefined || !holds(row, not))
  );
}

/** The filter as resolvers receive it. */
function timesRead(filter: Filter): FilterInput {
  return JSON.parse(JSON.stringify(filter), (name, value: unknown) =>
    name === 'happenedAt' && value !== null
      ? Object.fromEntries(
          Object.entries(value as object).map(([key, each]) => [key, typeof each === 'string' ? new Date(each) : each]),
        )
      : value,
  ) as FilterInput;
}

/** A cursor value as JSON: of every type, with edge cases of column values. */
const madeUp = fc.oneof(
  fc.constantFrom(
    '1e400',
    '-1e400',
    '1e-400',
    '0',
    '1',
    '-1',
    '1.5',
    '2147483647',
    '2147483648',
    '-2147483649',
    '9e15',
  ),
  fc.constantFrom(
    'null',
    'true',
    '{}',
    '[]',
    '{"sha256":""}',
    '{"sha256":1}',
    '"\\u0000"',
    '"\\ud800"',
    '""',
    '"cnt_000"',
  ),
  fc
    .constantFrom('2026-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z')
    .map((t) => `"${t}"`),
  fc
    .constantFrom('+010000-01-01T00:00:00.000Z', '0000-12-31T00:00:00.000Z', '+275760-09-13T00:00:00.000Z')
    .map((t) => `"${t}"`),
  fc.json(),
);
const orderOf = (sort: string[]): string => {
  const keys = (sort.length > 0 ? sort : ['CREATED_AT_DESC']).map((key) => {
    const at = key.lastIndexOf('_');
    const column = key
      .slice(0, at)
      .toLowerCase()
      .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return `${column}:${key.slice(at + 1).toLowerCase()}`;
  });
  return [...keys, `id:${keys.at(-1)?.split(':')[1]}`].join();
};
const cursorOf = (order: string, values: string[]): string =>
  Buffer.from(`[${[JSON.stringify(order), ...values].join()}]`).toString('base64url');

onBoth((world) => {
  beforeAll(() => fill(world.database));
  const list = (variables: Record<string, unknown>): Promise<Page> => get<Page>(world.house, LIST, variables, operator);

  test('keyset pages over equal values and mixed orders lose and repeat no row, forwards and backwards', async () => {
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 1, max: 23 }), fc.boolean(), async (sort, size, backward) => {
        const whole = (await list({ sort, first: 1000 })).nodes.map(({ id }) => id);
        expect(new Set(whole).size).toBe(rows.length);
        // Text sorts the same in both databases.
        const known = ordered.get(sort.join());
        if (known) expect(whole).toEqual(known);
        else ordered.set(sort.join(), whole);

        const seen: string[] = [];
        let cursor: string | null = null;
        for (;;) {
          const page: Page = await list(
            backward ? { sort, last: size, before: cursor } : { sort, first: size, after: cursor },
          );
          const ids = page.nodes.map(({ id }) => id);
          expect(page.totalCount).toBe(rows.length);
          expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor ?? null);
          if (backward) seen.unshift(...ids);
          else seen.push(...ids);
          const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
          expect(backward ? hasNextPage : hasPreviousPage).toBe(cursor !== null);
          if (!(backward ? hasPreviousPage : hasNextPage)) break;
          expect(ids).toHaveLength(size);
          cursor = backward ? startCursor : endCursor;
        }
        expect(seen).toEqual(whole);
      }),
      { numRuns: 12, seed: 7 },
    );
  }, 60_000);

  test('rows are ordered by each key in turn, then by id in the direction of the last', async () => {
    const { nodes } = await list({ sort: ['VALUE_DESC', 'NAME_ASC'], first: 1000 });
    const collator = new Intl.Collator('und');
    const sortedBy = nodes.toSorted(
      (a, b) => b.value - a.value || collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
    );
    expect(nodes).toEqual(sortedBy);
  });

  test('a filter finds exactly the rows that meet its conditions', async () => {
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const { nodes, totalCount } = await list({ filter, first: 1000, sort: ['NAME_ASC'] });
        const wanted = rows.filter((row) => holds(row, filter)).map(({ id }) => id);
        expect(nodes.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted());
        expect(totalCount).toBe(wanted.length);
        // Streams filter events in memory by the same filter, with times as resolvers receive them.
        const read = timesRead(filter);
        for (const absent of [false, true])
          expect(rows.filter((row) => meetsFilter(read, asEvent(row, absent))).map(({ id }) => id)).toEqual(wanted);
      }),
      { numRuns: 200, seed: 11 },
    );
  }, 60_000);

  test.each([
    ['name', '%'],
    ['name', '_'],
    ['name', '\\'],
    ['note', 'r_s'],
    ['note', 'k\\s'],
  ])('in %s, contains finds %s literally', async (field, part) => {
    const { nodes } = await list({ filter: { [field]: { contains: part } }, first: 1000 });
    const wanted = rows.filter((row) => String(row[field as 'name']).includes(part));
    expect(wanted.length).toBeGreaterThan(0);
    expect(nodes.map(({ id }) => id).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
  });

  test.each([
    ['first and last together', { first: 1, last: 1 }, ['last']],
    ['more than a page', { first: 101 }, ['first']],
    ['a negative number', { last: -1 }, ['last']],
    ['an invalid cursor', { after: 'x' }, ['after']],
    ['a cursor of another order', { after: 'OTHER' }, ['after']],
    [
      'a cursor with too few values',
      { before: Buffer.from('["createdAt:desc,id:desc"]').toString('base64url') },
      ['before'],
    ],
  ])('%s is INVALID with the argument’s path', async (_what, args, path) => {
    const { pageInfo } = await list({ sort: ['NAME_ASC'], first: 1 });
    const variables = 'after' in args && args.after === 'OTHER' ? { after: pageInfo.endCursor } : args;
    const answer = await ask(world.house, LIST, variables);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID', path });
  });

  test('texts of any length page without loss or repetition, with cursors of bounded length', async () => {
    const piece = fc.constantFrom('x', '"', '\\', 'é', '浪', '😀', '\u0001', 'A', ' ');
    const length = fc.constantFrom(0, 1, 50, 500, 700, 3000, 20_000);
    // Long ones differ only at the end, and many are equal.
    const name = fc
      .tuple(piece, length, fc.constantFrom('', 'a', 'b', 'B', 'ß'))
      .map(([of, n, end]) => of.repeat(n) + end);
    let universe = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { minLength: 2, maxLength: 12 }),
        fc.constantFrom('NAME_ASC', 'NAME_DESC'),
        fc.integer({ min: 1, max: 3 }),
        async (names, order, size) => {
          const of = `long-${universe++}`;
          universes.open(of);
          const list = names.map((each, n) => ({ ...rows[n]!, id: `cnt_${of}_${n}`, name: each }));
          await fill(world.database, list, of);
          const there = user('usr_operator', { universe: of, platformRoles: ['OPERATOR'] });
          const page = (variables: Record<string, unknown>): Promise<Page> =>
            get<Page>(world.house, LIST, { sort: [order, 'VALUE_ASC'], ...variables }, there);
          const whole = (await page({ first: 1000 })).nodes.map(({ id }) => id);
          const seen: string[] = [];
          let after: string | null = null;
          do {
            const { nodes, edges, pageInfo }: Page = await page({ first: size, after });
            for (const { cursor } of edges) expect(cursor.length).toBeLessThanOrEqual(cursorAtMost);
            seen.push(...nodes.map(({ id }) => id));
            after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
          } while (after !== null);
          expect(seen).toEqual(whole);
          expect(seen).toHaveLength(names.length);
        },
      ),
      { numRuns: 25, seed: 5 },
    );
  }, 120_000);

  test('after a change of its row a page continues from the old place; after a change of a very long text the cursor is EXPIRED', async () => {
    const there = user('usr_operator', { universe: 'changing', platformRoles: ['OPERATOR'] });
    const names = ['a', 'b', 'c', `${'d'.repeat(9000)}1`, `${'d'.repeat(9000)}2`];
    await fill(
      world.database,
      names.map((name, n) => ({ ...rows[n]!, id: `cnt_changing_${n}`, name })),
      'changing',
    );
    const page = (after: string | null) =>
      ask(world.house, LIST, { sort: ['NAME_ASC'], first: 2, after }, there).then(({ data, errors }) => ({
        page: data?.['counters'] as Page,
        error: errors?.[0]?.extensions,
      }));
    const rename = (n: number, name: string) =>
      world.database.query('update counters.counters set name = $2 where id = $1', [`cnt_changing_${n}`, name]);
    const first = await page(null);
    await rename(1, 'zz');
    const second = await page(first.page.pageInfo.endCursor);
    expect(second.page.nodes.map(({ id }) => id)).toEqual(['cnt_changing_2', 'cnt_changing_3']);
    const after = second.page.pageInfo.endCursor;
    expect((await page(after)).page.nodes.map(({ id }) => id)).toEqual(['cnt_changing_4', 'cnt_changing_1']);
    await rename(3, 'd');
    expect((await page(after)).error).toMatchObject({ code: 'EXPIRED', path: ['after'] });
    await world.database.query(`delete from counters.counters where id = 'cnt_changing_3'`);
    expect((await page(after)).error).toMatchObject({ code: 'EXPIRED', path: ['after'] });
  });

  test('any cursor gives a page or INVALID with its path', async () => {
    await fc.assert(
      fc.asyncProperty(sorts, fc.array(madeUp, { maxLength: 5 }), fc.boolean(), async (sort, values, backward) => {
        const order = orderOf(sort);
        const cursor = cursorOf(order, values);
        const variables = backward ? { last: 2, before: cursor } : { first: 2, after: cursor };
        const { errors } = await ask(world.house, LIST, { sort, ...variables }, operator);
        const path = [backward ? 'before' : 'after'];
        if (errors)
          expect(errors[0]?.extensions).toMatchObject({ code: expect.stringMatching(/^(INVALID|EXPIRED)$/), path });
      }),
      { numRuns: 300, seed: 3 },
    );
  }, 60_000);

  test.each([
    ['1e400', 'VALUE_ASC'],
    ['-1e400', 'VALUE_ASC'],
    ['2147483648', 'VALUE_ASC'],
    ['1.5', 'VALUE_ASC'],
    ['"+010000-01-01T00:00:00.000Z"', 'CREATED_AT_ASC'],
    ['"-000001-01-01T00:00:00.000Z"', 'CREATED_AT_ASC'],
    ['"0000-01-01T00:00:00.000Z"', 'CREATED_AT_ASC'],
    ['"\\ud800"', 'NAME_ASC'],
    ['"\\u0000"', 'NAME_ASC'],
    ['{"sha256":1}', 'NAME_ASC'],
    ['{"sha256":"x"}', 'VALUE_ASC'],
  ])('a cursor with %s in %s is INVALID with its path', async (value, order) => {
    const after = cursorOf(orderOf([order]), [value, '"cnt_000"']);
    const { errors } = await ask(world.house, LIST, { sort: [order], after }, operator);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['after'] });
  });

  test.each([
    ['{ happenedAt: { gte: "9999-12-31T23:59:59-14:00" } }', ['filter', 'happenedAt', 'gte']],
    ['{ or: [{ happenedAt: { lt: "0001-01-01T00:00:00+14:00" } }] }', ['filter', 'or', 'happenedAt', 'lt']],
    ['{ day: { lt: "2026-02-30" } }', ['filter', 'day', 'lt']],
  ])('a filter written as %s is INVALID with the path of its value', async (filter, path) => {
    const { errors } = await ask(world.house, `{ counters(filter: ${filter}) { totalCount } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID', path });
  });

  test.each([25, 3000, 100_000])('a filter that nests %s times is INVALID with a path', async (levels) => {
    const filter = JSON.parse(`${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`) as Filter;
    const { errors } = await ask(world.house, LIST, { filter });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID', path: expect.arrayContaining(['filter', 'not']) });
  });

  test('a filter too deep or with too many conditions is INVALID', async () => {
    let deep: Filter = { value: { eq: 1 } };
    for (let n = 0; n < 6; n++) deep = { not: deep };
    const wide = { or: Array.from({ length: 18 }, () => ({ value: { eq: 1, gte: 0, lt: 9 } })) };
    for (const filter of [deep, wide])
      expect((await ask(world.house, LIST, { filter })).errors?.[0]?.extensions['code']).toBe('INVALID');
  });
});
