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

/** Blocks the reactions to members and founders by locking their checkpoints, until the returned function is called. */
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

test('a member who leaves the selling organization is barred even before the auction OS has handled the fact', async () => {
  const [member, later] = [await world.signUp(), await world.signUp()];
  await world.grant(ann.organizationId!, member, 'EDITOR');
  const auctionId = await openLot(world, ann, {}, ann.organizationId!);
  await world.grant(ann.organizationId!, later, 'GUEST');
  const hear = await deaf();
  try {
    for (const person of [member, later]) await leaves(person);
    expect(await refusal(member, place, bidInput(auctionId, 9))).toEqual({ code: 'FORBIDDEN' });
    // A member who joined after the opening is not barred, and neither is a former one.
    expect((await bid(later, auctionId, 9)).__typename).toBe('BidLeading');
  } finally {
    await hear();
  }
  await world.settled();
  expect(await refusal(member, place, bidInput(auctionId, 20))).toEqual({ code: 'FORBIDDEN' });
  expect((await bid(later, auctionId, 30)).__typename).toBe('BidRaised');
  // A member who left before the opening is not barred.
  const next = await openLot(world, ann, {}, ann.organizationId!);
  expect((await bid(member, next, 9)).__typename).toBe('BidLeading');
});

test('a former member is stored as long as a lot that opened during the membership is open', async () => {
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
