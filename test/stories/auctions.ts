import { expect } from 'vitest';
import type { Answer } from '../testkit/client.ts';
import { draft, eventually, found, publish, signUp, Visitor, type Place, type Signed } from './place.ts';

const usd = (amount: string) => ({ amount, currency: 'USD' });

/** Public bids, from three systems: the lot and its price, the bidder, and the asset. */
const bids = `subscription ($lots: [ID!], $after: String) { bidPlaced(filter: { auctionId: { in: $lots } }, after: $after) {
  cursor standing leader { displayName }
  bid {
    amount { amount currency } maximum { amount } bidder { displayName }
    auction { currentPrice { amount } asset { title owner { displayName } } }
  }
} }`;

const placing = `mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { outcome {
  __typename ... on BidTooLow { minimum { amount } } ... on BidLate { status }
} } }`;

let keys = 0;

async function bid(bidder: Signed, auctionId: string, amount: string): Promise<Answer> {
  keys += 1;
  const idempotencyKey = `story ${keys}`;
  const { bidPlace } = await bidder.visitor.ask(placing, { input: { auctionId, amount: usd(amount), idempotencyKey } });
  // A bidder that lost the answer queries it again.
  const { bidOutcome } = await bidder.visitor.ask(
    'query ($key: String!) { bidOutcome(idempotencyKey: $key) { __typename } }',
    { key: idempotencyKey },
  );
  expect(bidOutcome.__typename).toBe(bidPlace.outcome.__typename);
  return bidPlace.outcome;
}

/** Puts an asset up and opens the lot; the auction OS learns of the asset shortly after its publication. */
async function putUp(seller: Signed, assetId: string): Promise<{ id: string; liveCursor: string }> {
  const endsAt = new Date(Date.now() + 3_600_000).toISOString();
  const input = { assetId, startPrice: usd('10'), reserve: usd('90'), endsAt };
  let id = '';
  await eventually(async () => {
    const { auctionCreate } = await seller.visitor.ask(
      'mutation ($input: AuctionCreateInput!) { auctionCreate(input: $input) { auction { id } } }',
      { input: { ...input, idempotencyKey: assetId } },
    );
    id = auctionCreate.auction.id as string;
  });
  const opening =
    'mutation ($id: ID!) { auctionOpen(input: { auctionId: $id }) { auction { status hasReserve liveCursor } } }';
  let liveCursor = '';
  await eventually(async () => {
    const { auctionOpen } = await seller.visitor.ask(opening, { id });
    expect(auctionOpen.auction).toMatchObject({ status: 'OPEN', hasReserve: true });
    liveCursor = auctionOpen.auction.liveCursor as string;
  });
  return { id, liveCursor };
}

async function assetNow(place: Place, id: string): Promise<Answer> {
  const { asset } = await new Visitor(place).ask(
    'query ($id: ID!) { asset(id: $id) { status owner { displayName } openAuction { id } } }',
    { id },
  );
  return asset;
}

