import { expect, test, vi } from 'vitest';
import type { ExecutionResult } from 'graphql';
import { sqlIn } from '../../../platform/database/sql.ts';
import { markOf, type SubgraphStream } from '../../../platform/serving/service.ts';
import { onBoth } from '../fixtures/both.ts';
import { acts } from '../fixtures/counters.ts';
import { ADD, ADDED, ann, gate, get, infoOf, newCounter, nextEvent, stream, TALLY } from '../fixtures/world.ts';

/** Ways in which streams are known to lose rows. */
onBoth((world) => {
  test.runIf(world.kind === 'postgres')(
    'transactions that commit out of order: one that was open while a later one was delivered is delivered after it',
    async () => {
      const { house } = world;
      const counters = [await newCounter(house), await newCounter(house)];
      const held = gate();
      acts.set('hold', async (tx) => {
        // It has its id, and so its place in a naive order, before it waits.
        await sqlIn(tx.em, 'select pg_current_xact_id()');
        await held.wait();
      });
      const events = await stream(house, { counterIds: counters });
      const early = get(house, ADD, { input: { counterId: counters[0], by: 1, act: 'hold' } });
      await held.reached;
      await get(house, ADD, { input: { counterId: counters[1], by: 2 } });
      const seen = await nextEvent(events);
      expect(seen.by).toBe(2);
      // The client leaves with this cursor, and comes back after the other has committed.
      await events.return?.();
      held.open();
      await early;
      const resumed = await stream(house, { counterIds: counters, after: seen.cursor });
      expect((await nextEvent(resumed)).by).toBe(1);
      await resumed.return?.();
    },
  );

  test('equal timestamps: a stream resumed after each of many events of one millisecond has exactly the others', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const count = 12;
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      for (let by = 1; by <= count; by++) await get(house, ADD, { input: { counterId, by } });
    } finally {
      vi.useRealTimers();
    }
    const [times] = await database.query<{ n: string }>(
      `select count(distinct at) as n from facts.log where key = $1 and type = 'counters.counter.added'`,
      [counterId],
    );
    expect(Number(times?.n)).toBe(1);
    await house.hub.settled();
    const [first] = await database.query<{ position: string }>(
      `select min(position) - 1 as position from facts.log where key = $1`,
      [counterId],
    );
    const seen: number[] = [];
    let after = house.hub.cursorAt(first?.position ?? '0');
    while (seen.length < count) {
      const events = await stream(house, { counterIds: [counterId], after });
      const event = await nextEvent(events);
      seen.push(event.by);
      after = event.cursor;
      await events.return?.();
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  });

  test('idle streams cost no statement: the relay reads once for all of them', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    await house.settled();
    const streams: SubgraphStream[] = [];
    for (let n = 0; n < 40; n++) streams.push(await stream(house, { counterIds: [counterId] }));
    const waiting = streams.map((each) => nextEvent(each));
    const query = vi.spyOn(database, 'query');
    try {
      // Two polls of the relay.
      const polls = (): number => query.mock.calls.filter(([sql]) => sql.includes('from facts.relay')).length;
      await vi.waitUntil(() => polls() >= 2, { timeout: 30_000 });
      const counts = new Map<string, number>();
      for (const [sql] of query.mock.calls) counts.set(sql, (counts.get(sql) ?? 0) + 1);
      expect(Math.max(...counts.values())).toBeLessThan(streams.length);
    } finally {
      query.mockRestore();
    }
    await get(house, ADD, { input: { counterId, by: 7 } });
    expect((await Promise.all(waiting)).map(({ by }) => by)).toEqual(streams.map(() => 7));
    for (const each of streams) await each.return?.();
  });

  test('bursts: far more facts than wait in memory reach a reader at its own pace, each once and in order', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const events = await stream(house, { counterIds: [counterId] });
    const count = 600;
    for (let n = 0; n < count; n += 100)
      await Promise.all(Array.from({ length: 100 }, () => get(house, TALLY, { input: { counterId, by: 1 } })));
    await house.hub.settled();
    const sequences: number[] = [];
    while (sequences.length < count) sequences.push(Number((await nextEvent(events)).sequence));
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    await events.return?.();
  });

  test('a stream without a cursor is told where it begins before its first event, even if that waits already', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    await house.hub.settled();
    const begins = house.hub.cursorAt(house.hub.position);
    const events = (await house.services[0]!.subscribe({
      query: ADDED,
      variables: { counterIds: [counterId] },
      info: infoOf(ann),
      marks: true,
    })) as SubgraphStream;
    await get(house, ADD, { input: { counterId, by: 1 } });
    await house.hub.settled();
    const results = [(await events.next()).value, (await events.next()).value] as ExecutionResult[];
    expect(results.map(markOf)).toEqual([begins, null]);
    await events.return?.();
  });
});
