import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import { bid, openLot, usd } from './lots.ts';

let world: World;
let ann: Person;
let bob: Person;
let english: string;
let envelope: string;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Fund' });
  english = await openLot(world, ann);
  envelope = await openLot(world, ann, { format: 'SEALED_FIRST_PRICE' });
  await bid(bob, english, '20');
  await bid(bob, english, '30');
  await bid(bob, envelope, '9');
});
afterAll(() => world.close());

const mine = `query ($filter: ViewerBidFilter, $first: Int) {
  viewer { id bids(filter: $filter, first: $first) {
    totalCount pageInfo { hasNextPage }
    nodes { id standing amount { amount } maximum { amount currency } bidder { id } auction { id } retractedAt }
  } }
}`;
const bidsOf = async (client: Client, variables = {}, options = {}) =>
  (await client.ask(mine, variables, options)).viewer.bids;
const standings = ({ nodes }: { nodes: { standing: string }[] }) => nodes.map(({ standing }) => standing);

test('viewers see their own bids, the newest first, including raises and sealed bids with their maxima', async () => {
  const bids = await bidsOf(bob);
  expect(bids).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: false } });
  expect(standings(bids)).toEqual(['SEALED', 'RAISED', 'LEADING']);
  expect(bids.nodes[0]).toMatchObject({ amount: null, maximum: usdOf('9.00'), auction: { id: envelope } });
  expect(bids.nodes[1]).toMatchObject({ amount: null, maximum: usdOf('30.00'), bidder: { id: bob.id } });
  expect(bids.nodes[2]).toMatchObject({ amount: { amount: '1.00' }, maximum: usdOf('20.00') });
  const of = await bidsOf(bob, { filter: { auctionId: { eq: english } }, first: 1 });
  expect([standings(of), of.totalCount, of.pageInfo.hasNextPage]).toEqual([['RAISED'], 2, true]);
});

test('sellers and operators do not see the bids of others, even with a filter by the bidder', async () => {
  const filter = { bidderId: { eq: bob.id } };
  for (const client of [ann, await world.operator()])
    expect(await bidsOf(client, { filter })).toMatchObject({ totalCount: 0, nodes: [] });
  expect((await world.anonymous.ask(mine)).viewer).toBeNull();
  expect((await ann.ask(mine)).viewer.bids.nodes).toEqual([]);
});

test('bids of an organization are visible to members who act for it and may bid for it', async () => {
  const [editor, guest] = [await world.signUp(), await world.signUp()];
  await world.grant(bob.organizationId!, editor, 'EDITOR');
  await world.grant(bob.organizationId!, guest, 'VIEWER');
  const actingFor = bob.organizationId!;
  await bid(bob, english, '77', {}, { actingFor });
  const filter = { bidderId: { eq: actingFor } };
  for (const client of [bob, editor])
    expect((await bidsOf(client, { filter }, { actingFor })).nodes).toMatchObject([{ maximum: usdOf('77.00') }]);
  expect((await bidsOf(bob, {}, { actingFor })).totalCount).toBe(4);
  expect((await bidsOf(bob)).totalCount).toBe(3);
  expect((await bidsOf(guest, { filter }, { actingFor })).nodes).toEqual([]);
});

test('Viewer.bids takes as many statements for many bids as for one', async () => {
  const [one, many] = [
    await world.statements(() => bidsOf(bob, { first: 1 })),
    await world.statements(() => bidsOf(bob, { first: 20 })),
  ];
  expect(many).toHaveLength(one.length);
});

function usdOf(amount: string): object {
  return { ...usd(amount), amount };
}

const shown = `query ($ids: [ID!]!, $first: Int) {
  nodes(ids: $ids) { ... on Actor { id
    auctions(first: $first) { totalCount nodes { id } }
    bids(first: $first) { totalCount nodes { bidder { id } auction { id } maximum { amount } } }
  } }
}`;

test('Actor.auctions and Actor.bids show public lots and visible bids, without raises, sealed bids and maxima', async () => {
  const dora = await world.signUp({ displayName: 'Dora' });
  const lot = await openLot(world, dora);
  await bid(bob, lot, '20');
  const { nodes } = await world.anonymous.ask(shown, { ids: [dora.id, bob.id] });
  expect(nodes[0]).toMatchObject({ auctions: { totalCount: 1, nodes: [{ id: lot }] }, bids: { totalCount: 0 } });
  expect(nodes[1].auctions.totalCount).toBe(0);
  expect(nodes[1].bids).toMatchObject({
    totalCount: 2,
    nodes: [
      { bidder: { id: bob.id }, auction: { id: lot }, maximum: null },
      { bidder: { id: bob.id }, auction: { id: english }, maximum: null },
    ],
  });
  const one = await world.statements(() => world.anonymous.ask(shown, { ids: [bob.id], first: 2 }));
  const three = await world.statements(() => world.anonymous.ask(shown, { ids: [bob.id, ann.id, dora.id], first: 2 }));
  expect(three.length).toBe(one.length);
});
