import { expect, test } from 'vitest';
import type { ExecutionResult } from 'graphql';
import { onBoth } from '../fixtures/both.ts';
import { ADD, ann, get, infoOf, newCounter, nextEvent, openWorld, stream } from '../fixtures/world.ts';

onBoth((world) => {
  test('in a restored database a cursor from before the backup continues, and one from after it is EXPIRED', async () => {
    const { database } = world;
    const add = (house: typeof world.house, by: number) => get(house, ADD, { input: { counterId, by } });
    const counterId = await newCounter(world.house);
    const before = await stream(world.house, { counterIds: [counterId] });
    await add(world.house, 1);
    const kept = (await nextEvent(before)).cursor;
    await world.house.settled();
    const [backup] = await database.query<{ position: string }>('select position from facts.relay');
    for (const by of [2, 3]) await add(world.house, by);
    const lost = [(await nextEvent(before)).cursor, (await nextEvent(before)).cursor];
    await before.return?.();
    await world.house.settled();

    // The backup's rows, and what a restore does after them.
    await database.query('delete from facts.log where position > $1', [backup?.position]);
    await database.query('update facts.relay set position = $1', [backup?.position]);
    await database.query('update facts.checkpoints set position = least(position, $1)', [backup?.position]);
    await database.query('select facts.restored()');
    const house = await openWorld(database);
    try {
      await add(house, 4);
      await add(house, 5);
      for (const after of lost) {
        const answer = (await house.services[0]!.subscribe({
          query: 'subscription($after: String) { counterAdded(after: $after) { by } }',
          variables: { after },
          info: infoOf(ann),
        })) as ExecutionResult;
        expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'EXPIRED', path: ['after'] });
      }
      const resumed = await stream(house, { counterIds: [counterId], after: kept });
      expect([(await nextEvent(resumed)).by, (await nextEvent(resumed)).by]).toEqual([4, 5]);
      await resumed.return?.();
    } finally {
      await house.close();
    }
  }, 60_000);
});
