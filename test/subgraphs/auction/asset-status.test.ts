import { refusal } from '../../testkit/refusal.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, create, end, inHours, newAsset, open, openLot, settle, usd } from './lots.ts';

const asset = '{ id status owner { id } openAuction { id } }';

let world: World;
let seller: Person;
let buyer: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  seller = await world.signUp({ displayName: 'Ann' });
  buyer = await world.signUp({ displayName: 'Bea' });
});
afterAll(() => world.close());

async function assetOf(auctionId: string): Promise<Record<string, unknown>> {
  await world.settled();
  const { auction } = await seller.ask(`query ($id: ID!) { auction(id: $id) { asset ${asset} } }`, { id: auctionId });
  return auction.asset as Record<string, unknown>;
}

test('an asset is on sale from the opening of its lot until the settlement, and then belongs to the winner', async () => {
  const auctionId = await openLot(world, seller);
  expect(await assetOf(auctionId)).toMatchObject({ status: 'ON_SALE', openAuction: { id: auctionId } });
  await bid(buyer, auctionId, 5);
  const operator = await world.operator();
  await operator.ask(end, { input: { auctionId } });
  expect(await assetOf(auctionId)).toMatchObject({ status: 'ON_SALE', owner: { id: seller.id }, openAuction: null });
  await seller.ask(settle, { input: { auctionId } });
  expect(await assetOf(auctionId)).toMatchObject({ status: 'SOLD', owner: { id: buyer.id }, openAuction: null });
});

test('the asset of a lot without bids is released, and can be auctioned again', async () => {
  const auctionId = await openLot(world, seller);
  const operator = await world.operator();
  await operator.ask(end, { input: { auctionId } });
  const released = await assetOf(auctionId);
  expect(released).toMatchObject({ status: 'PUBLISHED', owner: { id: seller.id } });
  const again = await seller.ask(create, {
    input: { assetId: released['id'], startPrice: usd(1), endsAt: inHours(4) },
  });
  await seller.ask(open, { input: { auctionId: again.auctionCreate.auction.id } });
  expect(await assetOf(again.auctionCreate.auction.id as string)).toMatchObject({ status: 'ON_SALE' });
});

test('a lot cannot be opened while its asset is on sale elsewhere', async () => {
  const assetId = await newAsset(world, seller);
  const made = await seller.ask(create, { input: { assetId, startPrice: usd(1), endsAt: inHours(4) } });
  const auctionId = made.auctionCreate.auction.id as string;
  await seller.ask('mutation ($input: AssetReserveInput!) { assetReserve(input: $input) { asset { status } } }', {
    input: { assetId, place: 'The shop in Mill Lane' },
  });
  await world.settled();
  expect(await refusal(seller, open, { input: { auctionId } })).toMatchObject({ code: 'CONFLICT' });
});

test('a lot whose asset was put on sale elsewhere at the same time is cancelled, with the reason', async () => {
  const assetId = await newAsset(world, seller);
  const made = await seller.ask(create, { input: { assetId, startPrice: usd(1), endsAt: inHours(4) } });
  const auctionId = made.auctionCreate.auction.id as string;
  await seller.ask('mutation ($input: AssetReserveInput!) { assetReserve(input: $input) { asset { status } } }', {
    input: { assetId, place: 'The shop in Mill Lane' },
  });
  await world.settled();
  // The state of the auction OS before its reaction has handled the fact of the sale.
  await world.database.query(`update auction.assets set status = 'PUBLISHED' where id = $1`, [assetId]);
  await seller.ask(open, { input: { auctionId } });
  await world.settled();
  const { auction } = await seller.ask(`query ($id: ID!) { auction(id: $id) { status asset ${asset} } }`, {
    id: auctionId,
  });
  expect(auction).toMatchObject({ status: 'CANCELLED', asset: { status: 'ON_SALE', openAuction: null } });
  expect(await world.facts({ key: auctionId })).toContainEqual(
    expect.objectContaining({
      type: 'auction.auction.cancelled',
      payload: expect.objectContaining({ reason: 'The asset is on sale elsewhere.' }),
    }),
  );
});
