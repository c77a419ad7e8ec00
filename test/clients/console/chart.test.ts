import { describe, expect, it } from 'vitest';
import {
  fittingChoice,
  isSeries,
  readChoice,
  suggestChoice,
  type ChartChoice,
} from '../../../clients/console/chart/choice.ts';
import { chartData, OTHERS } from '../../../clients/console/chart/data.ts';
import { addDecimals } from '../../../clients/console/chart/decimal.ts';
import { LiveCharts } from '../../../clients/console/chart/live-charts.ts';
import { bucketName, bucketNames, bucketWidth } from '../../../clients/console/chart/time.ts';
import { describe as inWords } from '../../../clients/console/chart/words.ts';
import { flatten, type Table } from '../../../clients/console/result/flatten.ts';
import { eventTable } from '../../../clients/console/result/tables.ts';
import type { Json } from '../../../clients/sdk/json.ts';

const tableOf = (rows: readonly { [key: string]: Json }[]): Table =>
  flatten(rows.map((value) => ({ parents: [], value })));
const bars = (choice: Partial<ChartChoice>): ChartChoice => ({
  kind: 'bar',
  label: 'name',
  values: ['count'],
  split: null,
  top: 10,
  arrange: 'stacked',
  ...choice,
});
const figures = (table: Table, choice: ChartChoice): string[] =>
  chartData(table, choice).points.map(({ label, series, text }) => `${label} / ${series}: ${text}`);

describe('the suggested chart of a table', () => {
  it('has time along the axis, the count, and one series for each value of another key', () => {
    const rows = [
      { bucketStart: '1960-01-01T00:00:00.000Z', classification: 'prints', count: 3 },
      { bucketStart: '1970-01-01T00:00:00.000Z', classification: 'paintings', count: 5 },
    ];
    expect(suggestChoice(tableOf(rows))).toMatchObject({
      kind: 'bar',
      label: 'bucketStart',
      values: ['count'],
      split: 'classification',
    });
  });

  it('treats years and decades as time and not as figures', () => {
    const rows = [
      { decade: 1960, count: 3 },
      { decade: 1970, count: 4 },
    ];
    expect(suggestChoice(tableOf(rows))).toMatchObject({ label: 'decade', values: ['count'] });
  });

  it('is a line for points in time, and bars for buckets', () => {
    const kindOf = (at: string[]): string | undefined =>
      suggestChoice(tableOf(at.map((placedAt, n) => ({ lot: `lot ${n % 2}`, placedAt, price: n }))))?.kind;
    expect(kindOf(['2026-01-01T12:00:00.000Z', '2026-01-01T12:00:07.250Z'])).toBe('line');
    expect(kindOf(['2026-01-01T12:00:00.000Z', '2026-01-01T12:01:00.000Z'])).toBe('bar');
    expect(kindOf(['2026-01-01', '2026-01-02'])).toBe('bar');
    const many = Array.from({ length: 61 }, (_, n) => new Date(n * 60_000).toISOString());
    expect(kindOf(many)).toBe('area');
  });

  it('uses the most frequent key as series for points in time, never the currency', () => {
    const rows = Array.from({ length: 6 }, (_, n) => ({
      bidder: `b${n % 4}`,
      title: `lot ${n % 3}`,
      amount: { amount: `${n}`, currency: n % 2 ? 'EUR' : 'USD' },
      occurredAt: `2026-01-01T12:00:0${n}.500Z`,
    }));
    expect(suggestChoice(tableOf(rows))).toMatchObject({ kind: 'line', label: 'occurredAt', split: 'title' });
    const buckets = rows.map((row, n) => ({ ...row, occurredAt: `2026-01-0${n + 1}` }));
    expect(suggestChoice(tableOf(buckets))).toMatchObject({ kind: 'bar', split: 'bidder' });
  });

  it('is a time series only with numbers and more than one time', () => {
    const rows = [
      { at: '2026-01-01', count: 1 },
      { at: '2026-01-02', count: 2 },
    ];
    expect(isSeries(tableOf(rows))).toBe(true);
    expect(isSeries(tableOf(rows.slice(1)))).toBe(false);
    expect(isSeries(tableOf(rows.map(({ at }) => ({ at, title: at }))))).toBe(false);
    expect(isSeries(tableOf(rows.map(({ count }) => ({ title: `t${count}`, count }))))).toBe(false);
    expect(isSeries(tableOf([]))).toBe(false);
  });

  it('counts the rows of a plain list by a column with few distinct values, never by an id', () => {
    const rows = ['a', 'b', 'c'].map((id) => ({ id, title: id, kind: id === 'a' ? 'ART' : 'MUSIC', owner: { id } }));
    expect(suggestChoice(tableOf(rows))).toMatchObject({ label: 'kind', values: [], split: null });
  });

  it('is absent for a table without rows, and present for one with only numbers', () => {
    expect(suggestChoice(tableOf([]))).toBeNull();
    expect(suggestChoice(tableOf([{ count: 5 }]))).toMatchObject({ label: 'count', values: ['count'] });
  });

  it('is replaced by the user’s choice, unless its columns are gone', () => {
    const table = tableOf([
      { name: 'a', kind: 'x', count: 1 },
      { name: 'b', kind: 'y', count: 2 },
    ]);
    const wanted = bars({ kind: 'line', label: 'kind', split: 'name' });
    expect(fittingChoice(table, wanted)).toEqual(wanted);
    expect(fittingChoice(table, bars({ label: 'gone' }))).toMatchObject({ label: 'name' });
    expect(fittingChoice(table, bars({ values: ['gone'] }))).toMatchObject({ values: ['count'] });
    expect(fittingChoice(table, bars({ split: 'gone' }))?.split).toBeNull();
  });

  it('is read from storage only if it is complete', () => {
    expect(readChoice({ ...bars({}), more: 'than asked' })).toEqual(bars({}));
    for (const wrong of [
      null,
      'bar',
      {},
      { ...bars({}), kind: 'pie' },
      { ...bars({}), top: 1e9 },
      { ...bars({}), values: [1] },
    ])
      expect(readChoice(wrong)).toBeNull();
  });
});

