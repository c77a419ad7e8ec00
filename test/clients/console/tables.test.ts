import { describe, expect, it } from 'vitest';
import { flatten } from '../../../clients/console/result/flatten.ts';
import { likeliest } from '../../../clients/console/result/likeliest.ts';
import { eventTable, findLists, findTables } from '../../../clients/console/result/tables.ts';

const values = (source: { rows: readonly { value: unknown }[] } | undefined): unknown[] =>
  (source?.rows ?? []).map((row) => row.value);

describe('findTables', () => {
  it('takes the nodes of a connection, its total and whether there are more', () => {
    const [table, ...others] = findTables({
      assets: { nodes: [{ id: 'ast_1' }, { id: 'ast_2' }], totalCount: 7, pageInfo: { hasNextPage: true } },
    });
    expect(others).toEqual([]);
    expect(table).toMatchObject({ id: 'assets', totalCount: '7', hasMore: true });
    expect(values(table)).toEqual([{ id: 'ast_1' }, { id: 'ast_2' }]);
  });

  it('takes the nodes from edges and keeps fields of the edge', () => {
    const [plain] = findTables({ assets: { edges: [{ node: { id: 'ast_1' } }] } });
    expect(values(plain)).toEqual([{ id: 'ast_1' }]);
    const [rich] = findTables({ members: { edges: [{ cursor: 'c', role: 'OWNER', node: { id: 'usr_1' } }] } });
    expect(values(rich)).toEqual([{ id: 'usr_1', edge: { cursor: 'c', role: 'OWNER' } }]);
  });

  it('takes the rows of an aggregate', () => {
    const [table] = findTables({ bidAggregate: { asOf: 'now', rows: [{ count: 1 }] } });
    expect(table?.id).toBe('bidAggregate');
    expect(values(table)).toEqual([{ count: 1 }]);
  });

  it('finds several lists, each with its path', () => {
    const data = { viewer: { memberships: [{ role: 'OWNER' }] }, assets: { nodes: [] }, tags: ['a', 'b'] };
    expect(findTables(data).map((table) => table.id)).toEqual(['viewer.memberships', 'assets', 'tags']);
    expect(values(findTables(data)[2])).toEqual([{ value: 'a' }, { value: 'b' }]);
  });

  it('names the parents of nested rows by their first text if they have no id', () => {
    const values = [{ value: '1960', count: 3 }];
    const nested = findTables({ assetFacets: { facets: [{ distinct: 1, facet: 'DECADE', values }] } })[1];
    expect(flatten(nested?.rows ?? []).rows).toEqual([['DECADE', '1960', 3]]);
    const bare = findTables({ assetFacets: { facets: [{ distinct: 1, values }] } })[1];
    expect(flatten(bare?.rows ?? []).columns[0]?.key).toBe('facets.#');
  });

  it('collects a nested list over all parents, each row with its parent’s key', () => {
    const data = {
      auctions: {
        nodes: [
          { id: 'auc_1', bids: { nodes: [{ price: '1' }, { price: '2' }] } },
          { id: 'auc_2', bids: { nodes: [{ price: '3' }] } },
        ],
      },
    };
    const nested = findTables(data)[1];
    expect(nested?.id).toBe('auctions.bids');
    expect(flatten(nested?.rows ?? [])).toEqual({
      columns: [
        { key: 'auctions.id', numeric: false },
        { key: 'price', numeric: true },
      ],
      rows: [
        ['auc_1', '1'],
        ['auc_1', '2'],
        ['auc_2', '3'],
      ],
    });
  });

  it('names the parents by their references if their own fields do not distinguish them', () => {
    const lots = [{ asset: { title: 'Dusk' }, series: { ticks: [{ at: 1 }] } }];
    const nested = findTables({ lots }).find(({ id }) => id === 'lots.series.ticks');
    expect(nested?.rows.map((row) => row.parents)).toEqual([[['lots.asset.title', 'Dusk']]]);
  });

  it('numbers the parents that have no id', () => {
    const [, nested] = findTables({ groups: [{ items: [{ name: 'a' }] }, { items: [{ name: 'b' }] }] });
    expect(nested?.rows.map((row) => row.parents)).toEqual([[['groups.#', 1]], [['groups.#', 2]]]);
  });

  it('shows an answer without lists as one row', () => {
    expect(values(findTables({ viewer: { id: 'usr_1' } })[0])).toEqual([{ id: 'usr_1' }]);
    expect(values(findTables({ serverTime: 'now' })[0])).toEqual([{ serverTime: 'now' }]);
    expect(findLists({ serverTime: 'now' })).toEqual([]);
  });

  it('finds nothing in an empty answer', () => {
    expect(findTables(null)).toEqual([]);
    expect(findTables(undefined)).toEqual([]);
    expect(findTables({ viewer: null })).toEqual([]);
  });

  it('leaves lists of lists in their cell', () => {
    expect(findTables({ area: { points: [[1, 2]] } }).map((table) => table.id)).toEqual(['area']);
  });
});

describe('eventTable', () => {
  it('makes a row of each event: its fields, then its arrival time and its position', () => {
    const table = eventTable([
      {
        receivedAt: '2026-01-01T00:00:00.000Z',
        data: { bidPlaced: { cursor: 'c', sequence: 1, price: { amount: '5' } } },
      },
    ]);
    const { columns, rows } = flatten(table.rows);
    expect(columns.map((column) => column.key)).toEqual(['price.amount', 'receivedAt', 'sequence', 'cursor']);
    expect(rows).toEqual([['5', '2026-01-01T00:00:00.000Z', 1, 'c']]);
  });
});

describe('likeliest', () => {
  const lot = (title: string, hour: string) => ({
    asset: { title },
    series: { ticks: [0, 1].map((n) => ({ placedAt: `2026-01-01T${hour}:00:0${n}.000Z`, price: { amount: `${n}` } })) },
  });
  const data = { auctions: { nodes: [lot('Harbour', '11'), lot('Orchard', '12')] } };

  it('is the first list, and as a chart the first with numbers over time', () => {
    const sources = findTables(data);
    expect(likeliest(sources, 'table')?.id).toBe('auctions');
    expect(likeliest(sources, 'json')?.id).toBe('auctions');
    expect(likeliest(sources, 'chart')?.id).toBe('auctions.series.ticks');
  });

  it('is the first list if none has numbers over time, and null for an empty answer', () => {
    const facets = { assetFacets: { facets: [{ facet: 'DECADE', values: [{ value: '1960', count: 3 }] }] } };
    expect(likeliest(findTables(facets), 'chart')?.id).toBe('assetFacets.facets');
    expect(likeliest([], 'chart')).toBeNull();
  });

  it('is the table of events for a subscription, whatever its latest event contains', () => {
    const events = eventTable([{ receivedAt: '2026-01-01T00:00:00.000Z', data }]);
    expect(likeliest([events, ...findLists(data)], 'chart')?.id).toBe('events');
  });
});
