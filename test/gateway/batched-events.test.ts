import { expect, test } from 'vitest';
import { openWorld, until, type World } from './world/world.ts';

const works = 'subscription { bidPlaced { cursor auction { work { name maker { displayName } } } } }';
const workOf = (event: Record<string, unknown>): unknown =>
  (event['bidPlaced'] as { auction: { work: unknown } }).auction.work;
const work = (n: number): object => ({ name: `Work wrk_${n}`, maker: { displayName: 'Name of usr_m' } });

/** Places bids while the first entity calls do not end; each is on another auction but for every third. */
async function burst(world: World, count: number, calls = 1): Promise<number[]> {
  const auctions = Array.from({ length: count }, (_, n) => (n % 3 === 2 ? 1 : n + 1));
  let pass = (): void => undefined;
  world.assets.gate = new Promise((resolve) => (pass = resolve));
  const before = world.assets.executed;
  for (const n of auctions) world.auctions.bid(`auc_${n}`);
  await until(() => world.assets.executed === before + calls);
  // Those of later events wait for the first.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(world.assets.executed).toBe(before + calls);
  pass();
  return auctions;
}

test.each(['own', 'apollo'] as const)(
  'events that arrive while a subgraph is asked share its next call, with the %s executor',
  async (executor) => {
    await using world = await openWorld({ executor });
    const listening = world.listen(works);
    await until(() => world.auctions.service.streams === 1);
    const [assets, names] = [world.assets.executed, world.identity.service.executed];
    const auctions = await burst(world, 12);
    await until(() => listening.events.length === 12);
    expect(listening.events.map(workOf)).toEqual(auctions.map(work));
    expect(listening.events.map((event) => (event['bidPlaced'] as { cursor: string }).cursor)).toEqual(
      auctions.map((_, n) => `c${n + 1}`),
    );
    expect(world.assets.executed).toBe(assets + 2);
    const [request] = world.assets.requests.slice(-1);
    // Equal ones once.
    expect(request?.variables?.['representations']).toHaveLength(8);
    expect(world.identity.service.executed).toBeLessThanOrEqual(names + 2);
  },
);

test('what is wrong with an entity is told in the events that have it, and in no other', async () => {
  await using world = await openWorld();
  world.assets.drafts.set('wrk_4', 'usr_owner');
  const query = 'subscription { bidPlaced { auction { id asset { broken } work { name } } } }';
  const listening = world.listen(query);
  await until(() => world.auctions.service.streams === 1);
  world.assets.broken = new Set(['ast_5']);
  await burst(world, 6, 2);
  await until(() => listening.results.length === 6);
  const seen = listening.results.map(({ data, errors = [] }) => {
    const { auction } = (data as { bidPlaced: { auction: { asset: unknown; work: unknown } } }).bidPlaced;
    return [auction.asset, auction.work, errors.map((error) => (error as { path?: unknown }).path)];
  });
  const fine = (n: number): unknown[] => [{ broken: 'no' }, { name: `Work wrk_${n}` }, []];
  expect(seen).toEqual([
    fine(1),
    fine(2),
    fine(1),
    [{ broken: 'no' }, null, []],
    [null, { name: 'Work wrk_5' }, [['bidPlaced', 'auction', 'asset', 'broken']]],
    fine(1),
  ]);
});

test('a subgraph that fails costs the events that asked it then', async () => {
  await using world = await openWorld();
  const listening = world.listen(works);
  await until(() => world.auctions.service.streams === 1);
  let pass = (): void => undefined;
  world.assets.gate = new Promise((resolve) => (pass = resolve));
  const before = world.assets.executed;
  for (const n of [1, 2, 3]) world.auctions.bid(`auc_${n}`);
  await until(() => world.assets.executed === before + 1);
  world.assets.away = true;
  pass();
  await until(() => listening.results.length === 3);
  world.assets.away = false;
  world.auctions.bid('auc_4');
  await until(() => listening.results.length === 4);
  expect(listening.events.map(workOf)).toEqual([work(1), null, null, work(4)]);
  expect(listening.results.map(({ errors }) => errors?.[0]?.extensions['code'])).toEqual([
    undefined,
    'UNAVAILABLE',
    'UNAVAILABLE',
    undefined,
  ]);
});

test('a subscriber that leaves while events wait for a call leaves nothing behind', async () => {
  await using world = await openWorld();
  const [first, second] = [world.listen(works), world.listen(works.replace('cursor', 'cursor note'))];
  await until(() => world.auctions.service.streams === 2);
  let pass = (): void => undefined;
  world.assets.gate = new Promise((resolve) => (pass = resolve));
  for (const n of [1, 2, 3]) world.auctions.bid(`auc_${n}`);
  await until(() => world.assets.executed > 0);
  first.stop();
  await until(() => world.auctions.service.streams === 1);
  pass();
  await until(() => second.events.length === 3);
  world.auctions.bid('auc_9');
  await until(() => second.events.length === 4);
  expect(first.events).toEqual([]);
});
