import { describe, expect, test } from 'vitest';
import { openWorld, until, type World } from './world/world.ts';

/** Rows that everybody sees except for drafts: streams that select them are shared as far as everybody sees them. */
const works = 'subscription { bidPlaced { cursor auction { work { name maker { displayName } } } } }';

async function people(world: World, ...ids: string[]): Promise<{ authorization: string }[]> {
  return Promise.all(
    ids.map(async (id) => {
      if (!world.identity.people.has(id)) world.identity.people.set(id, {});
      return { authorization: `Bearer ${await world.identity.token(id)}` };
    }),
  );
}

const workIn = (event: Record<string, unknown> | undefined): unknown =>
  (event?.['bidPlaced'] as { auction: { work: unknown } } | undefined)?.auction.work;

const open = (world: World, subscriptions: number, streams: number): Promise<void> =>
  until(() => world.gateway.open().subscriptions === subscriptions && world.auctions.service.streams === streams);

describe.each([
  ['own', []],
  ['apollo', []],
  ['own', ['auction', 'asset']],
] as const)('rows that some see, with the %s executor and remote %j', (executor, remote) => {
  const options = { executor, remote: [...remote] };

  test('two viewers share one stream and one completion of a row that everybody sees', async () => {
    await using world = await openWorld(options);
    const [a, b] = await people(world, 'usr_a', 'usr_b');
    const viewers = [world.listen(works, { params: a! }), world.listen(works, { params: b! })];
    await open(world, 2, 1);
    const [before, names] = [world.assets.executed, world.identity.service.executed];
    world.auctions.bid();
    await until(() => viewers.every(({ events }) => events.length === 1));
    expect(viewers.map(({ events }) => workIn(events[0]))).toEqual(
      viewers.map(() => ({ name: 'Work wrk_1', maker: { displayName: 'Name of usr_m' } })),
    );
    expect(world.assets.executed).toBe(before + 1);
    expect(world.identity.service.executed).toBe(names + 1);
    // Nobody's rights were used for what both got.
    expect(world.assets.requests.at(-1)?.info.actor.id).toBeNull();
  });

  test('the owner of a draft sees it in the shared stream, and others get null', async () => {
    await using world = await openWorld(options);
    world.assets.drafts.set('wrk_1', 'usr_owner');
    const [owner, other] = await people(world, 'usr_owner', 'usr_other');
    const anonymous = world.listen(works);
    const viewers = [world.listen(works, { params: owner! }), world.listen(works, { params: other! })];
    await open(world, 3, 2);
    world.auctions.bid('auc_1', '1');
    world.auctions.bid('auc_2', '2');
    await until(() => [anonymous, ...viewers].every(({ events }) => events.length === 2));
    const published = { name: 'Work wrk_2', maker: { displayName: 'Name of usr_m' } };
    expect(viewers.map(({ events }) => events.map(workIn))).toEqual([
      [{ name: 'Work wrk_1', maker: { displayName: 'Name of usr_m' } }, published],
      [null, published],
    ]);
    expect(anonymous.events.map(workIn)).toEqual([null, published]);
    expect([anonymous, ...viewers].flatMap(({ results }) => results.filter(({ errors }) => errors))).toEqual([]);
    expect(world.auctions.service.streams).toBe(2);
  });
});

test('a row that is null for all costs one completion for those who have not signed in, and one each for the others', async () => {
  await using world = await openWorld();
  world.assets.drafts.set('wrk_1', 'usr_owner');
  const [a, b] = await people(world, 'usr_a', 'usr_b');
  const viewers = [world.listen(works), world.listen(works), world.listen(works, { params: a! })];
  viewers.push(world.listen(works, { params: b! }));
  await open(world, 4, 2);
  const before = world.assets.executed;
  world.auctions.bid();
  await until(() => viewers.every(({ events }) => events.length === 1));
  const asked = world.assets.requests.slice(before - world.assets.executed).map(({ info }) => info.actor.id);
  // Two shared streams, whose calls may be one, and each of the two who have signed in.
  expect(asked.filter((id) => id !== null).sort()).toEqual(['usr_a', 'usr_b']);
  expect(asked.filter((id) => id === null).length).toBeLessThanOrEqual(2);
});

test('each viewer gets its events in order, whether they were completed for all or for one', async () => {
  await using world = await openWorld();
  for (const id of ['wrk_1', 'wrk_3']) world.assets.drafts.set(id, 'usr_owner');
  const [owner, other] = await people(world, 'usr_owner', 'usr_other');
  const viewers = [world.listen(works, { params: owner! }), world.listen(works, { params: other! })];
  await open(world, 2, 1);
  for (let n = 0; n < 60; n += 1) world.auctions.bid(`auc_${n % 4}`, String(n));
  await until(() => viewers.every(({ events }) => events.length === 60));
  for (const { events } of viewers)
    expect(events.map((event) => (event['bidPlaced'] as { cursor: string }).cursor)).toEqual(
      Array.from({ length: 60 }, (_, n) => `c${n + 1}`),
    );
  const drafts = (seen: boolean): unknown[] =>
    Array.from({ length: 60 }, (_, n) => n % 4).map((n) =>
      n % 2 === 1 && !seen ? null : { name: `Work wrk_${n}`, maker: { displayName: 'Name of usr_m' } },
    );
  expect(viewers.map(({ events }) => events.map(workIn))).toEqual([drafts(true), drafts(false)]);
});