describe('the suggested chart of a running subscription', () => {
  type Event = { [key: string]: Json };
  const at = (n: number): string => `2026-01-01T12:00:0${n}.000Z`;
  const bid = (n: number, bidder: string, title: string): Event => ({
    bidPlaced: {
      bid: {
        bidder: { displayName: bidder },
        auction: { asset: { title }, currentPrice: { amount: `${n}.00` } },
        amount: { amount: `${n}.00`, currency: 'EUR' },
      },
      occurredAt: at(n),
      cursor: `c${n}`,
    },
  });
  const lot = (n: number, more: Event): Event => ({
    auctionUpdated: { occurredAt: at(n), endsAt: at(9), change: 'EXTENDED', auction: { id: `auc_${n % 2}` }, ...more },
  });
  /** The suggestion after each event: the newest is first in the table. */
  const suggestions = (events: readonly Event[], charts = new LiveCharts()): (ChartChoice | null)[] =>
    events.map((_, last) => {
      const arrived = events.slice(0, last + 1).toReversed();
      const { rows } = eventTable(arrived.map((data, n) => ({ receivedAt: at(9 - n), data })));
      return charts.settle(1, 'events', `key ${last}`, flatten(rows)).suggested;
    });

  it('has one series for each lot from the first event on, whoever bids', () => {
    const all = suggestions([
      bid(1, 'Eero', 'Dusk'),
      bid(2, 'Eero', 'Orchard'),
      bid(3, 'Isidro', 'Ferry'),
      bid(4, 'Eero', 'Dusk'),
    ]);
    expect(all[0]).toMatchObject({ kind: 'line', label: 'occurredAt', split: 'bid.auction.asset.title' });
    expect(new Set(all).size).toBe(1);
  });

  it('has one series for each id of the thing that the figure belongs to, if it has no title', () => {
    const price = { amount: '5', currency: 'EUR' };
    const [first] = suggestions([lot(1, { price, winner: { displayName: 'Eero' } })]);
    expect(first).toMatchObject({ label: 'occurredAt', values: ['price.amount'], split: 'auction.id' });
    const own = { bidPlaced: { bid: { id: 'bid_1', bidder: { displayName: 'Eero' }, amount: 5 }, occurredAt: at(1) } };
    expect(suggestions([own])[0]?.split).toBe('bid.bidder.displayName');
  });

  it('is decided by the first event with a figure, and keeps its key when later events have more columns', () => {
    const charts = new LiveCharts();
    const all = suggestions(
      [lot(1, { price: null }), lot(2, { price: { amount: '5' } }), lot(3, { title: 'x' })],
      charts,
    );
    expect(all.map((choice) => choice?.values)).toEqual([[], ['price.amount'], ['price.amount']]);
    expect(all[2]?.split).toBe('auction.id');
    expect(charts.settle(1, 'events', 'other', tableOf([{ a: 1 }])).key).toBe('key 1');
    expect(charts.settle(2, 'events', 'other', tableOf([{ a: 1 }])).key).toBe('other');
  });
});

