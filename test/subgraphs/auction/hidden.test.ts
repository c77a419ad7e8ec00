import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type Client, type Live, type Person, type World } from '../../testkit/world.ts';
import { bid, bidInput, end, inHours, openLot, place, retract, usd } from './lots.ts';

let world: World;
let ann: Person;
let bob: Person;
let cleo: Person;
let operator: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Fund' });
  cleo = await world.signUp({ displayName: 'Cleo' });
  operator = await world.operator();
});
afterAll(() => world.close());

const everything = `query ($id: ID!) {
  auction(id: $id) {
    id status bidCount hasReserve reserveMet endsAt endedAt openedAt termsVersion remainingSeconds createdAt
    currentPrice { amount minor } minimumBid { amount minor } buyNowPrice { amount } startPrice { amount } leader { id } winner { id }
    viewerMaximum { amount minor }
    bids(first: 100) { id number standing amount { amount minor } maximum { amount minor } placedAt bidder { id } }
    priceSeries { ticks { placedAt price { amount minor } } candles { bidCount high { amount minor } } }
  }
  auctions(sort: [BID_COUNT_DESC]) { totalCount nodes { id bidCount leader { id } } edges { cursor } }
  bids(filter: { auctionId: { eq: $id } }) { totalCount edges { cursor } nodes { id maximum { minor } amount { minor } } }
  bidAggregate(filter: { auctionId: { eq: $id } }, groupBy: [BIDDER, STANDING]) { rows { count standing bidder { id } amountSum { minor amount } amountMin { minor } amountMax { minor amount } amountAverage { minor amount } } }
  auctionAggregate(groupBy: [ASSET]) { rows { count asset { id } hammerPriceSum { minor amount } hammerPriceMax { minor } } }
}`;
const streams = [
  'subscription { bidPlaced { cursor sequence standing price { minor amount } minimumBid { minor } bidCount bid { amount { minor } maximum { minor } } auction { currentPrice { minor } bidCount endsAt } } }',
  'subscription { auctionUpdated { cursor sequence change endsAt price { minor amount } auction { currentPrice { minor } bidCount endsAt } } }',
  'subscription { auctionClosing(within: 86400) { auctions { id bidCount endsAt currentPrice { minor } } } }',
];

/** Everything that a client sees of a lot, without the values that change with the clock. */
async function seen(client: Client, id: string): Promise<string> {
  const text = JSON.stringify(await client.ask(everything, { id }));
  return text.replace(/"remainingSeconds":\d+/g, '').replace(/"asOf":"[^"]+"/g, '');
}

/** Everything that has been published so far: events of streams, facts and log lines. */
async function left(lives: Live[]): Promise<string> {
  await world.settled();
  const rows = await world.database.query('select * from facts.log');
  return JSON.stringify([lives.map((live) => live.pending()), rows, world.log]);
}

/** The forms in which an amount could be written. */
const written = (amount: string): string[] => [amount, amount.replace('.', '')];

