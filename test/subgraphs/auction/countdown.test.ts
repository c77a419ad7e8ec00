import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type Live, type Person, type World } from '../../testkit/world.ts';
import { bid, cancel, create, end, inHours, moveEnd, newAsset, openLot, usd } from './lots.ts';

const countdown = 'query ($id: ID!) { auction(id: $id) { status phase phaseEndsAt remainingSeconds opensAt endsAt } }';
const live = `subscription ($id: ID!) {
  auctionUpdated(filter: { auctionId: { eq: $id } }) {
    change endsAt auction { status phase phaseEndsAt remainingSeconds opensAt openedAt endsAt endedAt winner { id } }
  }
}`;

let world: World;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  ann = await world.signUp({ displayName: 'Ann' });
  bob = await world.signUp({ displayName: 'Bob' });
});
afterAll(() => world.close());

async function putUp(terms: object = {}): Promise<string> {
  const assetId = await newAsset(world, ann);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48), ...terms };
  return (await ann.ask(create, { input })).auctionCreate.auction.id as string;
}

/** The clock is real, so up to a minute may have passed. */
const near = (seconds: number) => (value: number) => value > seconds - 60 && value <= seconds;
const over = { phaseEndsAt: null, remainingSeconds: 0 };

async function change(stream: Live, expected: string) {
  const { auctionUpdated } = await stream.next();
  expect(auctionUpdated.change).toBe(expected);
  return auctionUpdated.auction;
}

test('a timed auction opens, is extended and closes automatically, and subscribers get its countdown at every step', async () => {
  const auctionId = await putUp({ opensAt: inHours(2), softCloseSeconds: 3600 });
  await using stream = await bob.subscribe(live, { id: auctionId });
  const { auction: before } = await bob.ask(countdown, { id: auctionId });
  expect(before).toMatchObject({ status: 'SCHEDULED', phase: 'UPCOMING', phaseEndsAt: before.opensAt });
  expect(before.remainingSeconds).toSatisfy(near(7200));
  // The opening is due; any fact that may have changed a time wakes the closer.
  await world.database.query(
    `update auction.auctions set opens_at = clock_timestamp() - interval '1 second' where id = $1`,
    [auctionId],
  );
  await putUp();
  expect(await change(stream, 'OPENING')).toMatchObject({ endedAt: null });
  const during = await change(stream, 'OPENED');
  expect(during).toMatchObject({ status: 'OPEN', phase: 'RUNNING', phaseEndsAt: during.endsAt });
  expect(during.openedAt >= during.opensAt).toBe(true);
  expect(during.remainingSeconds).toSatisfy(near(48 * 3600));
  await moveEnd(world, auctionId, 600);
  expect((await bid(bob, auctionId, 5)).__typename).toBe('BidLeading');
  const extended = await change(stream, 'EXTENDED');
  expect(extended).toMatchObject({ status: 'OPEN', phase: 'RUNNING', phaseEndsAt: extended.endsAt });
  expect(extended.remainingSeconds).toSatisfy(near(3600));
  await moveEnd(world, auctionId, -1);
  await putUp();
  const after = await change(stream, 'CLOSED');
  expect(after).toMatchObject({
    status: 'SOLD',
    phase: 'ENDED',
    endedAt: after.endsAt,
    winner: { id: bob.id },
    ...over,
  });
  const [opened, closed] = await world.facts({
    key: auctionId,
    types: ['auction.auction.openRequested', 'auction.auction.closed'],
  });
  expect([opened?.actor, closed?.actor]).toEqual(['svc_auction', 'svc_auction']);
  // For a cancelled lot subscribers learn that the countdown is over.
  const withdrawn = await putUp({ opensAt: inHours(2) });
  await using other = await bob.subscribe(live, { id: withdrawn });
  await ann.ask(cancel, { input: { auctionId: withdrawn, reason: 'Damaged.' } });
  expect(await change(other, 'CANCELLED')).toMatchObject({ status: 'CANCELLED', phase: 'CANCELLED', ...over });
}, 30_000);

test('a lot that its seller opens early waits for its asset, and not for its opening time', async () => {
  const auctionId = await putUp({ opensAt: inHours(2) });
  await using stream = await bob.subscribe(live, { id: auctionId });
  const opening = `mutation ($input: AuctionOpenInput!) {
    auctionOpen(input: $input) { auction { status phase phaseEndsAt remainingSeconds } }
  }`;
  const { auctionOpen } = await ann.ask(opening, { input: { auctionId } });
  expect(auctionOpen.auction).toEqual({ status: 'OPENING', phase: 'UPCOMING', ...over });
  await change(stream, 'OPENING');
  expect(await change(stream, 'OPENED')).toMatchObject({ phase: 'RUNNING' });
});

test('the countdown is correct before, during and after a lot, and for a cancelled one', async () => {
  const at = async (id: string) => (await ann.ask(countdown, { id })).auction;
  const near = (seconds: number) => (value: number) => value > seconds - 60 && value <= seconds;
  const draft = await putUp();
  expect(await at(draft)).toMatchObject({ phase: 'UPCOMING', phaseEndsAt: null, remainingSeconds: 0 });
  const scheduled = await putUp({ opensAt: inHours(2) });
  const before = await at(scheduled);
  expect(before).toMatchObject({ phase: 'UPCOMING', phaseEndsAt: before.opensAt });
  expect(before.remainingSeconds).toSatisfy(near(7200));
  const running = await openLot(world, ann);
  const during = await at(running);
  expect(during).toMatchObject({ phase: 'RUNNING', phaseEndsAt: during.endsAt });
  expect(during.remainingSeconds).toSatisfy(near(48 * 3600));
  for (const id of [scheduled, draft]) {
    await ann.ask(cancel, { input: { auctionId: id, reason: 'No.' } });
    expect(await at(id)).toMatchObject({ phase: 'CANCELLED', phaseEndsAt: null, remainingSeconds: 0 });
  }
  await ann.ask(end, { input: { auctionId: running } });
  expect(await at(running)).toMatchObject({ phase: 'ENDED', phaseEndsAt: null, remainingSeconds: 0 });
  // The phase follows the clock, even if the closer has not run yet.
  const late = await openLot(world, ann);
  world.clock.turn(49 * 3_600_000);
  const after = await at(late);
  world.clock.reset();
  expect(after).toMatchObject({ status: 'OPEN', phase: 'ENDED', phaseEndsAt: null, remainingSeconds: 0 });
});
