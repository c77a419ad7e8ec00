import { afterEach, expect, test, vi } from 'vitest';
import { openDatabase } from '../../../platform/database/database.ts';
import { openTransaction } from '../../../platform/database/guard.ts';
import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Workplace } from '../../../platform/work/worker.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { Counter, counterAdded } from '../fixtures/counters.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { get, newCounter, openWorld, VALUE } from '../fixtures/world.ts';

const clock = { now: () => new Date() };
const log = createLog({ level: 'silent' });

afterEach(() => void vi.useRealTimers());

test('a worker of an OS starts and ends with the house, and its transactions commit writes together with facts', async () => {
  const seen: string[] = [];
  let place: Workplace | undefined;
  await using database = await openDisposable();
  const house = await openWorld(database.database, {
    subgraphs: [
      {
        ...countersSubgraph,
        systemFacts: [counterAdded],
        workers: [
          (given) => {
            place = given;
            return {
              start: () => void seen.push('start'),
              settled: async () => Promise.resolve(void seen.push('settled')),
              close: async () => Promise.resolve(void seen.push('close')),
            };
          },
        ],
      },
    ],
  });
  const counterId = await newCounter(house);
  const add = (by: number, fail: boolean): Promise<string | null> =>
    place!.transaction(
      'counters.fill',
      'main',
      async (tx) => {
        const counter = await tx.em.findOneOrFail(Counter, { id: counterId });
        counter.value += by;
        tx.emit(counterAdded, counterId, { counterId, by, value: counter.value, label: null });
        if (fail) throw new Error('the work fails');
        return openTransaction();
      },
      { onBehalfOf: 'usr_ann', correlationId: 'cor_1' },
    );
  expect(await add(5, false)).toBe('counters.fill');
  await expect(add(7, true)).rejects.toThrow('the work fails');
  await house.settled();
  expect(await get(house, VALUE, { id: counterId })).toEqual({ value: 5 });
  const told = await database.database.query(
    `select actor, on_behalf_of, correlation_id from facts.log where type = 'counters.counter.added'`,
  );
  expect(told).toEqual([{ actor: 'svc_counters', on_behalf_of: 'usr_ann', correlation_id: 'cor_1' }]);
  await house.close();
  expect([seen[0], seen.includes('settled'), seen.at(-1)]).toEqual(['start', true, 'close']);
});

test('a loop works when woken, once more if woken meanwhile, and again when the next work is due', async () => {
  vi.useFakeTimers();
  let looks = 0;
  let next: Date | null = null;
  const loop = new WorkLoop({
    name: 'test',
    clock,
    log,
    work: async () => {
      looks += 1;
      await Promise.resolve();
      return next;
    },
  });
  loop.wake();
  loop.wake();
  await loop.settled();
  expect(looks).toBe(2);
  next = new Date(Date.now() + 5_000);
  await loop.settled();
  expect(looks).toBe(3);
  next = null;
  await vi.advanceTimersByTimeAsync(4_990);
  expect(looks).toBe(3);
  await vi.advanceTimersByTimeAsync(20);
  expect(looks).toBe(4);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(looks).toBe(5);
  await loop.close();
  loop.wake();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toBe(5);
});

test('a loop whose work fails retries with growing delays, and ends only after running work', async () => {
  vi.useFakeTimers();
  let looks = 0;
  let release = (): void => {};
  const loop = new WorkLoop({
    name: 'test',
    clock,
    log,
    work: async (closing) => {
      looks += 1;
      if (looks < 3) throw new Error('not yet');
      await new Promise<void>((resolve) => (release = resolve));
      expect(closing.aborted).toBe(true);
      return null;
    },
  });
  await loop.settled();
  expect(looks).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(looks).toBe(2);
  await vi.advanceTimersByTimeAsync(1_990);
  expect(looks).toBe(2);
  await vi.advanceTimersByTimeAsync(20);
  expect(looks).toBe(3);
  let closed = false;
  const closing = loop.close().then(() => (closed = true));
  await vi.advanceTimersByTimeAsync(10);
  expect(closed).toBe(false);
  release();
  await closing;
});

async function openDisposable(): Promise<AsyncDisposable & { database: Awaited<ReturnType<typeof openDatabase>> }> {
  const database = await openDatabase({ inMemory: true });
  return { database, [Symbol.asyncDispose]: () => database.close() };
}