test('no answer, event, fact, log line or error reveals a hidden maximum, a sealed bid or a reserve to others', async () => {
  const planted = ['7351.13', '7919.17', '8123.19', '6857.29', '9311.31', '8677.37'];
  const [maximum, raise, lower, sealed, reserve, refused] = planted as [string, string, string, string, string, string];
  const others: Client[] = [world.anonymous, ann, cleo, operator];
  const lives = [];
  for (const client of others) for (const stream of streams) lives.push(await client.subscribe(stream));

  const english = await openLot(world, ann, { reserve: usd(reserve), endsAt: inHours(20) });
  const envelope = await openLot(world, ann, {
    format: 'SEALED_SECOND_PRICE',
    reserve: usd('5000'),
    endsAt: inHours(20),
  });
  const answers: unknown[] = [];
  const note = async (client: Client, id: string, amount: string | number) =>
    answers.push(await bid(client, id, amount));
  await bid(bob, english, maximum);
  await note(cleo, english, 50);
  await bid(bob, english, raise);
  await note(cleo, english, 60);
  await note(cleo, english, '1.10');
  await bid(bob, envelope, sealed);
  await note(cleo, envelope, 9);
  // The refusals of the seller, the operator and a bid in another currency must reveal nothing.
  for (const client of [ann, operator]) answers.push(await client.answer(place, bidInput(english, 70)));
  answers.push(await cleo.answer(place, bidInput(english, 70, { amount: { amount: '70', currency: 'EUR' } })));
  // A bid that fails with a database error: its log line must not contain the amount.
  await world.database.query(
    `alter table auction.bids add constraint odd check (maximum <> ${refused.replace('.', '')})`,
  );
  expect((await bob.answer(place, bidInput(english, refused))).errors).toHaveLength(1);
  await world.database.query('alter table auction.bids drop constraint odd');
  const dave = await world.signUp();
  await bid(dave, english, lower);
  // The bid is binding, and the refusal of its retraction must reveal nothing either.
  answers.push(await dave.answer(retract, { input: { auctionId: english, reason: 'WRONG_AMOUNT' } }));

  const views = [];
  for (const client of others) for (const id of [english, envelope]) views.push(await seen(client, id));
  await ann.ask(end, { input: { auctionId: envelope } });
  for (const client of others) views.push(await seen(client, envelope));
  const out = views.join() + JSON.stringify(answers) + (await left(lives));
  for (const live of lives) await live.close();
  for (const amount of planted)
    for (const text of written(amount)) expect(out.includes(text), `${amount} came out as ${text}`).toBe(false);
  // The bidder does see it.
  expect(await seen(bob, english)).toContain(raise);
});

test('raises, sealed bids and their retraction change no answer for others, and cause no event and no fact', async () => {
  const english = await openLot(world, ann, { softCloseSeconds: 3600, endsAt: inHours(0.9) });
  const envelope = await openLot(world, ann, { format: 'SEALED_FIRST_PRICE', endsAt: inHours(13) });
  await bid(bob, english, 50);
  await world.settled();
  const lives = [];
  for (const stream of streams) lives.push(await cleo.subscribe(stream));
  await lives[2]?.next();
  const looks = async () => [await seen(cleo, english), await seen(cleo, envelope), await seen(ann, english)];
  const before = await looks();
  const facts = (await world.facts()).length;
  const sequence = world.house.hub.position;

  for (const amount of [60, 70]) expect((await bid(bob, english, amount)).__typename).toBe('BidRaised');
  for (const amount of [5, 9]) expect((await bid(bob, envelope, amount)).__typename).toBe('BidSealed');
  expect(
    (await bob.ask(retract, { input: { auctionId: envelope, reason: 'WRONG_AMOUNT' } })).bidRetract.retractedCount,
  ).toBe(2);

  expect(await looks()).toEqual(before);
  expect((await world.facts()).length).toBe(facts);
  expect(world.house.hub.position).toBe(sequence);
  // A visible bid follows: an event caused by the hidden ones would arrive before it.
  await bid(cleo, english, 2);
  expect((await lives[0]!.next()).bidPlaced.bidCount).toBe(2);
  expect(lives.map((live) => live.pending().length)).toEqual([0, 1, expect.any(Number)]);
  for (const live of lives) await live.close();
});

test('members who may bid for an organization see its maximum; its other members, the seller and operators do not', async () => {
  const [editor, guest] = [await world.signUp(), await world.signUp()];
  await world.grant(bob.organizationId!, editor, 'EDITOR');
  await world.grant(bob.organizationId!, guest, 'VIEWER');
  const auctionId = await openLot(world, ann);
  const actingFor = bob.organizationId!;
  await bid(bob, auctionId, 77, {}, { actingFor });
  const query = 'query ($id: ID!) { auction(id: $id) { bids { maximum { amount } } viewerMaximum { amount } } }';
  const maxima = async (client: Client, options = {}) => {
    const { auction } = await client.ask(query, { id: auctionId }, options);
    return [auction.bids[0].maximum?.amount ?? null, auction.viewerMaximum?.amount ?? null];
  };
  expect(await maxima(bob, { actingFor })).toEqual(['77.00', '77.00']);
  expect(await maxima(editor, { actingFor })).toEqual(['77.00', '77.00']);
  expect(await maxima(bob)).toEqual(['77.00', null]);
  for (const client of [guest, ann, cleo, operator, world.anonymous])
    expect(await maxima(client)).toEqual([null, null]);
  expect(await maxima(guest, { actingFor })).toEqual([null, null]);
});
