import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import { bid, create, end, inHours, lot, openLot, openNow, settle, usd } from './lots.ts';

const fail = `mutation ($input: AuctionDefaultInput!) {
  auctionDefault(input: $input) { auction { id status winner { id } settlement { status buyer { id } } } }
}`;
const look = `query ($id: ID!) {
  auction(id: $id) { status endedAt asset { id status owner { id } } settlement { status dueAt decidedAt amount { amount } buyer { id } } }
}`;
const transfer = 'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { asset { id } } }';
const reserve = 'mutation ($input: AssetReserveInput!) { assetReserve(input: $input) { asset { id } } }';

let world: World;
let ann: Person;
let bob: Person;
let cleo: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Fund' });
  cleo = await world.signUp({ displayName: 'Cleo' });
});
afterAll(() => world.close());

async function sold(options = {}): Promise<string> {
  const auctionId = await openLot(world, ann, {}, ann.organizationId!);
  await bid(bob, auctionId, 9, {}, options);
  await ann.ask(end, { input: { auctionId } });
  await world.settled();
  return auctionId;
}

const seen = async (client: Client, id: string) => (await client.ask(look, { id })).auction;
const duePast = (id: string) =>
  world.database.query(`update auction.auctions set settlement_due_at = clock_timestamp() where id = $1`, [id]);

test('payment of a sold lot is due within seven days, and only its seller and its buyer see the settlement', async () => {
  const auctionId = await sold({ actingFor: bob.organizationId! });
  const own = await seen(ann, auctionId);
  expect(own).toMatchObject({
    status: 'SOLD',
    asset: { status: 'ON_SALE', owner: { id: ann.organizationId } },
    settlement: { status: 'OWED', decidedAt: null, amount: { amount: '1.00' }, buyer: { id: bob.organizationId } },
  });
  const days = (Date.parse(own.settlement.dueAt) - Date.parse(own.endedAt)) / (24 * 3_600_000);
  expect(days).toBe(7);
  expect((await seen(bob, auctionId)).settlement).toEqual(own.settlement);
  for (const client of [cleo, world.anonymous]) expect((await seen(client, auctionId)).settlement).toBeNull();
});

test('an asset cannot be transferred or put on sale until its sale is settled, which makes the buyer its owner', async () => {
  const auctionId = await sold();
  const { asset } = await seen(ann, auctionId);
  expect(await refusal(ann, transfer, { input: { assetId: asset.id, receiverId: cleo.id } })).toMatchObject({
    code: 'CONFLICT',
  });
  expect(await refusal(ann, reserve, { input: { assetId: asset.id, place: 'Elsewhere' } })).toMatchObject({
    code: 'CONFLICT',
  });
  const again = { input: { assetId: asset.id, startPrice: usd(1), endsAt: inHours(4) } };
  const { auctionCreate } = await ann.ask(create, again);
  expect(
    await refusal(ann, 'mutation ($input: AuctionOpenInput!) { auctionOpen(input: $input) { auction { id } } }', {
      input: { auctionId: auctionCreate.auction.id },
    }),
  ).toEqual({ code: 'CONFLICT' });
  for (const client of [bob, cleo])
    expect(await refusal(client, settle, { input: { auctionId } })).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(world.anonymous, settle, { input: { auctionId } })).toEqual({ code: 'UNAUTHENTICATED' });
  for (let n = 0; n < 2; n++)
    expect((await ann.ask(settle, { input: { auctionId } })).auctionSettle.auction.settlement.status).toBe('SETTLED');
  await world.settled();
  expect(await seen(bob, auctionId)).toMatchObject({
    status: 'SOLD',
    asset: { status: 'SOLD', owner: { id: bob.id } },
    settlement: { status: 'SETTLED', decidedAt: expect.any(String) },
  });
  expect(await world.facts({ key: auctionId, types: ['auction.auction.settled'] })).toMatchObject([
    { actor: ann.id, payload: { winnerId: bob.id, price: { minor: '100', currency: 'USD' } } },
  ]);
  // The buyer must publish the asset again before it can be put on sale.
  expect(await refusal(bob, reserve, { input: { assetId: asset.id, place: 'Elsewhere' } })).toMatchObject({
    code: 'CONFLICT',
  });
});

test('the seller can default an overdue sale: the lot is unsold, and the asset can be auctioned again', async () => {
  const auctionId = await sold();
  const input = { auctionId, reason: 'No payment came.' };
  expect(await refusal(ann, fail, { input })).toEqual({ code: 'CONFLICT' });
  expect(await refusal(bob, fail, { input })).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(ann, fail, { input: { auctionId, reason: ' ' } })).toMatchObject({ code: 'INVALID' });
  await duePast(auctionId);
  for (let n = 0; n < 2; n++)
    expect((await ann.ask(fail, { input })).auctionDefault.auction).toMatchObject({
      status: 'UNSOLD',
      winner: null,
      settlement: { status: 'DEFAULTED', buyer: { id: bob.id } },
    });
  await world.settled();
  const { asset } = await seen(bob, auctionId);
  expect(asset).toMatchObject({ status: 'PUBLISHED', owner: { id: ann.organizationId } });
  expect(await refusal(ann, settle, { input: { auctionId } })).toEqual({ code: 'CONFLICT' });
  const { auctionCreate } = await ann.ask(create, {
    input: { assetId: asset.id, startPrice: usd(1), endsAt: inHours(4) },
  });
  await openNow(world, ann, auctionCreate.auction.id as string);
  expect((await lot(bob, auctionCreate.auction.id as string)).status).toBe('OPEN');
});

test('an operator can default a sale before it is due; an open lot can be neither settled nor defaulted', async () => {
  const operator = await world.operator();
  const auctionId = await sold();
  const input = { auctionId, reason: 'A mistyped amount, as both sides say.' };
  expect((await operator.ask(fail, { input })).auctionDefault.auction.status).toBe('UNSOLD');
  const running = await openLot(world, ann);
  for (const operation of [settle, fail])
    expect(await refusal(ann, operation, { input: { ...input, auctionId: running } })).toMatchObject({});
  expect(await refusal(ann, settle, { input: { auctionId: running } })).toEqual({ code: 'CONFLICT' });
});
