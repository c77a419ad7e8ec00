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
  it('returns everything for an empty search', () => {
    expect(searchCatalog(systems, '  ')).toBe(systems);
  });

  it('finds roots and examples by name and description in any case', () => {
    expect(found('BID')).toEqual([['auction', 'bids', 'Bids, live']]);
    expect(found('every')).toEqual([['auction', 'Bids, live']]);
  });

  it('finds examples by their root fields', () => {
    expect(found('auctionchanged')).toEqual([['auction', 'Bids, live']]);
  });

  it('shows a whole system if its name or description matches, names first', () => {
    expect(found('auction')).toEqual([
      ['auction', 'bids', 'auction', 'Bids, live'],
      ['ledger', 'accounts'],
    ]);
  });

  it('shows only matching items if the system matches only by its description', () => {
    expect(found('lot')).toEqual([['auction', 'bids']]);
  });

  it('requires every word, of which one may be the system', () => {
    expect(found('auction lot')).toEqual([['auction', 'bids']]);
    expect(found('auctions every')).toEqual([['auction', 'Bids, live']]);
    expect(found('ledger bid')).toEqual([]);
  });
});

describe('highlight', () => {
  it('marks the search terms and treats punctuation literally', () => {
    expect(highlight('Bids (live)', searchTerms('(LIVE)'))).toEqual([
      { text: 'Bids ', hit: false },
      { text: '(live)', hit: true },
    ]);
  });
});

describe('readable', () => {
  it('drops the system prefix, which is in the heading', () => {
    expect(readable('[auction] Places a bid.')).toBe('Places a bid.');
    expect(readable(null)).toBe('');
  });
});
