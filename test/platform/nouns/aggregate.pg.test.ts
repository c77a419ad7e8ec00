import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { bucketsBetween } from '../../../platform/nouns/buckets.ts';
import { onBoth } from '../fixtures/both.ts';
import { ask, get, operator } from '../fixtures/world.ts';
import { fill, rows, type CounterRow } from './rows.ts';

interface Row {
  kind: string | null;
  note: string | null;
  bucketStart: string | null;
  count: number;
}

const FIGURES = `query($filter: CounterFilter, $groupBy: [CounterGroupBy!], $bucket: CounterBucketInput) {
  counterAggregate(filter: $filter, groupBy: $groupBy, bucket: $bucket) { rows { kind note bucketStart count } } }`;

const BOUNDED = `query($groupBy: [CounterGroupBy!], $bucket: CounterBucketInput, $mostRows: Int) {
  counterAggregate(groupBy: $groupBy, bucket: $bucket, mostRows: $mostRows) { rows { count } } }`;

const hour = 3_600_000;
const zones = [
  'UTC',
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
];

/** The local time of a zone at a moment. */
function clock(time: string, timeZone: string): { weekday: string; date: string; hour: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(new Date(time));
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return {
    weekday: of('weekday'),
    date: `${of('year')}-${of('month')}-${of('day')}`,
    hour: Number(of('hour')),
    minute: Number(of('minute')),
  };
}

function moment(id: string, happenedAt: string): CounterRow {
  return {
    id,
    name: 'm',
    note: null,
    kind: 'HOT',
    value: 0,
    goal: null,
    labels: [],
    happenedAt,
    day: null,
    createdAt: happenedAt,
  };
}

