import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import {
  bid,
  bidInput,
  cancel,
  create,
  inHours,
  lot,
  moveEnd,
  newAsset,
  openLot,
  openNow,
  place,
  usd,
} from './lots.ts';

const update = `mutation ($input: AuctionUpdateInput!) {
  auctionUpdate(input: $input) { auction { id status opensAt endsAt description hasReserve termsVersion } }
}`;
const watch = 'mutation ($input: AuctionWatchInput!) { auctionWatch(input: $input) { auction { id } } }';

let world: World;
let ann: Person;
let editor: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  editor = await world.signUp();
  bob = await world.signUp({ displayName: 'Bob' });
  await world.grant(ann.organizationId!, editor, 'EDITOR');
});
afterAll(() => world.close());

async function putUp(terms: object = {}, ownerId?: string): Promise<string> {
  const assetId = await newAsset(world, ann, ownerId);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48), ...terms };
  return (await ann.ask(create, { input })).auctionCreate.auction.id as string;
}

test('a scheduled lot opens automatically at its opening time, and accepts bids only from then on', async () => {
  const auctionId = await putUp({ opensAt: inHours(1) });
  expect(await lot(world.anonymous, auctionId)).toMatchObject({ status: 'SCHEDULED', minimumBid: { amount: '1.00' } });
  expect(await bid(bob, auctionId, 5)).toMatchObject({ __typename: 'BidLate', status: 'SCHEDULED' });
  await world.database.query(
    `update auction.auctions set opens_at = clock_timestamp() - interval '1 second' where id = $1`,
    [auctionId],
  );
  // Any fact that may have changed a time wakes the closer.
  await putUp();
  await expect.poll(async () => (await lot(bob, auctionId)).status, { timeout: 10_000 }).toBe('OPEN');
  expect((await bid(bob, auctionId, 5)).__typename).toBe('BidLeading');
  expect(await world.facts({ key: auctionId, types: ['auction.auction.openRequested'] })).toMatchObject([
    { actor: 'svc_auction', onBehalfOf: null },
  ]);
}, 20_000);

test('the closer wakes for the next opening without any other event', async () => {
  const opensAt = new Date(Date.now() + 1500).toISOString();
  const auctionId = await putUp({ opensAt });
  await expect.poll(async () => (await lot(bob, auctionId)).status, { timeout: 20_000 }).toBe('OPEN');
  const { auction } = await bob.ask('query ($id: ID!) { auction(id: $id) { openedAt } }', { id: auctionId });
  expect(Date.parse(auction.openedAt)).toBeGreaterThanOrEqual(Date.parse(opensAt));
}, 30_000);

test('if two lots of one asset are due to open, one opens and the other is cancelled, with a public reason', async () => {
  const assetId = await newAsset(world, ann);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48), opensAt: inHours(1) };
  const ids: string[] = [];
  for (let n = 0; n < 2; n++) ids.push((await ann.ask(create, { input })).auctionCreate.auction.id as string);
  await world.database.query(
    `update auction.auctions set opens_at = clock_timestamp() - interval '1 second' where id = any($1)`,
    [ids],
  );
  await putUp();
  await expect
    .poll(
      async () =>
        (await Promise.all(ids.map((id) => lot(bob, id)))).map(({ status }) => status).sort((a, b) => (a < b ? -1 : 1)),
      {
        timeout: 10_000,
      },
    )
    .toEqual(['CANCELLED', 'OPEN']);
  const reasons = await Promise.all(
    ids.map(async (id) => (await bob.ask('query ($id: ID!) { auction(id: $id) { cancelReason } }', { id })).auction),
  );
  expect(reasons).toContainEqual({ cancelReason: 'The asset is in another open auction.' });
}, 20_000);

test.each([
  [{ opensAt: inHours(-1) }, 'INVALID'],
  [{ opensAt: inHours(49) }, 'INVALID'],
])('an opening in the past or after the end is INVALID (%#)', async (terms, code) => {
  const assetId = await newAsset(world, ann);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48), ...terms };
  expect(await refusal(ann, create, { input })).toEqual({ code, path: 'input.opensAt' });
  const auctionId = await putUp();
  expect(await refusal(ann, update, { input: { auctionId, ...terms } })).toEqual({ code, path: 'input.opensAt' });
});

test('an end before the opening is INVALID, with the path of the given field', async () => {
  const auctionId = await putUp({ opensAt: inHours(20) });
  expect(await refusal(ann, update, { input: { auctionId, endsAt: inHours(10) } })).toEqual({
    code: 'INVALID',
    path: 'input.endsAt',
  });
  expect(await refusal(ann, update, { input: { auctionId, opensAt: inHours(50) } })).toEqual({
    code: 'INVALID',
    path: 'input.opensAt',
  });
});

