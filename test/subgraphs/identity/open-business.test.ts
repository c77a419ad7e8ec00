import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const close = 'mutation { userClose(input: {}) { user { id } } }';
const blockers = '{ viewer { closeBlockers { code subjectId message } } }';
const status = 'query ($id: ID!) { auction(id: $id) { status leader { id displayName } } }';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

async function published(owner: Person): Promise<string> {
  const { assetCreate } = await owner.ask(
    'mutation { assetCreate(input: { title: "A", kind: ART }) { asset { id } } }',
  );
  const id = assetCreate.asset.id as string;
  await owner.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id });
  return id;
}

/** A lot of the seller's that is open for two days. */
async function lotOf(seller: Person, assetId: string): Promise<string> {
  await world.settled();
  const endsAt = new Date(Date.now() + 2 * 24 * 3_600_000).toISOString();
  const { auctionCreate } = await seller.ask(
    'mutation ($input: AuctionCreateInput!) { auctionCreate(input: $input) { auction { id } } }',
    { input: { assetId, startPrice: { amount: '100.00', currency: 'EUR' }, endsAt } },
  );
  const id = auctionCreate.auction.id as string;
  await seller.ask('mutation ($id: ID!) { auctionOpen(input: { auctionId: $id }) { auction { id } } }', { id });
  await world.settled();
  return id;
}

async function bid(bidder: Person, auctionId: string, amount: string): Promise<void> {
  const { bidPlace } = await bidder.ask(
    'mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { outcome { __typename } } }',
    { input: { auctionId, amount: { amount, currency: 'EUR' }, idempotencyKey: randomUUID() } },
  );
  expect(bidPlace.outcome.__typename).toBe('BidLeading');
  await world.settled();
}

const blockersOf = async (person: Person): Promise<[string, string][]> => {
  const { viewer } = await person.ask(blockers);
  return viewer.closeBlockers.map((each: { code: string; subjectId: string }) => [each.code, each.subjectId]);
};

async function offered(from: Person, toId: string): Promise<{ transferId: string; assetId: string }> {
  const assetId = await published(from);
  const { assetTransfer } = await from.ask(
    'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }',
    { input: { assetId, receiverId: toId } },
  );
  await world.settled();
  return { transferId: assetTransfer.transfer.id as string, assetId };
}

const statusOf = async (assetId: string): Promise<string> => {
  const [row] = await world.database.query<{ status: string }>('select status from assets.assets where id = $1', [
    assetId,
  ]);
  return row?.status ?? 'none';
};