describe('the figures of a chart', () => {
  it('have the largest labels first, and report the sum of the smaller ones', () => {
    const table = tableOf(Array.from({ length: 14 }, (_, i) => ({ name: `n${i}`, count: i + 1 })));
    const data = chartData(table, bars({}));
    expect(data.labels).toEqual(['n13', 'n12', 'n11', 'n10', 'n9', 'n8', 'n7', 'n6', 'n5', 'n4']);
    expect(data.notes).toEqual(['4 smaller ones are not drawn: 10 of 105']);
  });

  it('are exact sums where rows share a label, which is reported', () => {
    const table = tableOf([
      { name: 'a', total: '9007199254740993.10' },
      { name: 'a', total: '0.95' },
      { name: 'b', total: null },
    ]);
    const data = chartData(table, bars({ values: ['total'] }));
    expect(data.points).toMatchObject([{ label: 'a', text: '9007199254740994.05' }]);
    expect(data.notes).toEqual(['1 row without a figure left out', '1 row added to others of the same label']);
  });

  it('never add different currencies', () => {
    const money = (name: string, amount: string, currency: string) => ({ name, price: { amount, currency } });
    const table = tableOf([money('a', '10.00', 'EUR'), money('a', '7', 'USD'), money('a', '2.50', 'EUR')]);
    const choice = bars({ values: ['price.amount'] });
    expect(figures(table, choice)).toEqual(['a / price.amount (EUR): 12.50', 'a / price.amount (USD): 7']);
    expect(chartData(table, choice).apart).toBe(true);
  });

  it('are in time order for any order of rows; rows without a time are reported', () => {
    const table = tableOf([
      { at: '1980-01-01T00:00:00.000Z', count: 2 },
      { at: null, count: 21 },
      { at: '1960-01-01T00:00:00.000Z', count: 1 },
      { at: '1970-01-01T00:00:00.000Z', count: 4 },
    ]);
    const data = chartData(table, bars({ label: 'at' }));
    expect(data.labels).toEqual(['1960s', '1970s', '1980s']);
    expect(data.points.map(({ at }) => at)).toEqual([1960, 1970, 1980].map((year) => Date.UTC(year, 0, 1)));
    expect(data.notes).toEqual(['1 row without at cannot be drawn']);
  });

  it('of more series than colours are merged, so that stacks keep their height', () => {
    const rows = ['1990', '2000'].flatMap((decade) =>
      Array.from({ length: 10 }, (_, i) => ({ decade: Number(decade), kind: `k${i}`, count: 10 - i })),
    );
    const data = chartData(tableOf(rows), bars({ label: 'decade', split: 'kind' }));
    expect(data.series).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', OTHERS]);
    expect(data.points.filter(({ series }) => series === OTHERS).map(({ text }) => text)).toEqual(['6', '6']);
    expect(data.points.reduce((sum, { value }) => sum + value, 0)).toBe(110);
  });

  it('of several columns are one series each, in the chosen order', () => {
    const table = tableOf([{ name: 'a', min: 1, max: 9 }]);
    expect(figures(table, bars({ values: ['min', 'max'], split: 'name' }))).toEqual(['a / min: 1', 'a / max: 9']);
  });

  it('count rows without a chosen column, including empty names', () => {
    const table = tableOf([{ name: 'a' }, { name: null }, { name: 'a' }]);
    expect(figures(table, bars({ values: [] }))).toEqual(['a / rows: 2', '(none) / rows: 1']);
  });

  it('have a one-sentence description for screen readers', () => {
    const table = tableOf([
      { name: 'a', count: 1200 },
      { name: 'b', count: 3 },
    ]);
    expect(inWords(chartData(table, bars({})), bars({}))).toBe(
      'Bar chart of count by name; 2 labels; the largest is a: 1,200. The arrow keys read each figure; the table beside it has them all.',
    );
  });
});

describe('buckets and sums', () => {
  it.each([
    [['1960-01-01', '1970-01-01'], '1960s'],
    [['1960-01-01', '1961-01-01'], '1960'],
    [['1960-03-01', '1960-04-01'], '1960-03'],
    [['1960-03-07', '1960-03-08'], '1960-03-07'],
    [['1960-03-07T14:00:00Z', '1960-03-07T15:00:00Z'], '1960-03-07 14:00'],
    [['2024-01-01T00:00:00.250Z', '2024-01-01T00:00:00.500Z'], '2024-01-01 00:00:00.250'],
    [['1959-12-31T23:00:00Z', '1969-12-31T23:00:00Z'], '1959-12-31 23:00'],
  ])('%j has the name %s', (times, name) => {
    const moments = times.map((time) => Date.parse(time));
    expect(bucketName(moments[0] ?? 0, bucketWidth(moments))).toBe(name);
  });

  it('have the same names in the table, by their exact starts; other cells have none', () => {
    const starts = ['1920-01-01T00:00:00.000Z', '1950-01-01T00:00:00.000Z', '1960-01-01T00:00:00.000Z'];
    const rows = [...starts, null, 'unknown'].map((bucketStart, count) => ({ bucketStart, count }));
    const names = bucketNames(rows.map(({ bucketStart }) => bucketStart));
    expect([...names]).toEqual(starts.map((start) => [start, `${start.slice(0, 4)}s`]));
    const dated = rows.slice(0, starts.length);
    expect([...names.values()]).toEqual(chartData(tableOf(dated), bars({ label: 'bucketStart' })).labels);
  });

  it.each([
    ['0.1', '0.2', '0.3'],
    ['-0.05', '0.02', '-0.03'],
    ['99999999999999999999', '1', '100000000000000000000'],
    ['-1.5', '1.50', '0.00'],
    ['1e21', '1', '1e+21'],
  ])('%s and %s are %s', (left, right, sum) => {
    expect(addDecimals(left, right)).toBe(sum);
  });
});
