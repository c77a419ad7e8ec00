import type { ExecutionResult } from 'graphql';
import { expect, test, vi } from 'vitest';
import { openDatabase } from '../../../platform/database/database.ts';
import { markOf, type SubgraphStream } from '../../../platform/serving/service.ts';
import { onBoth } from '../fixtures/both.ts';
import { asked } from '../fixtures/counters.subgraph.ts';
import {
  ADD,
  ask,
  codeOf,
  get,
  infoOf,
  ann,
  newCounter,
  nextEvent,
  openWorld,
  stream,
  user,
  ADDED,
} from '../fixtures/world.ts';

onBoth((world) => {
  const add = (counterId: string, by: number): Promise<unknown> =>
    get(world.house, ADD, { input: { counterId, by, label: String(by) } });

  test('a stream starts with facts after its request, and each arrives once', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    await add(counterId, 1);
    await house.hub.settled();
    const events = await stream(house, { counterIds: [counterId] });
    for (const by of [2, 3, 4]) await add(counterId, by);
    const seen = [await nextEvent(events), await nextEvent(events), await nextEvent(events)];
    expect(seen.map(({ by }) => by)).toEqual([2, 3, 4]);
    await events.return?.();
  });

  test('a stream resumed with the cursor of its last event continues without gap or duplicate during writes', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const other = await newCounter(house);
    const count = 60;
    let written = 0;
    const writing = (async () => {
      for (let by = 1; by <= count; by++) {
        await add(counterId, by);
        written = by;
        if (by % 7 === 0) await add(other, by);
      }
    })();
    let cursor = (
      await get<{ liveCursor: string }>(house, `query($id: ID!) { counter(id: $id) { liveCursor } }`, { id: counterId })
    ).liveCursor;
    // The query and the first facts may be simultaneous: from the query's cursor on nothing is lost.
    const seen: number[] = [];
    while (seen.length < count) {
      const events = await stream(house, { counterIds: [counterId], after: cursor });
      // Cut at different points: in the replay, at the transition, and live.
      const take = 1 + (seen.length % 13);
      for (let n = 0; n < take && seen.length < count; n++) {
        const event = await nextEvent(events);
        if (seen.length === 0 && event.by > 1) {
          for (let by = 1; by < event.by; by++) seen.push(by);
        }
        seen.push(event.by);
        cursor = event.cursor;
      }
      await events.return?.();
    }
    await writing;
    expect(written).toBe(count);
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  }, 60_000);

  test('query, then subscribe from its liveCursor: nothing between the two is lost', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    for (let round = 0; round < 10; round++) {
      const adding = add(counterId, 1);
      const { value, liveCursor } = await get<{ value: number; liveCursor: string }>(
        house,
        `query($id: ID!) { counter(id: $id) { liveCursor value } }`,
        { id: counterId },
      );
      const events = await stream(house, { counterIds: [counterId], after: liveCursor });
      await adding;
      await add(counterId, 1);
      // Facts that the query has seen may arrive again; others must arrive.
      let sum = value;
      const sequences: number[] = [];
      const missing = 2 * (round + 1) - value;
      for (let n = 0; n < missing; n++) {
        const event = await nextEvent(events);
        sequences.push(Number(event.sequence));
        sum += event.by;
      }
      expect(sum).toBe(2 * (round + 1));
      expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
      await events.return?.();
    }
  });

  test('a subscriber slower than the writers gets everything, even beyond its queue', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const events = await stream(house, { counterIds: [counterId] });
    const waiting = nextEvent(events);
    // More than the queue of 256 and more than a replay page, without reading.
    const count = 400;
    for (let by = 1; by <= count; by += 50) {
      await Promise.all(
        Array.from({ length: 50 }, () =>
          get(house, ADD.replace('counterAdd(', 'counterTally('), { input: { counterId, by: 1 } }),
        ),
      );
    }
    await house.hub.settled();
    const sequences = [Number((await waiting).sequence)];
    while (sequences.length < count) sequences.push(Number((await nextEvent(events)).sequence));
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    // It is live again.
    await add(counterId, 77);
    expect((await nextEvent(events)).by).toBe(77);
    await events.return?.();
  }, 60_000);

  test('return() while next() waits ends it at once and leaves no listener behind', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const hear = vi.spyOn(house.hub, 'hear');
    const events = await stream(house, { counterIds: [counterId] });
    const waiting = events.next();
    const ended = await events.return?.();
    expect(ended).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(hear).toHaveBeenCalledTimes(1);
    hear.mockRestore();
    const before = asked.of;
    await add(counterId, 1);
    await house.hub.settled();
    expect(asked.of).toBe(before);
  });

  test('return() in a replay ends it, and nothing arrives afterwards', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const cursor = house.hub.cursorAt(0n);
    const events = await stream(house, { counterIds: [counterId, 'nobody'], after: cursor });
    const waiting = events.next();
    await events.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await house.hub.settled();
    const before = asked.of;
    await add(counterId, 1);
    await house.hub.settled();
    expect(asked.of).toBe(before);
  });

  test('a failing stream reports to its reader and does not affect others', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const bad = await stream(house, { counterIds: ['throw'] });
    const good = await stream(house, { counterIds: [counterId] });
    const failing = bad.next();
    await add(counterId, 1);
    expect((await nextEvent(good)).by).toBe(1);
    const told = await failing;
    expect(told).toMatchObject({ done: false, value: { errors: [{ extensions: { code: 'INTERNAL' } }] } });
    expect(JSON.stringify(told)).not.toContain('cannot decide');
    expect(await bad.next()).toEqual({ done: true, value: undefined });
    await house.settled();
    const echoes = await world.database.query('select 1 from echoes.echoes where key = $1 and consumer = $2', [
      counterId,
      'sums',
    ]);
    expect(echoes).toHaveLength(1);
    await good.return?.();
  });

  test.each([
    ['an invalid cursor', 'nonsense', 'INVALID'],
    ['an impossible position', 'HUGE', 'INVALID'],
    ['a cursor of another log', Buffer.from('other.12').toString('base64url'), 'EXPIRED'],
    ['a forged position', 'UNSEALED', 'EXPIRED'],
    ['a position with the seal of another', 'RESEALED', 'EXPIRED'],
  ])('a stream from %s is refused before it starts', async (_what, given, code) => {
    const { house } = world;
    const parts = Buffer.from(house.hub.cursorAt(7n), 'base64url').toString().split('.');
    const made: Record<string, string> = { UNSEALED: `${parts[0]}.0`, RESEALED: `${parts[0]}.0.${parts[2]}` };
    const after = made[given]
      ? Buffer.from(made[given]).toString('base64url')
      : given === 'HUGE'
        ? house.hub.cursorAt(9999999999999999999n)
        : given;
    const answer = await house.services[0]?.subscribe({ query: ADDED, variables: { after }, info: infoOf(ann) });
    expect(answer).toMatchObject({ errors: [{ extensions: { code, path: ['after'] } }] });
  });

  test('a stream with marks gets them at the start, and after catching up', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    await house.hub.settled();
    const begin = (after: string | null) =>
      house.services[0]!.subscribe({
        query: ADDED,
        variables: { counterIds: [counterId], after },
        info: infoOf(ann),
        marks: true,
      }) as Promise<SubgraphStream>;
    const first = await begin(null);
    const mark = markOf((await first.next()).value as ExecutionResult);
    expect(mark).toBe(house.hub.cursorAt(house.hub.position));
    // Lost before its first event: resuming from the mark delivers missed events, then a mark.
    await first.return?.();
    await add(counterId, 1);
    await add(counterId, 2);
    await house.hub.settled();
    const second = await begin(mark);
    const results = [await second.next(), await second.next(), await second.next()].map(
      ({ value }) => value as ExecutionResult,
    );
    expect(results.map(markOf)).toEqual([null, null, house.hub.cursorAt(house.hub.position)]);
    await second.return?.();
  });

  test('a stream shows only rows of its universe', async () => {
    const { house } = world;
    const elsewhere = user('usr_else', { universe: 'other' });
    const there = await newCounter(house, elsewhere);
    const here = await newCounter(house);
    const cursor = house.hub.cursorAt(0n);
    await get(house, ADD, { input: { counterId: there, by: 5 } }, elsewhere);
    await add(here, 6);
    expect(await codeOf(house, ADD, { input: { counterId: there, by: 1 } })).toBe('NOT_FOUND');
    for (const after of [cursor, null]) {
      const mine = await stream(house, { counterIds: [there, here], after });
      const theirs = await stream(house, { counterIds: [there, here], after }, elsewhere);
      if (after === null) {
        await get(house, ADD, { input: { counterId: there, by: 5 } }, elsewhere);
        await add(here, 6);
      }
      expect((await nextEvent(mine)).counterId).toBe(here);
      expect((await nextEvent(theirs)).counterId).toBe(there);
      await mine.return?.();
      await theirs.return?.();
    }
    expect((await ask(house, `{ counters { nodes { id } } }`, {}, elsewhere)).data).toEqual({
      counters: { nodes: [{ id: there }] },
    });
  });

  test('a replay is limited to a number of facts, including those that do not match', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const other = await newCounter(house);
    await house.hub.settled();
    const before = house.hub.position;
    for (const id of [other, other, counterId, other]) await add(id, 1);
    await house.hub.settled();
    const most = house.hub.replayAtMost;
    const first = async (): Promise<unknown> => {
      const events = await stream(house, { counterIds: [counterId], after: house.hub.cursorAt(before) });
      const { value } = await events.next();
      await events.return?.();
      return value;
    };
    try {
      house.hub.replayAtMost = 3;
      expect(await first()).toMatchObject({ errors: [{ extensions: { code: 'EXPIRED', path: ['after'] } }] });
      house.hub.replayAtMost = 4;
      expect(await first()).toMatchObject({ data: { counterAdded: { counterId } } });
    } finally {
      house.hub.replayAtMost = most;
    }
  });

  test.runIf(world.kind === 'postgres')('a subscriber gets facts written by several processes in order', async () => {
    const { house, database } = world;
    const [row] = await database.query<{ name: string }>('select current_database() as name');
    const url = new URL(String((database.pool.options as { connectionString?: string }).connectionString));
    url.pathname = `/${row?.name}`;
    const second = await openDatabase({ url: url.href });
    const other = await openWorld(second);
    const counterId = await newCounter(house);
    const events = await stream(house, { counterIds: [counterId] });
    const theirs = await stream(other, { counterIds: [counterId] });
    await Promise.all(
      [house, other].map(async (each) => {
        for (let by = 1; by <= 30; by++) await get(each, ADD, { input: { counterId, by: 1 } });
      }),
    );
    for (const each of [events, theirs]) {
      const sequences: number[] = [];
      while (sequences.length < 60) sequences.push(Number((await nextEvent(each)).sequence));
      expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
      await each.return?.();
    }
    await other.close();
    await second.close();
  });
});
