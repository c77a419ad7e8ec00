import { expect, test } from 'vitest';
import { registerConsumers } from '../../../platform/facts/checkpoints.ts';
import { on, type Reaction } from '../../../platform/facts/reactions.ts';
import { onBoth } from '../fixtures/both.ts';
import { counterAdded, counterCreated } from '../fixtures/counters.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { echoesSubgraph } from '../fixtures/echoes.subgraph.ts';
import { ADD, get, newCounter, openWorld } from '../fixtures/world.ts';

onBoth((world) => {
  const nothing = (): Promise<void> => Promise.resolve();
  const named = (name: string, types: unknown[]) => ({
    name: `echoes.${name}`,
    reaction: on(types as never[], name, nothing),
  });

  test('adding a type to a deployed reaction is refused; a separate reaction handles the facts in between', async () => {
    const { database } = world;
    const counterId = await newCounter(world.house);
    await get(world.house, ADD, { input: { counterId, by: 1 } });
    await world.house.settled();
    const heard: string[] = [];
    const deployed = (reactions: readonly Reaction[]) =>
      openWorld(database, { subgraphs: [countersSubgraph, { ...echoesSubgraph, reactions }] });
    const [sums, names] = echoesSubgraph.reactions as [Reaction, Reaction];

    // Today's processes pass facts that tomorrow's reaction would handle.
    await newCounter(world.house);
    await world.house.settled();
    const widened = { ...sums, facts: [...sums.facts, counterCreated] as Reaction['facts'] };
    await expect(deployed([widened, names])).rejects.toThrow(
      /echoes\.sums has gained counters\.counter\.created.*Declare a separate reaction for them, with a new name/,
    );
    const [before] = await database.query(`select types from facts.checkpoints where consumer = 'echoes.sums'`);
    expect(before).toEqual({ types: ['counters.counter.added'] });

    const further = on([counterCreated], 'further', (_tx, { key }) => Promise.resolve(void heard.push(key)));
    const next = await deployed([sums, names, further]);
    try {
      const last = await newCounter(next);
      await next.settled();
      const told = await database.query<{ key: string }>(
        `select key from facts.log where type = 'counters.counter.created' order by position`,
      );
      expect(heard).toEqual(told.map(({ key }) => key));
      expect(heard).toHaveLength(3);
      expect(heard.at(-1)).toBe(last);
    } finally {
      await next.close();
    }
  }, 60_000);

  test('a dropped type counts as new when it returns; a reaction without recorded types keeps its current ones', async () => {
    const { database } = world;
    await database.query(`insert into facts.checkpoints (consumer, position) values ('echoes.former', 5)`);
    await registerConsumers(database, [named('former', [counterAdded, counterCreated])]);
    const row = async (): Promise<unknown> =>
      (await database.query(`select position, types from facts.checkpoints where consumer = 'echoes.former'`))[0];
    expect(await row()).toEqual({ position: '5', types: ['counters.counter.added', 'counters.counter.created'] });
    await registerConsumers(database, [named('former', [counterAdded])]);
    expect(await row()).toEqual({ position: '5', types: ['counters.counter.added'] });
    await expect(registerConsumers(database, [named('former', [counterCreated, counterAdded])])).rejects.toThrow(
      /echoes\.former has gained counters\.counter\.created/,
    );
  });

  test('a start without changes reads the checkpoints once and writes nothing', async () => {
    const { database } = world;
    const consumers = [named('steady', [counterCreated, counterAdded])];
    await registerConsumers(database, consumers);
    const statements = await database.statements.record(() => registerConsumers(database, consumers));
    expect(statements).toEqual([expect.stringMatching(/^select consumer/)]);
  });
});