/** Rows around time changes, each set in a separate universe. */
const changes = {
  spring: ['2026-03-28T22:30:00Z', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-03-29T23:30:00Z'],
  autumn: [
    '2026-10-24T22:30:00Z',
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:30:00Z',
    '2026-10-25T22:30:00Z',
    '2026-10-25T23:30:00Z',
  ],
  // There, midnight of 4 November 2018 does not exist.
  // Four centuries apart.
  ages: ['1620-05-05T05:05:05Z', '2020-02-29T12:00:00Z', '2020-02-29T13:00:00Z'],
  gap: ['2018-11-03T12:00:00Z', '2018-11-04T04:00:00Z', '2018-11-06T12:00:00Z'],
};

onBoth((world) => {
  beforeAll(async () => {
    await fill(world.database);
    for (const [universe, times] of Object.entries(changes))
      await fill(
        world.database,
        times.map((time, n) => moment(`cnt_${universe}_${n}`, time)),
        universe,
      );
  });
  const figures = async (variables: Record<string, unknown>, universe = 'main'): Promise<Row[]> =>
    (await get<{ rows: Row[] }>(world.house, FIGURES, variables, { ...operator, universe })).rows;

  test('figures equal the fold of all pages, by any keys and with any filter', async () => {
    const keys = fc.subarray(['KIND', 'NOTE'] as const);
    const filters = fc.constantFrom(
      {},
      { kind: { eq: 'HOT' } },
      { note: { isNull: false } },
      { value: { lt: 2 }, not: { note: { eq: 'x' } } },
    );
    await fc.assert(
      fc.asyncProperty(keys, filters, async (groupBy, filter) => {
        const seen = await figures({ groupBy, filter });
        const list = await get<{ nodes: { kind: string; note: string | null }[] }>(
          world.house,
          `query($filter: CounterFilter) { counters(filter: $filter, first: 1000) { nodes { kind note } } }`,
          { filter },
          operator,
        );
        const folded = new Map<string, number>();
        for (const { kind, note } of list.nodes) {
          const key = JSON.stringify([groupBy.includes('KIND') ? kind : null, groupBy.includes('NOTE') ? note : null]);
          folded.set(key, (folded.get(key) ?? 0) + 1);
        }
        const counts = seen.map(({ kind, note, count }) => [JSON.stringify([kind, note]), count] as const);
        expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(folded));
        expect(counts.map(([, count]) => count)).toEqual(counts.map(([, count]) => count).toSorted((a, b) => b - a));
      }),
      { numRuns: 12 },
    );
  });

  test('each row is in the bucket with the last start before it, in every zone and unit, and none is lost', async () => {
    const units = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', 'DECADE'];
    for (const timeZone of zones) {
      for (const unit of units) {
        for (const fill of [false, true]) {
          const seen = await figures({ bucket: { by: 'HAPPENED_AT', unit, timeZone, fill } });
          const starts = seen.flatMap(({ bucketStart }) => (bucketStart ? [bucketStart] : []));
          expect(starts).toEqual([...new Set(starts)].toSorted());
          for (const { bucketStart, count } of seen) {
            const inside = rows.filter(
              ({ happenedAt }) => (happenedAt ? starts.findLast((start) => start <= happenedAt) : null) === bucketStart,
            );
            expect([timeZone, unit, bucketStart, count]).toEqual([timeZone, unit, bucketStart, inside.length]);
          }
          for (const start of starts) {
            const { minute, hour: at, weekday, date } = clock(start, timeZone);
            expect(minute).toBe(0);
            if (unit !== 'HOUR') expect(at).toBe(0);
            if (unit === 'WEEK') expect(weekday).toBe('Mon');
            if (!['HOUR', 'DAY', 'WEEK'].includes(unit)) expect(date.slice(8)).toBe('01');
          }
        }
      }
    }
  }, 60_000);

  test('a day has 23 hours at the change to summer time and 25 at the change back, each with its own rows', async () => {
    const bucket = { by: 'HAPPENED_AT', unit: 'HOUR', timeZone: 'Europe/Zurich', fill: true };
    for (const [universe, length] of [
      ['spring', 26],
      ['autumn', 26],
    ] as const) {
      const seen = await figures({ bucket }, universe);
      expect(seen).toHaveLength(length);
      const starts = seen.map(({ bucketStart }) => new Date(bucketStart ?? '').getTime());
      expect(starts.slice(1).every((start, n) => start - (starts[n] ?? 0) === hour)).toBe(true);
      const full = seen.filter(({ count }) => count > 0);
      expect(full.map(({ bucketStart }) => bucketStart)).toEqual(
        changes[universe].map((time) => time.replace('30:00Z', '00:00.000Z')),
      );
      expect(full.every(({ count }) => count === 1)).toBe(true);
    }
  });

  test('days at time changes have 23 and 25 hours, and a missing midnight still starts a day', async () => {
    const of = async (universe: string, timeZone: string): Promise<unknown[]> =>
      (await figures({ bucket: { by: 'HAPPENED_AT', unit: 'DAY', timeZone, fill: true } }, universe)).map(
        ({ bucketStart, count }) => [bucketStart, count],
      );
    expect(await of('spring', 'Europe/Zurich')).toEqual([
      ['2026-03-27T23:00:00.000Z', 1],
      ['2026-03-28T23:00:00.000Z', 2],
      ['2026-03-29T22:00:00.000Z', 1],
    ]);
    expect(await of('autumn', 'Europe/Zurich')).toEqual([
      ['2026-10-24T22:00:00.000Z', 4],
      ['2026-10-25T23:00:00.000Z', 1],
    ]);
    expect(await of('gap', 'America/Sao_Paulo')).toEqual([
      ['2018-11-03T03:00:00.000Z', 1],
      ['2018-11-04T03:00:00.000Z', 1],
      ['2018-11-05T02:00:00.000Z', 0],
      ['2018-11-06T02:00:00.000Z', 1],
    ]);
  });

  test('dates have buckets too, filled per group, and rows without a date are counted separately', async () => {
    const seen = await figures({
      groupBy: ['KIND'],
      bucket: { by: 'DAY', unit: 'MONTH', timeZone: 'Asia/Tokyo', fill: true },
    });
    const months = ['2025-12-31T15', '2026-01-31T15', '2026-02-28T15', '2026-03-31T15'].map(
      (start) => `${start}:00:00.000Z`,
    );
    const wanted = [...months, null].flatMap((bucketStart, n) =>
      ['COLD', 'HOT'].map((kind) => ({
        kind,
        note: null,
        bucketStart,
        count: rows.filter(
          (row) =>
            row.kind === kind && (bucketStart === null ? row.day === null : row.day?.startsWith(`2026-0${n + 1}`)),
        ).length,
      })),
    );
    expect(seen).toEqual(wanted.filter(({ bucketStart, count }) => bucketStart !== null || count > 0));
    expect(seen.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length);
  });

  test('empty buckets are counted exactly before they are created, in every unit and zone', async () => {
    const units = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', 'DECADE', 'CENTURY'];
    const asked = async (universe: string, variables: Record<string, unknown>) => {
      const { data, errors } = await ask(world.house, BOUNDED, variables, { ...operator, universe });
      const rowsOf = data?.['counterAggregate'] as { rows: unknown[] } | null | undefined;
      return rowsOf?.rows.length ?? errors?.[0]?.extensions['path'];
    };
    for (const universe of ['main', 'spring', 'autumn', 'gap', 'ages']) {
      for (const timeZone of zones) {
        for (const unit of units) {
          for (const groupBy of [[], ['KIND']]) {
            const variables = { groupBy, bucket: { by: 'HAPPENED_AT', unit, timeZone, fill: true } };
            const found = await asked(universe, { ...variables, mostRows: 10_000 });
            const place = `${universe} ${timeZone} ${unit} ${groupBy.join()}`;
            if (typeof found !== 'number') {
              expect([place, found]).toEqual([place, ['mostRows']]);
              continue;
            }
            expect([place, await asked(universe, { ...variables, mostRows: found })]).toEqual([place, found]);
            if (found > 1)
              expect([place, await asked(universe, { ...variables, mostRows: found - 1 })]).toEqual([
                place,
                ['mostRows'],
              ]);
          }
        }
      }
    }
  }, 120_000);

  test('too many buckets are refused without creating any', async () => {
    const bucket = { by: 'HAPPENED_AT', unit: 'HOUR', timeZone: 'UTC', fill: true };
    const { errors } = await ask(
      world.house,
      BOUNDED,
      { bucket, groupBy: ['KIND'], mostRows: 10_000 },
      { ...operator, universe: 'ages' },
    );
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['mostRows'] });
    expect(errors?.[0]?.message).toMatch(/^mostRows: more than 10000 rows/);
    const [made] = await world.database.query<{ series: string; count: string }>(
      `select count(*)::text as series, max(n)::text as count from (
         select ${bucketsBetween('HOUR', 'UTC').count} as n
         from (select timestamptz '1620-05-05T05:00Z' as low, timestamptz '2020-02-29T13:00Z' as high) edges
       ) counted`,
    );
    expect(Number(made?.count)).toBe((Date.parse('2020-02-29T13:00Z') - Date.parse('1620-05-05T05:00Z')) / hour + 1);
  });

  test.each([0, 10_001])('mostRows: %d is INVALID', async (mostRows) => {
    const { errors } = await ask(world.house, BOUNDED, { mostRows }, operator);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['mostRows'] });
  });

  test.each(["Europe/Zurich'; drop table x; --", 'Nowhere/At_All', '+01:00', ''])(
    'the time zone %s is INVALID',
    async (timeZone) => {
      const answer = await ask(world.house, FIGURES, { bucket: { by: 'HAPPENED_AT', unit: 'DAY', timeZone } });
      expect(answer.errors?.[0]?.extensions['code']).toBe('INVALID');
    },
  );
});
