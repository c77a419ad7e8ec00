import { describe, expect, test } from 'vitest';
import { auctions } from './world/subgraphs.ts';
import { compose, openWorld, until, type World } from './world/world.ts';

function grown(world: World): string {
  return compose([world.identity.service, auctions('grown: String').service, world.assets]);
}

describe.each(['own', 'apollo'] as const)('swapping the supergraph with the %s executor', (executor) => {
  test('ten swaps under load cause no error', async () => {
    await using world = await openWorld({ executor });
    const small = compose([world.identity.service, world.auctions.service, world.assets]);
    const big = grown(world);
    let on = true;
    let answered = 0;
    const failures: unknown[] = [];
    const ask = async (worker: number) => {
      while (on) {
        const name = `Load${(worker + answered) % 7}`;
        const answer = await world.ask(
          `query ${name} { auctions(first: 2) { nodes { title asset { name } } } slow(ms: 3) }`,
        );
        answered += 1;
        if (answer.status !== 200 || answer.errors.length > 0) failures.push(answer);
      }
    };
    const load = Array.from({ length: 8 }, (_, worker) => ask(worker));
    for (let swap = 1; swap <= 10; swap += 1) {
      await until(() => answered >= swap * 15, 'fifteen answers between two swaps');
      await world.gateway.swap(swap % 2 === 1 ? big : small);
    }
    await until(() => answered >= 165, 'answers after the last swap');
    on = false;
    await Promise.all(load);
    expect(failures).toEqual([]);
  }, 30_000);

  test('an operation in progress finishes on its value, the next one uses the new one', async () => {
    await using world = await openWorld({ executor });
    await world.gateway.swap(grown(world));
    const small = compose([world.identity.service, world.auctions.service, world.assets]);
    const slow = world.ask('{ slow(ms: 300) __type(name: "Query") { fields { name } } }');
    await until(() => world.auctions.service.executed === 1);
    await world.gateway.swap(small);
    expect((await world.ask('{ grown }')).errors[0]?.extensions['code']).toBe('BAD_QUERY');
    const answer = await slow;
    expect(answer.errors).toEqual([]);
    expect(answer.data?.['slow']).toBe('after 300');
    expect(JSON.stringify(answer.data)).toContain('grown');
  });

  test('an open subscription survives a swap', async () => {
    await using world = await openWorld({ executor });
    const listening = world.listen('subscription { bidPlaced { cursor auction { asset { name } } } }');
    await until(() => world.auctions.service.streams === 1);
    world.auctions.bid();
    await until(() => listening.events.length === 1);
    await world.gateway.swap(grown(world));
    world.auctions.bid();
    await until(() => listening.events.length === 2);
    expect(listening.errors).toEqual([]);
    expect(world.auctions.service.streamsEver).toBe(1);
  });

  test('SDL that is not a supergraph keeps the old value', async () => {
    await using world = await openWorld({ executor });
    await expect(world.gateway.swap('type Query {')).rejects.toThrow();
    await expect(world.gateway.swap('type Query { a: Int }')).rejects.toThrow();
    expect((await world.ask('{ auction(id: "auc_1") { title } }')).data).toEqual({
      auction: { title: 'Auction auc_1' },
    });
    await world.gateway.swap(grown(world));
    expect(await (await fetch(`${world.url}/schema.graphql`)).text()).toContain('grown');
  });
});
