import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import { bid, bidInput, openLot, place, retract } from './lots.ts';

const onBehalf = 'mutation ($input: SessionActOnBehalfInput!) { sessionActOnBehalf(input: $input) { accessToken } }';
const createService = 'mutation ($input: ServiceCreateInput!) { serviceCreate(input: $input) { service { id } } }';
const createKey = 'mutation ($input: ActorKeyCreateInput!) { actorKeyCreate(input: $input) { key } }';
const everything = `query ($id: ID!, $sealed: ID!) {
  english: auction(id: $id) { viewerMaximum { amount } bids { maximum { amount } } }
  envelope: auction(id: $sealed) { viewerMaximum { amount } }
  viewer { id bids { totalCount nodes { maximum { amount } } } }
  bidOutcome(idempotencyKey: "too low") { __typename ... on BidTooLow { minimum { amount } } }
  raised: bidOutcome(idempotencyKey: "raised") { __typename ... on BidRaised { maximum { amount } } }
}`;

let world: World;
let bob: Person;
let operator: Person;
let english: string;
let envelope: string;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  const ann = await world.signUp({ displayName: 'Ann' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Fund' });
  operator = await world.operator();
  english = await openLot(world, ann);
  envelope = await openLot(world, ann, { format: 'SEALED_FIRST_PRICE' });
});
afterAll(() => world.close());

/** Bids with amounts that occur nowhere else. */
async function plant(client: Client, options: { actingFor?: string } = {}): Promise<void> {
  const key = (name: string) => (options.actingFor ? {} : { idempotencyKey: name });
  await bid(client, english, '4321.09', {}, options);
  await bid(client, english, '5432.10', key('raised'), options);
  await bid(client, english, '1.50', key('too low'), options);
  await bid(client, envelope, '6543.21', {}, options);
}
const planted = ['4321.09', '5432.1', '6543.21'];

async function reads(client: Client, options = {}): Promise<string[]> {
  // A key with few scopes is refused some of the fields.
  const { data } = await client.answer(everything, { id: english, sealed: envelope }, options);
  expect(data).not.toBeNull();
  const text = JSON.stringify(data);
  return planted.filter((amount) => text.includes(amount));
}

test('an operator on behalf of a bidder can neither read nor probe the bidder’s maxima and sealed bids', async () => {
  await plant(bob);
  expect(await reads(bob)).toEqual(planted);
  const { sessionActOnBehalf } = await operator.ask(onBehalf, { input: { actorId: bob.id, reason: 'support' } });
  const delegate = world.bearer(sessionActOnBehalf.accessToken as string);
  expect(await reads(delegate)).toEqual([]);
  for (const amount of ['2', '5432.10', '9000'])
    expect(await refusal(delegate, place, bidInput(english, amount))).toEqual({ code: 'FORBIDDEN' });
  for (const auctionId of [english, envelope])
    expect(await refusal(delegate, retract, { input: { auctionId, reason: 'WRONG_AMOUNT' } })).toEqual({
      code: 'FORBIDDEN',
    });
  expect(await reads(bob)).toEqual(planted);
});

test('a delegate who placed the leading maximum may raise it, until the bidder raises it', async () => {
  const cleo = await world.signUp({ displayName: 'Cleo' });
  const { sessionActOnBehalf } = await operator.ask(onBehalf, { input: { actorId: cleo.id, reason: 'by telephone' } });
  const delegate = world.bearer(sessionActOnBehalf.accessToken as string);
  const lot = await openLot(world, await world.signUp());
  await bid(delegate, lot, 10);
  expect((await bid(delegate, lot, 20)).__typename).toBe('BidRaised');
  expect(await bid(delegate, lot, 15)).toMatchObject({ __typename: 'BidTooLow', minimum: { amount: '20.01' } });
  await bid(cleo, lot, 30);
  expect(await refusal(delegate, place, bidInput(lot, 40))).toEqual({ code: 'FORBIDDEN' });
});

test('editors of the bidding organization read its maxima and sealed bids, unless they are operators', async () => {
  const organizationId = bob.organizationId!;
  const actingFor = organizationId;
  await plant(bob, { actingFor });
  const colleague = await world.signUp();
  await world.grant(organizationId, colleague, 'EDITOR');
  expect(await reads(colleague, { actingFor })).toEqual(planted);
  await world.grant(organizationId, operator, 'EDITOR');
  expect(await reads(operator, { actingFor })).toEqual([]);
});

test('a key reads maxima and sealed bids only if a member of the organization created it and its scopes allow it', async () => {
  const organizationId = bob.organizationId!;
  const { serviceCreate } = await bob.ask(createService, { input: { organizationId, displayName: 'Bidding desk' } });
  const key = async (maker: Client, scopes?: string[]): Promise<Client> =>
    world.bearer(
      (await maker.ask(createKey, { input: { actorId: serviceCreate.service.id, name: 'Key', scopes } })).actorKeyCreate
        .key as string,
    );
  const [full, scoped, blind, foreign] = [
    await key(bob),
    await key(bob, ['auction.bid.place', 'auction.read', 'identity.read']),
    await key(bob, ['auction.bid.place']),
    await key(bob),
  ];
  english = await openLot(world, await world.signUp());
  envelope = await openLot(world, await world.signUp(), { format: 'SEALED_FIRST_PRICE' });
  await plant(full);
  for (const client of [full, scoped]) expect(await reads(client)).toEqual(planted);
  expect(await reads(blind)).toEqual([]);
  // A key created by a non-member can neither read nor probe them.
  await world.database.query('update identity.actor_keys set issued_by = $1', [(await world.signUp()).id]);
  expect(await reads(foreign)).toEqual([]);
  expect(await refusal(foreign, place, bidInput(english, 9000))).toEqual({ code: 'FORBIDDEN' });
});
