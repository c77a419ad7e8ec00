import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, cancel, create, end, inHours, lot, moveEnd, newAsset, open, openLot, openNow, usd } from './lots.ts';

const update = `mutation ($input: AuctionUpdateInput!) {
  auctionUpdate(input: $input) { auction { id termsVersion description softCloseSeconds startPrice { amount } buyNowPrice { amount } endsAt } }
}`;
const list = `query ($filter: AuctionFilter, $sort: [AuctionSort!], $first: Int) {
  auctions(filter: $filter, sort: $sort, first: $first) {
    totalCount nodes {
      id status format bidCount currentPrice { amount minor currency } minimumBid { amount } asset { title } seller { displayName }
      viewerMaximum { amount } viewerWatches bids(first: 3) { number amount { amount } } priceSeries { ticks { price { amount } } }
    }
  }
}`;

let world: World;
let ann: Person;
let gallery: string;
let editor: Person;
let viewer: Person;
let stranger: Person;
let far: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  gallery = ann.organizationId ?? '';
  editor = await world.signUp({ displayName: 'Ed' });
  viewer = await world.signUp({ displayName: 'Vera' });
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
  await world.grant(gallery, editor, 'EDITOR');
  await world.grant(gallery, viewer, 'VIEWER');
  far = await world.inUniverse('other').operator();
});
afterAll(() => world.close());

