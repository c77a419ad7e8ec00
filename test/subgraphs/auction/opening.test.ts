import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import { refusal } from '../../testkit/refusal.ts';
import { bid, cancel, create, end, inHours, lot, newAsset, open, openNow, usd } from './lots.ts';

const reserve = 'mutation ($input: AssetReserveInput!) { assetReserve(input: $input) { asset { status } } }';
const release = 'mutation ($input: AssetReleaseInput!) { assetRelease(input: $input) { asset { status } } }';

let world: World;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann' });
  bob = await world.signUp({ displayName: 'Bob' });
});
afterAll(() => world.close());

async function putUp(assetId: string, terms: object = {}): Promise<string> {
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48), ...terms };
  return (await ann.ask(create, { input })).auctionCreate.auction.id as string;
}

/** Makes updates of the assets OS fail, as if it were down, until the returned function is called. */
async function assetsAway(): Promise<() => Promise<void>> {
  await world.settled();
  await world.database.query(
    `create function assets.away() returns trigger language plpgsql as $$ begin raise exception 'away'; end $$`,
  );
  await world.database.query(
    'create trigger away before update on assets.assets for each statement execute function assets.away()',
  );
  return async () => {
    await world.database.query('drop trigger away on assets.assets');
    await world.database.query('drop function assets.away()');
  };
}

const told = async (id: string) => (await world.facts({ key: id })).map(({ type }) => type.split('.').at(-1));

test('a lot accepts neither bids nor buy-now before its asset is reserved for it', async () => {
  const auctionId = await putUp(await newAsset(world, ann), { buyNowPrice: usd(50) });
  const back = await assetsAway();
  try {
    expect((await ann.ask(open, { input: { auctionId } })).auctionOpen.auction.status).toBe('OPENING');
    for (const more of [{}, { buyNow: true }])
      expect(await bid(bob, auctionId, 60, more)).toMatchObject({ __typename: 'BidLate', status: 'OPENING' });
    expect(await refusal(ann, end, { input: { auctionId } })).toEqual({ code: 'CONFLICT' });
    expect((await ann.ask(open, { input: { auctionId } })).auctionOpen.auction.status).toBe('OPENING');
    expect(await told(auctionId)).toEqual(['created', 'openRequested']);
  } finally {
    await back();
  }
  await expect.poll(async () => (await lot(bob, auctionId)).status, { timeout: 20_000 }).toBe('OPEN');
  expect((await bid(bob, auctionId, 60, { buyNow: true })).__typename).toBe('BidWon');
  expect(await told(auctionId)).toEqual(['created', 'openRequested', 'opened', 'closed', 'placed']);
}, 30_000);

test('a lot that waits for its asset blocks other lots of the same asset, and can be cancelled', async () => {
  const assetId = await newAsset(world, ann);
  const [first, second] = [await putUp(assetId), await putUp(assetId)];
  const back = await assetsAway();
  try {
    await ann.ask(open, { input: { auctionId: first } });
    expect(await refusal(ann, open, { input: { auctionId: second } })).toEqual({ code: 'CONFLICT' });
    await ann.ask(cancel, { input: { auctionId: first, reason: 'Not today.' } });
  } finally {
    await back();
  }
  await expect
    .poll(async () => (await world.facts({ types: ['assets.asset.released'] })).map(({ payload }) => payload.saleId), {
      timeout: 20_000,
    })
    .toContain(first);
  await openNow(world, ann, second);
  expect((await lot(bob, second)).status).toBe('OPEN');
}, 30_000);

test('a lot whose asset was put on sale elsewhere at the same time is cancelled without ever being open', async () => {
  const assetId = await newAsset(world, ann);
  const auctionId = await putUp(assetId);
  await ann.ask(reserve, { input: { assetId, place: 'The shop in Mill Lane' } });
  await world.settled();
  // The state of the auction OS before its reaction has handled the fact of the sale.
  await world.database.query(`update auction.assets set status = 'PUBLISHED' where id = $1`, [assetId]);
  await openNow(world, ann, auctionId);
  const { auction } = await bob.ask('query ($id: ID!) { auction(id: $id) { status cancelReason openedAt } }', {
    id: auctionId,
  });
  expect(auction).toEqual({ status: 'CANCELLED', cancelReason: 'The asset is on sale elsewhere.', openedAt: null });
  expect(await told(auctionId)).toEqual(['created', 'openRequested', 'cancelled']);
});

test('if an operator takes an asset off sale, its open lot is cancelled, and a sold lot that is not settled becomes unsold', async () => {
  const operator = await world.operator();
  for (const sold of [false, true]) {
    const assetId = await newAsset(world, ann);
    const auctionId = await putUp(assetId);
    await openNow(world, ann, auctionId);
    await bid(bob, auctionId, 5);
    if (sold) await ann.ask(end, { input: { auctionId } });
    await world.settled();
    await operator.ask(release, { input: { assetId } });
    await world.settled();
    expect(await lot(bob, auctionId)).toMatchObject({ status: sold ? 'UNSOLD' : 'CANCELLED', winner: null });
  }
});

test('a lot that ends while it waits for its asset is unsold, and the asset is released', async () => {
  const assetId = await newAsset(world, ann);
  const auctionId = await putUp(assetId);
  const back = await assetsAway();
  try {
    await ann.ask(open, { input: { auctionId } });
    await world.database.query(
      `update auction.auctions set ends_at = clock_timestamp() - interval '1 second' where id = $1`,
      [auctionId],
    );
    await ann.ask(create, { input: { assetId, startPrice: usd(1), endsAt: inHours(48) } });
    await expect.poll(async () => (await lot(bob, auctionId)).status, { timeout: 20_000 }).toBe('UNSOLD');
  } finally {
    await back();
  }
  const status = async (client: Client) =>
    (await client.ask('query ($id: ID!) { asset(id: $id) { status } }', { id: assetId })).asset.status as string;
  await expect
    .poll(async () => (await world.facts({ types: ['assets.asset.released'] })).map(({ payload }) => payload.saleId), {
      timeout: 20_000,
    })
    .toContain(auctionId);
  expect(await status(bob)).toBe('PUBLISHED');
}, 45_000);

test('eight lots that open together read their assets in as many statements as one', async () => {
  const opening = async (count: number): Promise<number> => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push(await putUp(await newAsset(world, ann), { opensAt: inHours(1) }));
    const back = await assetsAway();
    try {
      // The closer runs outside of this test's context, so the statements of the whole process are recorded.
      const heard = vi.spyOn(world.database.statements, 'count');
      await world.database.query(
        `update auction.auctions set opens_at = clock_timestamp() - interval '1 second' where id = any($1)`,
        [ids],
      );
      await world.settled();
      const texts = heard.mock.calls.map(([text]) => text);
      heard.mockRestore();
      for (const id of ids) expect((await lot(bob, id)).status).toBe('OPENING');
      return texts.filter((text) => /from "auction"\."assets"|where asset_id/.test(text)).length;
    } finally {
      await back();
    }
  };
  expect(await opening(1)).toBe(2);
  expect(await opening(8)).toBe(2);
});