/** A work is put up, two people bid, followers see each bid as it arrives, and the winner gets the work. */
export async function auction(place: Place): Promise<void> {
  const [ada, bo, cy] = [await signUp(place, 'Ada'), await signUp(place, 'Bo'), await signUp(place, 'Cy')];
  const houseId = await found(place, ada, 'Two Hares');
  const assetId = await draft(ada.visitor, houseId, 'Evening Harbour');
  await publish(ada.visitor, assetId);
  const { id, liveCursor } = await putUp(ada, assetId);
  await eventually(async () =>
    expect(await assetNow(place, assetId)).toEqual({
      status: 'ON_SALE',
      owner: { displayName: 'Two Hares' },
      openAuction: { id },
    }),
  );

  // An anonymous client follows; a bidder bids and follows with another client.
  await using everybody = new Visitor(place).subscribe(bids, { lots: [id], after: liveCursor });
  await using bos = bo.visitor.subscribe(bids, { lots: [id], after: liveCursor });
  await using changes = new Visitor(place).subscribe(
    `subscription ($lots: [ID!], $after: String) { auctionUpdated(filter: { auctionId: { in: $lots } }, after: $after) {
      change status price { amount } winner { displayName }
    } }`,
    { lots: [id], after: liveCursor },
  );
  const event = (bidder: string, price: string, standing: string, leader: string) => ({
    cursor: expect.any(String) as string,
    standing,
    leader: { displayName: leader },
    bid: {
      amount: { amount: price, currency: 'USD' },
      maximum: null,
      bidder: { displayName: bidder },
      auction: {
        currentPrice: { amount: price },
        asset: { title: 'Evening Harbour', owner: { displayName: 'Two Hares' } },
      },
    },
  });
  const own = (seen: ReturnType<typeof event>, maximum: string) => ({
    ...seen,
    bid: { ...seen.bid, maximum: { amount: maximum } },
  });

  expect(await bid(bo, id, '80')).toEqual({ __typename: 'BidLeading' });
  const first = event('Bo', '10.00', 'LEADING', 'Bo');
  const { bidPlaced: seen } = await everybody.next();
  expect(seen).toEqual(first);
  expect(await bos.next()).toEqual({ bidPlaced: own(first, '80.00') });
  expect(await bid(cy, id, '10.40')).toEqual({ __typename: 'BidTooLow', minimum: { amount: '10.50' } });
  expect(await bid(cy, id, '40')).toEqual({ __typename: 'BidOutbid' });
  const second = event('Cy', '41.00', 'OUTBID', 'Bo');
  expect(await everybody.next()).toEqual({ bidPlaced: second });
  expect(await bos.next()).toEqual({ bidPlaced: second });
  // The reserve is met, so the price rises to it.
  expect(await bid(cy, id, '120')).toEqual({ __typename: 'BidLeading' });
  const third = event('Cy', '90.00', 'LEADING', 'Cy');
  expect(await everybody.next()).toEqual({ bidPlaced: third });
  expect(await bos.next()).toEqual({ bidPlaced: third });
  expect(await ada.visitor.code(placing, { input: { auctionId: id, amount: usd('200'), idempotencyKey: 'own' } })).toBe(
    'FORBIDDEN',
  );

  // A subscriber that was away misses nothing.
  await using later = new Visitor(place).subscribe(bids, { lots: [id], after: seen.cursor });
  expect([(await later.next())['bidPlaced'].standing, (await later.next())['bidPlaced'].standing]).toEqual([
    'OUTBID',
    'LEADING',
  ]);

  const { auctionEnd } = await ada.visitor.ask(
    'mutation ($id: ID!) { auctionEnd(input: { auctionId: $id }) { auction { status winner { displayName } } } }',
    { id },
  );
  expect(auctionEnd.auction).toEqual({ status: 'SOLD', winner: { displayName: 'Cy' } });
  let { auctionUpdated: change } = await changes.next();
  // The cursor of an answer is never later than its data, so the lot's first events may arrive again.
  while (['CREATED', 'OPENING', 'OPENED'].includes(change.change as string))
    ({ auctionUpdated: change } = await changes.next());
  expect(change).toEqual({
    change: 'CLOSED',
    status: 'SOLD',
    price: { amount: '90.00' },
    winner: { displayName: 'Cy' },
  });
  expect(await bid(bo, id, '500')).toEqual({ __typename: 'BidLate', status: 'SOLD' });
  // Until paid it is reserved for the sale, and belongs to the seller.
  expect(await assetNow(place, assetId)).toEqual({
    status: 'ON_SALE',
    owner: { displayName: 'Two Hares' },
    openAuction: null,
  });
  const { auctionSettle } = await ada.visitor.ask(
    'mutation ($id: ID!) { auctionSettle(input: { auctionId: $id }) { auction { settlement { status amount { amount } } } } }',
    { id },
  );
  expect(auctionSettle.auction.settlement).toEqual({ status: 'SETTLED', amount: { amount: '90.00' } });
  expect(await changes.next()).toMatchObject({ auctionUpdated: { change: 'SETTLED' } });
  await eventually(async () =>
    expect(await assetNow(place, assetId)).toEqual({
      status: 'SOLD',
      owner: { displayName: 'Cy' },
      openAuction: null,
    }),
  );
  expect([everybody.pending(), bos.pending(), changes.pending()]).toEqual([[], [], []]);
}
