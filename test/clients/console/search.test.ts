import { describe, expect, it } from 'vitest';
import { highlight, readable, searchCatalog, searchTerms } from '../../../clients/console/catalog/search.ts';
import type { CatalogRoot, CatalogSystem } from '../../../clients/console/catalog/search.ts';

const root = (name: string, description: string): CatalogRoot => ({
  name,
  description,
  kind: 'QUERY',
  access: null,
  facts: [],
});
const example = {
  name: 'Bids, live',
  description: 'Every bid',
  operation: '',
  variables: null,
  public: true,
  roots: ['auctionChanged'],
};
const systems: CatalogSystem[] = [
  {
    name: 'ledger',
    title: 'Ledger',
    description: 'Accounts, auction fees',
    roots: [root('accounts', 'All accounts')],
    examples: [],
  },
  {
    name: 'auction',
    title: 'Auctions',
    description: 'Lots',
    roots: [root('bids', 'Bids of a lot'), root('auction', 'One auction')],
    examples: [example],
  },
];
const found = (text: string): unknown[] =>
  searchCatalog(systems, text).map((system) => [
    system.name,
    ...system.roots.map((one) => one.name),
    ...system.examples.map((one) => one.name),
  ]);

describe('searchCatalog', () => {
  it('answers everything as it is when nothing is searched', () => {
    expect(searchCatalog(systems, '  ')).toBe(systems);
  });

  it('finds roots and examples by name and description, whatever the case', () => {
    expect(found('BID')).toEqual([['auction', 'bids', 'Bids, live']]);
    expect(found('every')).toEqual([['auction', 'Bids, live']]);
  });

  it('finds examples by the roots that they ask for', () => {
    expect(found('auctionchanged')).toEqual([['auction', 'Bids, live']]);
  });

  it('shows a system whole when its own name or description matches, named ones first', () => {
    expect(found('auction')).toEqual([
      ['auction', 'bids', 'auction', 'Bids, live'],
      ['ledger', 'accounts'],
    ]);
  });

  it('shows only the items that match where nothing but the description of the system does', () => {
    expect(found('lot')).toEqual([['auction', 'bids']]);
  });

  it('wants every word, of which one may be the system', () => {
    expect(found('auction lot')).toEqual([['auction', 'bids']]);
    expect(found('auctions every')).toEqual([['auction', 'Bids, live']]);
    expect(found('ledger bid')).toEqual([]);
  });
});

describe('highlight', () => {
  it('marks what was searched for and takes signs literally', () => {
    expect(highlight('Bids (live)', searchTerms('(LIVE)'))).toEqual([
      { text: 'Bids ', hit: false },
      { text: '(live)', hit: true },
    ]);
  });
});

describe('readable', () => {
  it('drops the mark of the system, which stands above', () => {
    expect(readable('[auction] Places a bid.')).toBe('Places a bid.');
    expect(readable(null)).toBe('');
  });
});
