import { expect } from 'vitest';
import type { Answer, AskOptions, Client, Person } from '../../testkit/client.ts';
import type { World } from '../../testkit/world.ts';

export const create = `mutation ($input: AuctionCreateInput!) {
  auctionCreate(input: $input) { auction { id status format endsAt termsVersion currency seller { id } asset { id title } } }
}`;
export const open =
  'mutation ($input: AuctionOpenInput!) { auctionOpen(input: $input) { auction { id status openedAt } } }';
export const end =
  'mutation ($input: AuctionEndInput!) { auctionEnd(input: $input) { auction { id status endedAt winner { id } currentPrice { amount } } } }';
export const settle =
  'mutation ($input: AuctionSettleInput!) { auctionSettle(input: $input) { auction { id status settlement { status } } } }';
export const cancel =
  'mutation ($input: AuctionCancelInput!) { auctionCancel(input: $input) { auction { id status } } }';
export const retract =
  'mutation ($input: BidRetractInput!) { bidRetract(input: $input) { retractedCount auction { id bidCount currentPrice { amount } leader { id } } } }';

export const place = `mutation ($input: BidPlaceInput!) {
  bidPlace(input: $input) {
    outcome {
      __typename
      ... on BidLeading { bid { id number standing amount { amount } maximum { amount } } auction { id currentPrice { amount } } }
      ... on BidRaised { maximum { amount } auction { id } }
      ... on BidOutbid { bid { id standing amount { amount } } auction { id minimumBid { amount } leader { id } } }
      ... on BidSealed { maximum { amount } auction { id bidCount } }
      ... on BidWon { bid { id amount { amount } } auction { id status winner { id } currentPrice { amount } } }
      ... on BidTooLow { minimum { amount } auction { id } }
      ... on BidLate { status auction { id } }
      ... on BidBuyNowGone { auction { id } }
    }
  }
}`;

export const lotById = `query ($id: ID!) {
  auction(id: $id) {
    id status bidCount hasReserve reserveMet endsAt endedAt
    currentPrice { amount currency } minimumBid { amount } buyNowPrice { amount } leader { id } winner { id }
  }
}`;

export const usd = (amount: string | number) => ({ amount: String(amount), currency: 'USD' });
export const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

let made = 0;
let keys = 0;

export async function newAsset(world: World, owner: Person, ownerId?: string): Promise<string> {
  made += 1;
  const { assetCreate } = await owner.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title: `Lot ${made}`, kind: 'ART', ownerId: ownerId ?? null } },
  );
  const assetId = assetCreate.asset.id as string;
  await owner.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', {
    input: { assetId },
  });
  await world.settled();
  return assetId;
}

/** Opens a lot, and waits until its asset is reserved for it. */
export async function openNow(world: World, seller: Client, auctionId: string): Promise<void> {
  await seller.ask(open, { input: { auctionId } });
  await world.settled();
}

/** Creates and opens a lot; by default an English auction from 1.00 USD that lasts two days. */
export async function openLot(world: World, seller: Person, terms: object = {}, ownerId?: string): Promise<string> {
  const assetId = await newAsset(world, seller, ownerId);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48), ...terms };
  const { auctionCreate } = await seller.ask(create, { input });
  const auctionId = auctionCreate.auction.id as string;
  await openNow(world, seller, auctionId);
  return auctionId;
}

export function bidInput(auctionId: string, amount: string | number, more: object = {}): { input: object } {
  keys += 1;
  return { input: { auctionId, amount: usd(amount), idempotencyKey: `bid ${keys}`, ...more } };
}

export async function bid(
  client: Client,
  auctionId: string,
  amount: string | number,
  more: object = {},
  options?: AskOptions,
): Promise<Answer> {
  return (await client.ask(place, bidInput(auctionId, amount, more), options)).bidPlace.outcome;
}

/** Sets the end of a lot to a number of seconds from now, by the database's clock; negative is in the past. */
export async function moveEnd(world: World, auctionId: string, seconds: number): Promise<void> {
  const moved = await world.database.query(
    `update auction.auctions set ends_at = clock_timestamp() + $2 * interval '1 second' where id = $1 returning id`,
    [auctionId, seconds],
  );
  expect(moved).toHaveLength(1);
}

export async function lot(client: Client, id: string): Promise<Answer> {
  return (await client.ask(lotById, { id })).auction;
}
