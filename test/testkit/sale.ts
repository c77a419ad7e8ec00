import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Person, World } from './world.ts';

/** Open lots and their bidders. */
export interface Sale {
  readonly lots: readonly { id: string; title: string }[];
  readonly bidders: readonly Person[];
  /** Bids placed so far, over all lots. */
  readonly placed: PlacedBid[];
}

/** A bid as followers of the sale should see it. */
export interface PlacedBid {
  bidder: string;
  title: string;
  /** The price after it, in euros. */
  price: string;
}

/** Opens auctions of these works for two days from 100 euros, and signs up people with these names. */
export async function openSale(world: World, titles: readonly string[], names: readonly string[]): Promise<Sale> {
  const seller = await world.signUp({ displayName: 'Sela Seller' });
  const bidders: Person[] = [];
  for (const displayName of names) bidders.push(await world.signUp({ displayName }));
  await seller.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
    input: {
      source: 'sale',
      run: 'one',
      lines: titles.map((title, n) => ({ line: n + 1, sourceId: String(n), title, kind: 'ART' })),
    },
  });
  await world.settled();
  const { assets } = await seller.ask(
    'query ($owner: ID!) { assets(filter: { ownerId: { eq: $owner } }) { nodes { id title } } }',
    { owner: seller.id },
  );
  const lots: { id: string; title: string }[] = [];
  for (const title of titles) {
    const { id: assetId } = (assets.nodes as { id: string; title: string }[]).find((asset) => asset.title === title)!;
    const endsAt = new Date(Date.now() + 2 * 24 * 3_600_000).toISOString();
    const { auctionCreate } = await seller.ask(
      'mutation ($input: AuctionCreateInput!) { auctionCreate(input: $input) { auction { id } } }',
      { input: { assetId, startPrice: { amount: '100.00', currency: 'EUR' }, endsAt } },
    );
    const id = auctionCreate.auction.id as string;
    await seller.ask('mutation ($input: AuctionOpenInput!) { auctionOpen(input: $input) { auction { id } } }', {
      input: { auctionId: id },
    });
    lots.push({ id, title });
  }
  await world.settled();
  return { lots, bidders, placed: [] };
}

/** Places `count` more bids through the graph, rotating lots and bidders. Returns them in order. */
export async function placeBids(sale: Sale, count: number): Promise<PlacedBid[]> {
  const { lots, bidders, placed } = sale;
  for (let made = 0; made < count; made++) {
    const n = placed.length;
    const lot = lots[n % lots.length]!;
    const bidder = bidders[((n % lots.length) + Math.floor(n / lots.length)) % bidders.length]!;
    const { bidPlace } = await bidder.ask(
      `mutation ($input: BidPlaceInput!) {
        bidPlace(input: $input) { outcome { __typename ... on BidLeading { auction { currentPrice { amount } } } } }
      }`,
      {
        input: {
          auctionId: lot.id,
          amount: { amount: `${110 + 10 * n}.00`, currency: 'EUR' },
          idempotencyKey: randomUUID(),
        },
      },
    );
    expect(bidPlace.outcome.__typename).toBe('BidLeading');
    placed.push({
      bidder: bidder.displayName,
      title: lot.title,
      price: bidPlace.outcome.auction.currentPrice.amount as string,
    });
  }
  return placed.slice(-count);
}
