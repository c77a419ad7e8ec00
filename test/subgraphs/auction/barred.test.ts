import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymous, type ActorSnapshot } from '../../../platform/context/actor.ts';
import { isBarred } from '../../../subgraphs/auction/barred/barred.policy.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import { bid, bidInput, create, inHours, newAsset, openLot, openNow, place, usd } from './lots.ts';

const createService = 'mutation ($input: ServiceCreateInput!) { serviceCreate(input: $input) { service { id } } }';
const createKey = 'mutation ($input: ActorKeyCreateInput!) { actorKeyCreate(input: $input) { key } }';
const onBehalf = 'mutation ($input: SessionActOnBehalfInput!) { sessionActOnBehalf(input: $input) { accessToken } }';

let world: World;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Fund' });
});
afterAll(() => world.close());

async function service(maker: Client, organizationId: string, scopes?: string[]): Promise<Client> {
  const { serviceCreate } = await maker.ask(createService, { input: { organizationId, displayName: 'Bidder' } });
  const { actorKeyCreate } = await maker.ask(createKey, {
    input: { actorId: serviceCreate.service.id, name: 'Key', scopes },
  });
  return world.bearer(actorKeyCreate.key as string);
}

const refused = (client: Client, auctionId: string, amount = 9) => refusal(client, place, bidInput(auctionId, amount));

test('a seller cannot bid through a service of the seller’s organizations, including one founded after the opening', async () => {
  const own = await openLot(world, ann);
  const ofGallery = await openLot(world, ann, {}, ann.organizationId!);
  const gallerys = await service(ann, ann.organizationId!);
  for (const lot of [own, ofGallery]) expect(await refused(gallerys, lot)).toEqual({ code: 'FORBIDDEN' });
  // An organization that the seller founds after the opening.
  const founded = await ann.ask(
    'mutation { organizationCreate(input: { displayName: "Front", organizationKind: COMPANY }) { organization { id } } }',
  );
  await world.settled();
  const fronts = await service(ann, founded.organizationCreate.organization.id as string);
  for (const lot of [own]) expect(await refused(fronts, lot)).toEqual({ code: 'FORBIDDEN' });
  expect((await bid(await service(bob, bob.organizationId!), own, 9)).__typename).toBe('BidLeading');
});

test('members and other services of an organization cannot bid on a lot that its service sells', async () => {
  const peg = await world.signUp({ displayName: 'Peg', organization: 'House' });
  const clerk = await world.signUp({ displayName: 'Clerk' });
  await world.grant(peg.organizationId!, clerk, 'GUEST');
  const seller = await service(peg, peg.organizationId!);
  const auctionId = await openLot(world, seller as Person);
  for (const client of [peg, clerk]) expect(await refused(client, auctionId)).toEqual({ code: 'FORBIDDEN' });
  const [house, other] = [await service(peg, peg.organizationId!), await world.signUp()];
  expect(await refused(house, auctionId)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(peg, place, bidInput(auctionId, 9), { actingFor: peg.organizationId! })).toEqual({
    code: 'FORBIDDEN',
  });
  expect((await bid(other, auctionId, 9)).__typename).toBe('BidLeading');
});

test('a lot stored without the owner of its selling service bars that owner’s members and services as well', async () => {
  const peg = await world.signUp({ displayName: 'Peg', organization: 'House' });
  const clerk = await world.signUp({ displayName: 'Clerk' });
  await world.grant(peg.organizationId!, clerk, 'GUEST');
  const seller = await service(peg, peg.organizationId!);
  const old = await openLot(world, seller as Person);
  // The state of lots from before the owners of sellers were stored.
  const [row] = await world.database.query<{ seller_id: string }>(
    `update auction.auctions set seller_owner_id = null, barred = array[seller_id] where id = $1 returning seller_id`,
    [old],
  );
  // The same state in a lot that an operator creates for the service.
  const operator = await world.operator();
  const assetId = await newAsset(world, seller as Person);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48) };
  const { auctionCreate } = await operator.ask(create, { input });
  const auctionId = auctionCreate.auction.id as string;
  expect(auctionCreate.auction.seller.id).toBe(row?.seller_id);
  await openNow(world, operator, auctionId);
  const [house, other] = [await service(peg, peg.organizationId!), await world.signUp()];
  for (const lot of [old, auctionId]) {
    for (const client of [peg, clerk, house]) expect(await refused(client, lot)).toEqual({ code: 'FORBIDDEN' });
    expect((await bid(other, lot, 9)).__typename).toBe('BidLeading');
  }
});

test('a member of the selling organization at the opening cannot bid on behalf of another actor', async () => {
  const operator = await world.operator();
  const house = await world.signUp({ organization: 'Auction house' });
  await world.grant(house.organizationId!, operator, 'GUEST');
  const auctionId = await openLot(world, house, {}, house.organizationId!);
  const { sessionActOnBehalf } = await operator.ask(onBehalf, { input: { actorId: bob.id, reason: 'by telephone' } });
  const delegate = world.bearer(sessionActOnBehalf.accessToken as string);
  expect(await refused(delegate, auctionId)).toEqual({ code: 'FORBIDDEN' });
  expect((await bid(bob, auctionId, 9)).__typename).toBe('BidLeading');
});

test('a seller cannot bid on behalf of another actor', async () => {
  const operator = await world.operator();
  const auctionId = await openLot(world, operator);
  const { sessionActOnBehalf } = await operator.ask(onBehalf, { input: { actorId: bob.id, reason: 'by telephone' } });
  expect(await refused(world.bearer(sessionActOnBehalf.accessToken as string), auctionId)).toEqual({
    code: 'FORBIDDEN',
  });
  expect((await bid(bob, auctionId, 9)).__typename).toBe('BidLeading');
});