test('a draft is visible only to its sellers: others do not find it by id, list, count, bid, watch or stream', async () => {
  await using live = await bob.subscribe('subscription { auctionUpdated { change auction { id } } }');
  const auctionId = await putUp({ description: 'Ultramarine secret' }, ann.organizationId!);
  await ann.ask(update, { input: { auctionId, softCloseSeconds: 30 } });
  const everything = `query ($id: ID!, $asset: ID!) {
    auction(id: $id) { id } node(id: $id) { id }
    auctions(filter: { assetId: { eq: $asset } }) { totalCount } auctionAggregate(filter: { assetId: { eq: $asset } }) { rows { count } }
  }`;
  const { auction } = await ann.ask('query ($id: ID!) { auction(id: $id) { asset { id } } }', { id: auctionId });
  const nothing = { auctions: { totalCount: 0 }, auctionAggregate: { rows: [{ count: 0 }] } };
  for (const client of [bob, world.anonymous] as Client[]) {
    expect(await client.ask(everything, { id: auctionId, asset: auction.asset.id })).toEqual({
      auction: null,
      node: null,
      ...nothing,
    });
    const found = await client.ask('query { auctions(search: "ultramarine") { totalCount } }');
    expect(found.auctions.totalCount).toBe(0);
  }
  const hidden = { code: 'NOT_FOUND', path: 'input.auctionId' };
  expect(await refusal(bob, place, bidInput(auctionId, 5))).toEqual(hidden);
  expect(await refusal(bob, watch, { input: { auctionId } })).toEqual(hidden);
  expect(await refusal(bob, update, { input: { auctionId, description: 'x' } })).toEqual(hidden);
  expect(await refusal(bob, cancel, { input: { auctionId, reason: 'x' } })).toEqual(hidden);
  // Its sellers see it among their lots.
  const mine = '{ viewer { auctions { nodes { id status } } } }';
  expect((await editor.ask(mine, {}, { actingFor: ann.organizationId! })).viewer.auctions.nodes).toContainEqual({
    id: auctionId,
    status: 'DRAFT',
  });
  expect((await bob.ask(mine)).viewer.auctions.nodes).toEqual([]);
  // A draft is announced when it gets an opening time. A cancelled draft never is.
  const dropped = await putUp();
  await ann.ask(cancel, { input: { auctionId: dropped, reason: 'Never mind.' } });
  expect((await bob.ask('query ($id: ID!) { auction(id: $id) { id } }', { id: dropped })).auction).toBeNull();
  const { auctionUpdate } = await ann.ask(update, { input: { auctionId, opensAt: inHours(3) } });
  expect(auctionUpdate.auction.status).toBe('SCHEDULED');
  expect((await live.next()).auctionUpdated).toEqual({ change: 'UPDATED', auction: { id: auctionId } });
  expect(live.pending()).toEqual([]);
  expect((await bob.ask('query { auctions(search: "ultramarine") { totalCount } }')).auctions.totalCount).toBe(1);
});

test('a seller of an open lot can only lower the reserve, postpone the end and extend the description, before the first bid', async () => {
  const auctionId = await openLot(world, ann, { reserve: usd(50), description: 'A chair.' });
  const refused = (more: object) => refusal(ann, update, { input: { auctionId, ...more } });
  const conflict = (field: string) => ({ code: 'CONFLICT', path: `input.${field}` });
  expect(await refused({ reserve: usd(60) })).toEqual(conflict('reserve'));
  expect(await refused({ endsAt: inHours(47) })).toEqual(conflict('endsAt'));
  expect(await refused({ description: 'A table.' })).toEqual(conflict('description'));
  expect(await refused({ startPrice: usd(2) })).toEqual(conflict('startPrice'));
  expect(await refused({ softCloseSeconds: 60 })).toEqual(conflict('softCloseSeconds'));
  const endsAt = inHours(60);
  const input = { auctionId, reserve: usd(20), endsAt, description: 'A chair. One leg was mended.' };
  expect((await ann.ask(update, { input })).auctionUpdate.auction).toMatchObject({ endsAt, termsVersion: 2 });
  await bid(bob, auctionId, 30);
  expect(await lot(bob, auctionId)).toMatchObject({ reserveMet: true, currentPrice: { amount: '20.00' } });
  for (const more of [{ reserve: null }, { endsAt: inHours(70) }, { description: `${input.description} And oiled.` }])
    expect(await refused(more)).toEqual({ code: 'CONFLICT' });
  // No refusal reveals whether there are sealed bids.
  const sealed = await openLot(world, ann, { format: 'SEALED_FIRST_PRICE', reserve: usd(50) });
  const lower = { input: { auctionId: sealed, reserve: usd(20) } };
  const empty = await ann.askForErrors(update, lower);
  await bid(bob, sealed, 60);
  expect((await ann.askForErrors(update, lower))[0]?.message).toBe(empty[0]?.message);
  const over = await openLot(world, ann);
  await moveEnd(world, over, -1);
  expect(await refusal(ann, update, { input: { auctionId: over, endsAt: inHours(70) } })).toEqual({ code: 'CONFLICT' });
});