describe('obligations keep an account from being closed', () => {
  test('an open lot for its seller and its leader, until it ends', async () => {
    const [seller, first, second] = [await world.signUp(), await world.signUp(), await world.signUp()];
    const lot = await lotOf(seller, await published(seller));
    expect(await blockersOf(seller)).toEqual([['sells_lot', lot]]);
    await bid(first, lot, '200.00');
    expect(await blockersOf(first)).toEqual([['leads_lot', lot]]);
    const [error] = await first.askForErrors(close);
    expect(error?.extensions).toMatchObject({
      code: 'CONFLICT',
      issues: [{ path: ['auctions', lot], code: 'leads_lot' }],
    });
    expect((await seller.askForErrors(close))[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      issues: [{ path: ['auctions', lot], code: 'sells_lot' }],
    });
    await bid(second, lot, '300.00');
    expect(await blockersOf(first)).toEqual([]);
    expect(await blockersOf(second)).toEqual([['leads_lot', lot]]);
    await seller.ask(
      'mutation ($id: ID!) { auctionCancel(input: { auctionId: $id, reason: "withdrawn" }) { auction { id } } }',
      { id: lot },
    );
    await world.settled();
    for (const person of [seller, second]) {
      expect(await blockersOf(person)).toEqual([]);
      await person.ask(close);
    }
  });

  test('an unsettled sale, for its buyer and its seller', async () => {
    const [seller, buyer] = [await world.signUp(), await world.signUp()];
    const lot = await lotOf(seller, await published(seller));
    await bid(buyer, lot, '200.00');
    await seller.ask('mutation ($id: ID!) { auctionEnd(input: { auctionId: $id }) { auction { id } } }', { id: lot });
    await world.settled();
    expect(await blockersOf(seller)).toEqual([['is_owed_for_lot', lot]]);
    expect(await blockersOf(buyer)).toEqual([['owes_for_lot', lot]]);
    await seller.ask('mutation ($id: ID!) { auctionSettle(input: { auctionId: $id }) { auction { id } } }', {
      id: lot,
    });
    await world.settled();
    expect([...(await blockersOf(seller)), ...(await blockersOf(buyer))]).toEqual([]);
  });

  test('a pending transfer by the person; transfers to the person are declined', async () => {
    const [eva, bob] = [await world.signUp(), await world.signUp()];
    const own = await offered(eva, bob.id);
    const theirs = await offered(bob, eva.id);
    expect(await blockersOf(eva)).toEqual([['offers_asset', own.transferId]]);
    await eva.ask('mutation ($id: ID!) { assetTransferCancel(input: { transferId: $id }) { transfer { id } } }', {
      id: own.transferId,
    });
    await world.settled();
    await eva.ask(close);
    await world.settled();
    const { viewer } = await bob.ask('{ viewer { assetTransfers { nodes { id status } } } }');
    expect(viewer.assetTransfers.nodes).toContainEqual({ id: theirs.transferId, status: 'DECLINED' });
    expect([await statusOf(own.assetId), await statusOf(theirs.assetId)]).toEqual(['ARCHIVED', 'PUBLISHED']);
  });

  test('obligations of the person’s agents count, and an organization that would be left without an owner', async () => {
    const eva = await world.signUp({ organization: 'Last' });
    const { agentCreate } = await eva.ask('mutation { agentCreate(input: { displayName: "A" }) { agent { id } } }');
    await world.database.query(
      `insert into identity.open_business (id, universe_id, created_at, updated_at, actor_id, kind, subject_id)
      values ('obs_1', 'main', now(), now(), $1, 'LEADS_LOT', 'auc_1')`,
      [agentCreate.agent.id],
    );
    expect(await blockersOf(eva)).toEqual([
      ['leads_lot', 'auc_1'],
      ['last_owner', eva.organizationId],
    ]);
    expect((await eva.askForErrors(close))[0]?.extensions.issues).toHaveLength(2);
  });

  test('obligations of an organization', async () => {
    const eva = await world.signUp({ organization: 'House' });
    await world.database.query(
      `insert into identity.open_business (id, universe_id, created_at, updated_at, actor_id, kind, subject_id)
      values ('obs_2', 'main', now(), now(), $1, 'LEADS_LOT', 'auc_2')`,
      [eva.organizationId],
    );
    const ask = 'mutation ($id: ID!) { organizationClose(input: { organizationId: $id }) { organization { id } } }';
    const [error] = await eva.askForErrors(ask, { id: eva.organizationId });
    expect(error?.extensions.issues).toMatchObject([{ path: ['auctions', 'auc_2'], code: 'leads_lot' }]);
  });
});

describe('after closing', () => {
  test('all assets are archived, including those on sale elsewhere and those that are still added', async () => {
    const eva = await world.signUp();
    const lines = Array.from({ length: 450 }, (_, n) => ({
      line: n + 1,
      sourceId: `${n}`,
      title: `W ${n}`,
      kind: 'ART',
    }));
    await eva.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
      input: { source: 'closing', run: 'one', lines },
    });
    const outside = await published(eva);
    await eva.ask('mutation ($id: ID!) { assetReserve(input: { assetId: $id, place: "A fair" }) { asset { id } } }', {
      id: outside,
    });
    await eva.ask(close);
    await world.settled();
    const left = `select 1 from assets.assets where owner_id = $1 and status <> 'ARCHIVED'`;
    expect(await world.database.query(left, [eva.id])).toEqual([]);
    expect((await world.facts({ key: outside })).slice(-2).map(({ type }) => type)).toEqual([
      'assets.asset.released',
      'assets.asset.archived',
    ]);
    const late = await published(await world.signUp());
    await world.database.query('update assets.assets set owner_id = $2 where id = $1', [late, eva.id]);
    await world.settled();
    expect(await statusOf(late)).toBe('ARCHIVED');
  });

  test('a lot opened while its seller was closing is withdrawn, and a bid placed meanwhile stays binding', async () => {
    const [seller, bidder] = [await world.signUp(), await world.signUp()];
    const assetId = await published(seller);
    const lot = await lotOf(seller, assetId);
    await bid(bidder, lot, '200.00');
    // As if their facts had not arrived before the accounts were closed.
    await world.database.query('delete from identity.open_business where subject_id = $1', [lot]);
    await bidder.ask(close);
    await world.settled();
    expect((await world.anonymous.ask(status, { id: lot })).auction).toMatchObject({
      status: 'OPEN',
      leader: { id: bidder.id, displayName: 'Closed account' },
    });
    await seller.ask('mutation ($id: ID!) { auctionWatch(input: { auctionId: $id }) { auction { id } } }', { id: lot });
    await seller.ask(close);
    await world.settled();
    expect((await world.anonymous.ask(status, { id: lot })).auction.status).toBe('CANCELLED');
    expect(await statusOf(assetId)).toBe('ARCHIVED');
    expect(await world.database.query('select 1 from auction.watches where actor_id = $1', [seller.id])).toEqual([]);
  });
});
