import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, bidInput, openLot, place } from './lots.ts';

const leave = 'mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { __typename } }';

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'], database: 'postgres' });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
});
afterAll(() => world.close());

/** Keeps the auctions from hearing who joins and leaves, until the answer is called: each fact waits for its consumer's row. */
async function deaf(): Promise<() => Promise<void>> {
  const client = await world.database.pool.connect();
  await client.query('begin');
  const { rows } = (await client.query(
    `select consumer from facts.checkpoints where consumer in ('auction.membersOfOrganizations', 'auction.foundersOfOrganizations') for update`,
  )) as unknown as { rows: unknown[] };
  expect(rows).toHaveLength(2);
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

async function leaves(member: Person): Promise<void> {
  const { viewer } = await member.ask('{ viewer { memberships { id organization { id } } } }');
  const [own] = viewer.memberships.filter(
    ({ organization }: { organization: { id: string } }) => organization.id === ann.organizationId,
  );
  await member.ask(leave, { input: { membershipId: own.id } });
  expect((await member.ask('{ viewer { memberships { id } } }')).viewer.memberships).toEqual([]);
}

test('who leaves the selling organization is barred in the instant before the auctions hear of it, too', async () => {
  const [member, later] = [await world.signUp(), await world.signUp()];
  await world.grant(ann.organizationId!, member, 'EDITOR');
  const auctionId = await openLot(world, ann, {}, ann.organizationId!);
  await world.grant(ann.organizationId!, later, 'GUEST');
  const hear = await deaf();
  try {
    for (const person of [member, later]) await leaves(person);
    expect(await refusal(member, place, bidInput(auctionId, 9))).toEqual({ code: 'FORBIDDEN' });
    // Nobody is barred by what a seller does after the opening, neither as a member nor after it.
    expect((await bid(later, auctionId, 9)).__typename).toBe('BidLeading');
  } finally {
    await hear();
  }
  await world.settled();
  expect(await refusal(member, place, bidInput(auctionId, 20))).toEqual({ code: 'FORBIDDEN' });
  expect((await bid(later, auctionId, 30)).__typename).toBe('BidRaised');
  // Who left before a lot opened is barred from it no more.
  const next = await openLot(world, ann, {}, ann.organizationId!);
  expect((await bid(member, next, 9)).__typename).toBe('BidLeading');
});

test('who has left is remembered as long as a lot of that time is on', async () => {
  const member = await world.signUp();
  await world.grant(ann.organizationId!, member, 'VIEWER');
  const auctionId = await openLot(world, ann, {}, ann.organizationId!);
  await leaves(member);
  await world.settled();
  const rows = () => world.database.query('select 1 from auction.members where actor_id = $1', [member.id]);
  await world.house.sweep();
  expect(await rows()).toHaveLength(1);
  expect(await refusal(member, place, bidInput(auctionId, 9))).toEqual({ code: 'FORBIDDEN' });
  await world.database.query(
    `update auction.auctions set opening_at = now() + interval '1 hour' where status in ('OPENING', 'OPEN')`,
  );
  await world.house.sweep();
  expect(await rows()).toEqual([]);
});