test('a viewer who loses the right no longer sees a draft, and one who gains it sees the next', async () => {
  await using world = await openWorld();
  world.assets.drafts.set('wrk_1', 'org_house');
  const member = { memberships: [{ organizationId: 'org_house', role: 'VIEWER' as const }] };
  world.identity.people.set('usr_a', { ...member, rightsVersion: 1 });
  world.identity.people.set('usr_b', { rightsVersion: 1 });
  const [a, b] = await people(world, 'usr_a', 'usr_b');
  const viewers = [world.listen(works, { params: a! }), world.listen(works, { params: b! })];
  await open(world, 2, 1);
  world.auctions.bid();
  await until(() => viewers.every(({ events }) => events.length === 1));
  world.identity.people.set('usr_a', { rightsVersion: 2 });
  world.identity.people.set('usr_b', { ...member, rightsVersion: 2 });
  for (const id of ['usr_a', 'usr_b']) world.gateway.dropActor(id);
  world.auctions.bid();
  await until(() => viewers.every(({ events }) => events.length === 2));
  const seen = { name: 'Work wrk_1', maker: { displayName: 'Name of usr_m' } };
  expect(viewers.map(({ events }) => events.map(workIn))).toEqual([
    [seen, null],
    [null, seen],
  ]);
  expect(world.auctions.service.streamsEver).toBe(1);
});

test('an event that was completed with rights that end before it is sent is completed again', async () => {
  await using world = await openWorld();
  world.assets.drafts.set('wrk_1', 'org_house');
  world.identity.people.set('usr_a', {
    memberships: [{ organizationId: 'org_house', role: 'VIEWER' }],
    rightsVersion: 1,
  });
  const [a] = await people(world, 'usr_a');
  const listening = world.listen(works, { params: a! });
  await open(world, 1, 1);
  let pass = (): void => undefined;
  const gate = (): Promise<void> => new Promise((resolve) => (pass = resolve));
  const executed = world.assets.executed;
  world.assets.gate = gate();
  world.auctions.bid();
  await until(() => world.assets.executed === executed + 1);
  const everybody = pass;
  world.assets.gate = gate();
  everybody();
  await until(() => world.assets.executed === executed + 2);
  world.identity.people.set('usr_a', { rightsVersion: 2 });
  world.gateway.dropActor('usr_a');
  const asked = world.identity.asked;
  await until(() => world.identity.asked > asked || listening.events.length > 0);
  pass();
  await until(() => listening.events.length === 1);
  expect(workIn(listening.events[0])).toBeNull();
});

test('a row is completed for one viewer through fragments and aliases, below a list, and where null is not allowed', async () => {
  await using world = await openWorld();
  world.assets.drafts.set('wrk_1_2', 'usr_owner');
  const [owner, other] = await people(world, 'usr_owner', 'usr_other');
  const query = `subscription {
    placed: bidPlaced { c: cursor a: auction { ...Shown } }
  }
  fragment Shown on Auction { all: works { ... on Work { title: name cost: price } } }`;
  const viewers = [world.listen(query, { params: owner! }), world.listen(query, { params: other! })];
  await open(world, 2, 1);
  world.auctions.bid();
  await until(() => viewers.every(({ events }) => events.length === 1));
  const shown = ['1', '2', '3'].map((n) => ({ title: `Work wrk_1_${n}`, cost: '100.00' }));
  expect(viewers[0]?.results).toEqual([{ data: { placed: { c: 'c1', a: { all: shown } } } }]);
  // Its list has no place for null.
  expect(viewers[1]?.events[0]).toEqual({ placed: { c: 'c1', a: null } });
});

test('lists and counts of such rows, and fields that depend on the viewer, are not shared', async () => {
  await using world = await openWorld();
  world.assets.drafts.set('wrk_1_copy', 'usr_owner');
  const [owner, other] = await people(world, 'usr_owner', 'usr_other');
  const query = 'subscription { bidPlaced { auction { work { name secret copies { totalCount nodes { name } } } } } }';
  const viewers = [world.listen(query, { params: owner! }), world.listen(query, { params: other! })];
  await open(world, 2, 2);
  world.auctions.bid();
  await until(() => viewers.every(({ events }) => events.length === 1));
  const own = { name: 'Work wrk_1' };
  expect(viewers.map(({ events }) => workIn(events[0]))).toEqual([
    { ...own, secret: 'usr_owner', copies: { totalCount: 2, nodes: [own, { name: 'Work wrk_1_copy' }] } },
    { ...own, secret: 'usr_other', copies: { totalCount: 1, nodes: [own] } },
  ]);
});