test('a guest added to the selling organization after the opening can bid, an editor cannot', async () => {
  const auctionId = await openLot(world, ann, {}, ann.organizationId!);
  const [rival, partner] = [await world.signUp(), await world.signUp()];
  await world.grant(ann.organizationId!, rival, 'GUEST');
  await world.grant(ann.organizationId!, partner, 'EDITOR');
  expect((await bid(rival, auctionId, 9)).__typename).toBe('BidLeading');
  expect(await refused(partner, auctionId, 50)).toEqual({ code: 'FORBIDDEN' });
  const next = await openLot(world, ann, {}, ann.organizationId!);
  expect(await refused(rival, next)).toEqual({ code: 'FORBIDDEN' });
});

test('a member who leaves the selling organization during its lot stays barred; one who joined after the opening does not', async () => {
  const [member, later] = [await world.signUp(), await world.signUp()];
  await world.grant(ann.organizationId!, member, 'EDITOR');
  const auctionId = await openLot(world, ann, {}, ann.organizationId!);
  await world.grant(ann.organizationId!, later, 'GUEST');
  for (const person of [member, later]) {
    const { viewer } = await person.ask('{ viewer { memberships { id organization { id } } } }');
    const own = viewer.memberships.find(
      ({ organization }: { organization: { id: string } }) => organization.id === ann.organizationId,
    );
    await person.ask('mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { __typename } }', {
      input: { membershipId: own.id },
    });
  }
  await world.settled();
  expect(await refused(member, auctionId)).toEqual({ code: 'FORBIDDEN' });
  expect((await bid(later, auctionId, 9)).__typename).toBe('BidLeading');
});

test('nobody can bid for an organization that the seller founded, even after the opening, while the seller is its member', async () => {
  const auctionId = await openLot(world, ann);
  const carl = await world.signUp({ displayName: 'Carl', organization: 'Rivals' });
  const found =
    'mutation { organizationCreate(input: { displayName: "Late", organizationKind: COMPANY }) { organization { id } } }';
  const late = (await ann.ask(found)).organizationCreate.organization.id as string;
  await world.grant(late, carl, 'OWNER');
  // Joining a rival bars nobody.
  await world.grant(carl.organizationId!, ann, 'EDITOR');
  await world.settled();
  const bidFor = (actingFor: string, amount: number) =>
    refusal(carl, place, bidInput(auctionId, amount), { actingFor });
  expect(await bidFor(late, 9)).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(await service(carl, late), auctionId)).toEqual({ code: 'FORBIDDEN' });
  expect((await bid(carl, auctionId, 9)).__typename).toBe('BidLeading');
  expect((await bid(carl, auctionId, 20, {}, { actingFor: carl.organizationId! })).__typename).toBe('BidLeading');
  const { viewer } = await ann.ask('{ viewer { memberships { id organization { id } } } }');
  const own = viewer.memberships.find(({ organization }: { organization: { id: string } }) => organization.id === late);
  await ann.ask('mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { __typename } }', {
    input: { membershipId: own.id },
  });
  await world.settled();
  expect((await bid(carl, auctionId, 50, {}, { actingFor: late })).__typename).toBe('BidLeading');
});

test('isBarred checks the delegate, the owner, the creator of the key and the memberships behind a bid', () => {
  const lot = { sellerId: 'usr_ann', barred: ['usr_ann', 'org_gallery'], openedAt: new Date(1000) };
  const bidder = (more: Partial<ActorSnapshot>): ActorSnapshot => ({
    ...anonymous(),
    id: 'agt_x',
    kind: 'AGENT',
    ...more,
  });
  const barred = (more: Partial<ActorSnapshot>): boolean => isBarred(lot, bidder(more), 'agt_x');
  expect(barred({})).toBe(false);
  expect(barred({ delegate: 'usr_ann' })).toBe(true);
  expect(barred({ ownerId: 'usr_ann' })).toBe(true);
  expect(barred({ ownerId: 'org_gallery' })).toBe(true);
  expect(barred({ issuer: { id: 'usr_ann', isMember: true } })).toBe(true);
  expect(barred({ ownerId: 'usr_bob', issuer: { id: 'usr_bob', isMember: true } })).toBe(false);
  const member = (role: 'GUEST' | 'EDITOR', since?: number): boolean =>
    isBarred(
      { ...lot, sellerId: 'org_seller' },
      bidder({ memberships: [{ organizationId: 'org_seller', role, ...(since === undefined ? {} : { since }) }] }),
      'agt_x',
    );
  expect([member('GUEST', 999), member('GUEST', 1000), member('EDITOR', 2000), member('GUEST')]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  const told = (times: { since: number; leftAt?: number }, role: 'GUEST' | 'EDITOR' = 'GUEST'): boolean =>
    isBarred({ ...lot, sellerId: 'org_seller', openingAt: new Date(900) }, bidder({}), 'agt_x', {
      founders: [],
      sellerOwnerId: null,
      members: [
        {
          organizationId: 'org_seller',
          role,
          since: new Date(times.since),
          leftAt: times.leftAt === undefined ? null : new Date(times.leftAt),
        },
      ],
    });
  expect([told({ since: 999 }), told({ since: 1000 }), told({ since: 1000 }, 'EDITOR')]).toEqual([true, false, true]);
  expect([
    told({ since: 1, leftAt: 899 }, 'EDITOR'),
    told({ since: 1, leftAt: 900 }),
    told({ since: 1000, leftAt: 2000 }, 'EDITOR'),
  ]).toEqual([false, true, false]);
});