describe('auctionCreate', () => {
  test('an editor of an asset’s owner puts it up for auction, as a draft with the owner as seller', async () => {
    const assetId = await newAsset(world, ann, gallery);
    const endsAt = inHours(24);
    const { auctionCreate } = await editor.ask(create, { input: { assetId, startPrice: usd('100.00'), endsAt } });
    expect(auctionCreate.auction).toMatchObject({
      status: 'DRAFT',
      format: 'ENGLISH',
      termsVersion: 1,
      currency: 'USD',
      endsAt,
      seller: { id: gallery },
      asset: { id: assetId, title: expect.stringContaining('Lot') },
    });
    expect(await world.facts({ key: auctionCreate.auction.id })).toMatchObject([
      {
        type: 'auction.auction.created',
        actor: editor.id,
        payload: { assetId, sellerId: gallery, status: 'DRAFT', isAnnounced: false },
      },
    ]);
    expect(await lot(ann, auctionCreate.auction.id)).toMatchObject({
      bidCount: 0,
      currentPrice: { amount: '100.00' },
      minimumBid: { amount: '100.00' },
      leader: null,
      hasReserve: false,
      reserveMet: null,
    });
  });

  test('is refused to everyone else, with NOT_FOUND for an asset that they cannot see', async () => {
    const assetId = await newAsset(world, ann, gallery);
    const input = { assetId, startPrice: usd(1), endsAt: inHours(24) };
    expect(await refusal(world.anonymous, create, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    for (const client of [viewer, stranger])
      expect(await refusal(client, create, { input })).toEqual({ code: 'FORBIDDEN', path: 'input.assetId' });
    expect(await refusal(far, create, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    const draft = await ann.ask('mutation { assetCreate(input: { title: "Draft", kind: ART }) { asset { id } } }');
    await world.settled();
    const hidden = { ...input, assetId: draft.assetCreate.asset.id };
    expect(await refusal(stranger, create, { input: hidden })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    await ann.ask(create, { input: hidden });
  });

  test('an archived asset cannot be put up for auction', async () => {
    const assetId = await newAsset(world, ann);
    await ann.ask('mutation ($input: AssetArchiveInput!) { assetArchive(input: $input) { asset { id } } }', {
      input: { assetId },
    });
    await world.settled();
    const input = { assetId, startPrice: usd(1), endsAt: inHours(24) };
    expect(await refusal(ann, create, { input })).toEqual({ code: 'CONFLICT', path: 'input.assetId' });
  });

  test.each([
    [{ startPrice: usd('0') }, 'startPrice.amount'],
    [{ startPrice: usd('1.001') }, 'startPrice.amount'],
    [{ reserve: usd('0.50') }, 'reserve'],
    [{ reserve: { amount: '5', currency: 'EUR' } }, 'reserve.currency'],
    [{ reserve: usd(50), buyNowPrice: usd(49) }, 'buyNowPrice'],
    [{ endsAt: inHours(-1) }, 'endsAt'],
    [{ endsAt: inHours(24 * 401) }, 'endsAt'],
    [{ softCloseSeconds: 3601 }, 'softCloseSeconds'],
    [{ increments: [{ from: '1', step: '1' }] }, 'increments'],
    [{ increments: Array.from({ length: 31 }, (_, n) => ({ from: String(n), step: '1' })) }, 'increments'],
    [{ format: 'DUTCH' }, 'dutch'],
    [{ dutch: { floorPrice: usd(1), priceStep: usd(1), stepSeconds: 1 } }, 'dutch'],
    [{ format: 'DUTCH', dutch: { floorPrice: usd(2), priceStep: usd(1), stepSeconds: 1 } }, 'dutch'],
    [{ format: 'DUTCH', reserve: usd(2), dutch: { floorPrice: usd(1), priceStep: usd(1), stepSeconds: 1 } }, 'reserve'],
    [{ format: 'SEALED_FIRST_PRICE', buyNowPrice: usd(10) }, 'buyNowPrice'],
    [{ format: 'SEALED_FIRST_PRICE', softCloseSeconds: 60 }, 'softCloseSeconds'],
    [{ description: 'x'.repeat(5001) }, 'description'],
    [{ assetId: 'auc_01h455vb4pex5vsknk084sn02q' }, 'assetId'],
  ])('invalid terms are INVALID with their path (%#)', async (terms, path) => {
    const assetId = await newAsset(world, ann);
    const input = { assetId, startPrice: usd(1), endsAt: inHours(24), ...terms };
    expect(await refusal(ann, create, { input })).toEqual({ code: 'INVALID', path: `input.${path}` });
  });

  test('a repeated idempotency key returns the same lot, and is CONFLICT with another input', async () => {
    const assetId = await newAsset(world, ann);
    const input = { assetId, startPrice: usd(1), endsAt: inHours(24), idempotencyKey: 'lot once' };
    const first = await ann.ask(create, { input });
    expect((await ann.ask(create, { input })).auctionCreate.auction.id).toBe(first.auctionCreate.auction.id);
    expect(await refusal(ann, create, { input: { ...input, startPrice: usd(2) } })).toMatchObject({ code: 'CONFLICT' });
  });
});

describe('auctionUpdate', () => {
  test('changes the given fields, increments the version, and refuses another start price once the lot is open', async () => {
    const assetId = await newAsset(world, ann);
    const { auctionCreate } = await ann.ask(create, {
      input: { assetId, startPrice: usd(1), buyNowPrice: usd(90), endsAt: inHours(24) },
    });
    const auctionId = auctionCreate.auction.id;
    const input = { auctionId, startPrice: usd(5), buyNowPrice: null, softCloseSeconds: 60, description: 'Signed.' };
    const { auctionUpdate } = await ann.ask(update, { input: { ...input, ifVersion: 1 } });
    expect(auctionUpdate.auction).toMatchObject({
      termsVersion: 2,
      startPrice: { amount: '5.00' },
      buyNowPrice: null,
      softCloseSeconds: 60,
      description: 'Signed.',
    });
    expect((await ann.ask(update, { input })).auctionUpdate.auction.termsVersion).toBe(2);
    expect(await refusal(ann, update, { input: { ...input, ifVersion: 1 } })).toMatchObject({ code: 'CONFLICT' });
    expect(await refusal(ann, update, { input: { auctionId, startPrice: null } })).toMatchObject({ code: 'INVALID' });
    // Others must not learn that a draft exists.
    expect(await refusal(stranger, update, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.auctionId' });
    expect(await refusal(far, update, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.auctionId' });
    await openNow(world, ann, auctionId);
    expect(await refusal(stranger, update, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(ann, update, { input: { auctionId, startPrice: usd(6) } })).toEqual({
      code: 'CONFLICT',
      path: 'input.startPrice',
    });
  });
});

describe('auctionOpen', () => {
  test('an asset is in at most one open auction', async () => {
    const assetId = await newAsset(world, ann);
    const input = { assetId, startPrice: usd(1), endsAt: inHours(24) };
    const [first, second] = [await ann.ask(create, { input }), await ann.ask(create, { input })].map(
      ({ auctionCreate }) => auctionCreate.auction.id as string,
    );
    await openNow(world, ann, first!);
    expect((await ann.ask(open, { input: { auctionId: first } })).auctionOpen.auction.status).toBe('OPEN');
    expect(await refusal(ann, open, { input: { auctionId: second } })).toEqual({ code: 'CONFLICT' });
    await ann.ask(end, { input: { auctionId: first } });
    await world.settled();
    await openNow(world, ann, second!);
    const asset = 'query ($id: ID!) { asset(id: $id) { id openAuction { id } } }';
    expect((await world.anonymous.ask(asset, { id: assetId })).asset.openAuction.id).toBe(second);
  });

  test('is refused to others, after the end, and for an archived asset', async () => {
    const assetId = await newAsset(world, ann);
    const { auctionCreate } = await ann.ask(create, { input: { assetId, startPrice: usd(1), endsAt: inHours(24) } });
    const input = { auctionId: auctionCreate.auction.id };
    for (const client of [viewer, stranger])
      expect(await refusal(client, open, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.auctionId' });
    expect(await refusal(far, open, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.auctionId' });
    await moveEnd(world, input.auctionId, -1);
    expect(await refusal(ann, open, { input })).toEqual({ code: 'CONFLICT' });
    await moveEnd(world, input.auctionId, 60);
    await ann.ask('mutation ($input: AssetArchiveInput!) { assetArchive(input: $input) { asset { id } } }', {
      input: { assetId },
    });
    await world.settled();
    expect(await refusal(ann, open, { input })).toEqual({ code: 'CONFLICT' });
  });
});

describe('auctionCancel', () => {
  const input = (auctionId: string) => ({ input: { auctionId, reason: 'Damaged.' } });

  test('cancels a lot, but not one with bids in the last twelve hours', async () => {
    const [early, late, untouched] = [
      await openLot(world, ann),
      await openLot(world, ann, { endsAt: inHours(11) }),
      await openLot(world, ann, { endsAt: inHours(11) }),
    ];
    for (const id of [early, late]) await bid(stranger, id, 5);
    expect(await refusal(stranger, cancel, input(early))).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(far, cancel, input(early))).toEqual({ code: 'NOT_FOUND', path: 'input.auctionId' });
    expect((await ann.ask(cancel, input(early))).auctionCancel.auction.status).toBe('CANCELLED');
    expect((await ann.ask(cancel, input(early))).auctionCancel.auction.status).toBe('CANCELLED');
    expect(await refusal(ann, cancel, input(late))).toEqual({ code: 'CONFLICT' });
    expect((await ann.ask(cancel, input(untouched))).auctionCancel.auction.status).toBe('CANCELLED');
    expect(await bid(stranger, early, 50)).toMatchObject({ __typename: 'BidLate', status: 'CANCELLED' });
    expect(await refusal(ann, end, { input: { auctionId: early } })).toEqual({ code: 'CONFLICT' });
  });
});

describe('auctionEnd', () => {
  test('sells to the highest bidder; repeating it changes nothing', async () => {
    const auctionId = await openLot(world, ann);
    await bid(stranger, auctionId, 50);
    await bid(editor, auctionId, 30);
    expect(await refusal(stranger, end, { input: { auctionId } })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(far, end, { input: { auctionId } })).toEqual({ code: 'NOT_FOUND', path: 'input.auctionId' });
    for (let n = 0; n < 2; n++) {
      const { auctionEnd } = await ann.ask(end, { input: { auctionId } });
      expect(auctionEnd.auction).toMatchObject({
        status: 'SOLD',
        winner: { id: stranger.id },
        currentPrice: { amount: '31.00' },
      });
    }
    const closed = await world.facts({ key: auctionId, types: ['auction.auction.closed'] });
    expect(closed.map(({ payload }) => payload)).toMatchObject([
      { status: 'SOLD', winnerId: stranger.id, price: { minor: '3100', currency: 'USD' } },
    ]);
    expect(await refusal(ann, cancel, { input: { auctionId, reason: 'No.' } })).toEqual({ code: 'CONFLICT' });
  });

  test('closes a lot below its reserve as unsold', async () => {
    const auctionId = await openLot(world, ann, { reserve: usd(100) });
    await bid(stranger, auctionId, 99);
    expect(await lot(world.anonymous, auctionId)).toMatchObject({ hasReserve: true, reserveMet: false });
    const { auctionEnd } = await ann.ask(end, { input: { auctionId } });
    expect(auctionEnd.auction).toMatchObject({ status: 'UNSOLD', winner: null });
  });
});

describe('auctions', () => {
  test('lists, filters and counts lots for all viewers of a universe', async () => {
    const house = await world.signUp({ organization: 'House' });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++)
      ids.push(await openLot(world, house, { endsAt: inHours(30 - n) }, house.organizationId!));
    await bid(stranger, ids[1]!, 9);
    const filter = { sellerId: { eq: house.organizationId }, status: { eq: 'OPEN' } };
    const byEnd = await world.anonymous.ask(list, { filter, sort: ['ENDS_AT_ASC'], first: 5 });
    expect(byEnd.auctions.nodes.map(({ id }: { id: string }) => id)).toEqual([...ids].reverse());
    const byBids = await stranger.ask(list, { filter, sort: ['BID_COUNT_DESC'], first: 1 });
    expect(byBids.auctions).toMatchObject({
      totalCount: 3,
      nodes: [
        {
          id: ids[1],
          currentPrice: { amount: '1.00', minor: '100', currency: 'USD' },
          seller: { displayName: 'House' },
          viewerMaximum: { amount: '9.00' },
          viewerWatches: false,
          bids: [{ number: 1, amount: { amount: '1.00' } }],
        },
      ],
    });
    expect((await far.ask(list, { filter: {}, first: 5 })).auctions.totalCount).toBe(0);
    expect((await far.ask('query ($id: ID!) { auction(id: $id) { id } }', { id: ids[0] })).auction).toBeNull();
    const aggregate = `query ($filter: AuctionFilter) {
      auctionAggregate(filter: $filter, groupBy: [SELLER, STATUS, FORMAT]) { rows { count status format seller { displayName } } }
    }`;
    expect((await ann.ask(aggregate, { filter })).auctionAggregate.rows).toEqual([
      { count: 3, status: 'OPEN', format: 'ENGLISH', seller: { displayName: 'House' } },
    ]);
    expect((await far.ask(aggregate, { filter })).auctionAggregate.rows).toEqual([]);
  });

  test('takes as many statements for many lots as for one', async () => {
    const counts = [];
    for (const first of [1, 20])
      counts.push((await world.statements(() => stranger.ask(list, { filter: {}, first }))).length);
    // Lots, total, own maxima, watches, bids, prices; assets and sellers in the OSes that own them.
    expect(counts).toEqual([8, 8]);
  });
});

describe('auctionWatch', () => {
  const watch =
    'mutation ($input: AuctionWatchInput!) { auctionWatch(input: $input) { auctionWatch { id } auction { id viewerWatches } } }';
  const unwatch =
    'mutation ($input: AuctionUnwatchInput!) { auctionUnwatch(input: $input) { auction { id viewerWatches } } }';
  const mine = 'query { viewer { auctionWatches { totalCount nodes { id createdAt auction { id } } } } }';

  test('watching a lot twice is one watch, which nobody else sees', async () => {
    const auctionId = await openLot(world, ann);
    const watched = (await stranger.ask(watch, { input: { auctionId } })).auctionWatch;
    expect(watched.auction.viewerWatches).toBe(true);
    expect((await stranger.ask(watch, { input: { auctionId } })).auctionWatch).toEqual(watched);
    const { auctionWatches } = (await stranger.ask(mine)).viewer;
    expect(auctionWatches).toMatchObject({
      totalCount: 1,
      nodes: [{ id: watched.auctionWatch.id, auction: { id: auctionId } }],
    });
    expect((await ann.ask(mine)).viewer.auctionWatches.totalCount).toBe(0);
    expect((await world.anonymous.ask(mine)).viewer).toBeNull();
    const { id } = auctionWatches.nodes[0];
    const one = 'query ($id: ID!) { node(id: $id) { id } auctionWatch(id: $id) { id createdAt auction { id } } }';
    expect(await stranger.ask(one, { id })).toEqual({ node: { id }, auctionWatch: auctionWatches.nodes[0] });
    expect(await ann.ask(one, { id })).toEqual({ node: null, auctionWatch: null });
    const byId = 'query ($id: ID!) { auctionWatch(id: $id) { id } }';
    expect(await refusal(world.anonymous, byId, { id })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(stranger, byId, { id: auctionId })).toEqual({ code: 'INVALID', path: 'id' });
    expect(await refusal(world.anonymous, watch, { input: { auctionId } })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(far, watch, { input: { auctionId } })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(far, unwatch, { input: { auctionId } })).toMatchObject({ code: 'NOT_FOUND' });
    expect((await stranger.ask(unwatch, { input: { auctionId } })).auctionUnwatch.auction.viewerWatches).toBe(false);
    expect((await stranger.ask(mine)).viewer.auctionWatches.totalCount).toBe(0);
    expect((await stranger.ask(byId, { id })).auctionWatch).toBeNull();
  });
});