test('lots are found by words and sorted by title, price, number of bids and end', async () => {
  const house = await world.signUp({ organization: 'House' });
  const ids = new Map<string, string>();
  for (const [title, price, hours] of [
    ['Zebra in Snow', 5, 30],
    ['ähnlich', 20, 20],
    ['Apricot Tree', 10, 40],
  ] as const) {
    const { assetCreate } = await house.ask(
      'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
      { input: { title, kind: 'ART', ownerId: house.organizationId } },
    );
    const assetId = assetCreate.asset.id as string;
    await house.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', {
      input: { assetId },
    });
    await world.settled();
    const { auctionCreate } = await house.ask(create, {
      input: { assetId, startPrice: usd(price), endsAt: inHours(hours), description: 'From a cold country' },
    });
    await openNow(world, house, auctionCreate.auction.id as string);
    ids.set(auctionCreate.auction.id as string, title);
  }
  const list = `query ($sort: [AuctionSort!], $search: String, $after: String, $first: Int, $seller: ID!) {
    auctions(sort: $sort, search: $search, after: $after, first: $first, filter: { sellerId: { eq: $seller } }) {
      nodes { id } pageInfo { endCursor }
    }
  }`;
  const titles = async (variables: object) => {
    const found: (string | undefined)[] = [];
    let after: string | null = null;
    for (let page = 0; page < 4; page++) {
      const { auctions } = await bob.ask(list, { seller: house.organizationId, first: 1, after, ...variables });
      if (auctions.nodes.length === 0) break;
      found.push(ids.get(auctions.nodes[0].id as string));
      after = auctions.pageInfo.endCursor as string;
    }
    return found;
  };
  expect(await titles({ sort: ['TITLE_ASC'] })).toEqual(['ähnlich', 'Apricot Tree', 'Zebra in Snow']);
  expect(await titles({ sort: ['CURRENT_PRICE_DESC'] })).toEqual(['ähnlich', 'Apricot Tree', 'Zebra in Snow']);
  expect(await titles({ sort: ['ENDS_AT_ASC'] })).toEqual(['ähnlich', 'Zebra in Snow', 'Apricot Tree']);
  const [zebra] = [...ids].find(([, title]) => title.startsWith('Zebra'))!;
  await bid(bob, zebra, 50);
  await bid(editor, zebra, 60);
  expect((await titles({ sort: ['BID_COUNT_DESC'] }))[0]).toBe('Zebra in Snow');
  expect((await titles({ sort: ['CURRENT_PRICE_DESC'] }))[0]).toBe('Zebra in Snow');
  const { pageInfo } = (await bob.ask(list, { seller: house.organizationId, first: 1, sort: ['CURRENT_PRICE_DESC'] }))
    .auctions;
  const [order, , id] = JSON.parse(Buffer.from(pageInfo.endCursor as string, 'base64url').toString()) as string[];
  for (const price of [1, '1.5', '1'.repeat(39), null]) {
    const after = Buffer.from(JSON.stringify([order, price, id])).toString('base64url');
    expect(await refusal(bob, list, { seller: house.organizationId, sort: ['CURRENT_PRICE_DESC'], after })).toEqual({
      code: 'INVALID',
      path: 'after',
    });
  }
  expect(await titles({ search: 'apricot country' })).toEqual(['Apricot Tree']);
  expect(await titles({ search: 'SNOW' })).toEqual(['Zebra in Snow']);
  // After a change of the title a lot is found by the new words.
  const { auction } = await house.ask('query ($id: ID!) { auction(id: $id) { asset { id } } }', { id: zebra });
  await world.database.query(`update assets.assets set status = 'PUBLISHED', sale_id = null where id = $1`, [
    auction.asset.id,
  ]);
  await house.ask('mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }', {
    input: { assetId: auction.asset.id, title: 'Quagga in Snow' },
  });
  await world.settled();
  expect(await titles({ search: 'quagga' })).toEqual(['Zebra in Snow']);
});