test('a subgraph that is away is an error of everybody’s event, and is not asked again for each viewer', async () => {
  await using world = await openWorld();
  const [a, b] = await people(world, 'usr_a', 'usr_b');
  const viewers = [world.listen(works, { params: a! }), world.listen(works, { params: b! })];
  await open(world, 2, 1);
  world.assets.away = true;
  world.auctions.bid();
  await until(() => viewers.every(({ results }) => results.length === 1));
  for (const { results } of viewers) {
    expect(results[0]?.data).toEqual({ bidPlaced: { cursor: 'c1', auction: { work: null } } });
    const codes = results[0]?.errors?.map(
      ({ extensions }) => `${String(extensions['code'])} ${String(extensions['os'])}`,
    );
    expect(new Set(codes)).toEqual(new Set(['UNAVAILABLE asset']));
  }
  const failures = world.log.filter(({ msg }) => msg === 'a subgraph did not answer');
  expect(failures).toHaveLength(1);
});

test('an event that itself depends on the viewer comes on the viewer’s own stream, once and in order', async () => {
  await using world = await openWorld();
  const [owner] = await people(world, 'usr_owner');
  const query = 'subscription { bidPlaced { cursor memo { text } auction { work { name } } } }';
  const [anonymous, listening] = [world.listen(query), world.listen(query, { params: owner! })];
  await open(world, 2, 2);
  world.auctions.bid('auc_1', '1');
  await until(() => listening.events.length === 1);
  world.auctions.memos.set('auc_2', 'usr_owner');
  for (const [auction, amount] of [
    ['auc_2', '2'],
    ['auc_1', '3'],
    ['auc_2', '4'],
  ] as const)
    world.auctions.bid(auction, amount);
  await until(() => listening.events.length === 4 && anonymous.events.length === 4);
  const memos = (events: Record<string, unknown>[]): unknown[] =>
    events.map((event) => (event['bidPlaced'] as { memo: unknown }).memo);
  expect(memos(listening.events)).toEqual([null, { text: 'Memo on 2' }, null, { text: 'Memo on 4' }]);
  expect(memos(anonymous.events)).toEqual([null, null, null, null]);
  expect(world.auctions.service.streams).toBe(2);
});

test('a viewer who began with a cursor sees drafts in the replay, and joins the shared stream afterwards', async () => {
  await using world = await openWorld();
  world.assets.drafts.set('wrk_1', 'usr_owner');
  const [owner, other] = await people(world, 'usr_owner', 'usr_other');
  const early = world.listen(works, { params: other! });
  await open(world, 1, 1);
  for (const amount of ['1', '2']) world.auctions.bid('auc_1', amount);
  await until(() => early.events.length === 2);
  const late = world.listen(works.replace('bidPlaced', 'bidPlaced(after: "c1")'), { params: owner! });
  await until(() => late.events.length === 1);
  await open(world, 2, 2);
  world.auctions.service.mark('c2');
  for (const amount of ['3', '4']) world.auctions.bid('auc_1', amount);
  await until(() => late.events.length === 3 && early.events.length === 4);
  await open(world, 2, 1);
  world.auctions.bid('auc_2', '5');
  await until(() => late.events.length === 4);
  const draft = { name: 'Work wrk_1', maker: { displayName: 'Name of usr_m' } };
  expect(late.events.map(workIn)).toEqual([draft, draft, draft, { ...draft, name: 'Work wrk_2' }]);
});

test('a caught-up stream of a viewer is not what others share', async () => {
  await using world = await openWorld();
  world.auctions.memos.set('auc_1', 'usr_owner');
  const [owner, other] = await people(world, 'usr_owner', 'usr_other');
  const query = 'subscription { bidPlaced { cursor memo { text } } }';
  world.auctions.bid();
  const first = world.listen(query.replace('bidPlaced', 'bidPlaced(after: "c0")'), { params: owner! });
  await until(() => first.events.length === 1);
  world.auctions.service.mark('c1');
  // The owner's own stream, and the one of everybody that it may join.
  await open(world, 1, 2);
  const second = world.listen(query, { params: other! });
  await open(world, 2, 2);
  world.auctions.service.mark('c1');
  world.auctions.bid();
  await until(() => first.events.length === 2 && second.events.length === 1);
  expect(second.events).toEqual([{ bidPlaced: { cursor: 'c2', memo: null } }]);
  expect(first.events[1]).toEqual({ bidPlaced: { cursor: 'c2', memo: { text: 'Memo on 10.00' } } });
});
