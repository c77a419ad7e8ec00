import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { House } from '../../../platform/house/house.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { acts, counters, Mark, mark } from '../fixtures/counters.ts';
import {
  ADD,
  ask,
  codeOf,
  eventually,
  factsOf,
  gate,
  get,
  newCounter,
  openWorld,
  TALLY,
  valueOf,
} from '../fixtures/world.ts';

const postgres = sharedPostgres();
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(['embedded', 'postgres'] as const)('%s', (kind) => {
  let database: Database;
  let house: House;
  beforeAll(async () => {
    database = await openDatabase(
      kind === 'embedded' ? { inMemory: true } : { url: await postgres.createDatabase(), poolSize: 4 },
    );
    house = await openWorld(database, { transactionLimitMs: 700 });
  });
  afterAll(async () => {
    await house.close();
    await database.close();
  });
  beforeEach(() => acts.clear());

  test('a transaction past its limit is rolled back with UNAVAILABLE, and its further work is never written', async () => {
    const counterId = await newCounter(house);
    const ended: unknown[] = [];
    acts.set('linger', async (tx, counter, { label }) => {
      mark(tx, `early ${label}`);
      await tx.em.flush();
      await sleep(1_100);
      // The caller already has its answer; nothing of this may be committed by itself.
      for (const step of [
        () => sqlIn(tx.em, 'update counters.counters set value = 999 where id = $1', [counterId]),
        () => counters.lock(tx, counterId),
        () => tx.em.nativeUpdate(Mark, {}, { label: 'late' }),
        () => {
          counter.value = 999;
          mark(tx, `late ${label}`);
          return tx.em.flush();
        },
      ])
        ended.push(
          await step().then(
            () => 'done',
            () => 'failed',
          ),
        );
    });
    for (const mutation of [ADD, TALLY]) {
      ended.length = 0;
      const input = {
        counterId,
        by: 1,
        act: 'linger',
        label: mutation === ADD ? 'add' : 'tally',
        idempotencyKey: 'linger',
      };
      const answer = await ask(house, mutation, { input });
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfter: 1 });
      await eventually(
        async () => Promise.resolve(ended.length),
        (length) => length === 4,
      );
      expect(ended).toEqual(['failed', 'failed', 'failed', 'failed']);
    }
    await sleep(50);
    expect(await valueOf(database, counterId)).toBe(0);
    expect(await database.query('select label from counters.marks')).toEqual([]);
    expect(await factsOf(database, counterId)).toHaveLength(1);
    expect(await database.query(`select 1 from facts.idempotency where key = 'linger'`)).toEqual([]);
    // More often than there are connections: each was returned.
    for (let n = 1; n <= 6; n++)
      expect(await get(house, ADD, { input: { counterId, by: 1 } })).toMatchObject({ value: n });
  });

  test('work inside a statement at the limit writes nothing either', async () => {
    const counterId = await newCounter(house);
    acts.set('hurry', async (tx) => {
      // Back to back, so that the rollback hits the work both between statements and within one.
      for (let n = 0; n < 100_000; n++)
        await sqlIn(tx.em, 'update counters.counters set value = value + 1 where id = $1', [counterId]);
    });
    expect(await codeOf(house, ADD, { input: { counterId, by: 1, act: 'hurry' } })).toBe('UNAVAILABLE');
    await sleep(50);
    expect(await valueOf(database, counterId)).toBe(0);
    expect(await get(house, ADD, { input: { counterId, by: 1 } })).toMatchObject({ value: 1 });
  });
});

describe('races, on Postgres', () => {
  let database: Database;
  let house: House;
  beforeAll(async () => {
    database = await openDatabase({ url: await postgres.createDatabase(), poolSize: 4 });
    house = await openWorld(database);
  });
  afterAll(async () => {
    await house.close();
    await database.close();
  });

  test('a deadlock is retried, and both calls succeed', async () => {
    const ids = [await newCounter(house), await newCounter(house)] as const;
    const gates = [gate(), gate()] as const;
    const tries = [0, 0];
    // Each holds the row that the other locks next.
    acts.set('cross', async (tx, _counter, { counterId }) => {
      const n = counterId === ids[0] ? 0 : 1;
      tries[n] = (tries[n] ?? 0) + 1;
      if (tries[n] === 1) await gates[n]?.wait();
      const other = await counters.lock(tx, ids[1 - n] ?? '');
      if (other) other.value += 10;
    });
    const calls = ids.map((counterId) => get(house, ADD, { input: { counterId, by: 1, act: 'cross' } }));
    await Promise.all(gates.map((each) => each.reached));
    for (const each of gates) each.open();
    await Promise.all(calls);
    expect(tries.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(await Promise.all(ids.map((id) => valueOf(database, id)))).toEqual([11, 11]);
    for (const id of ids) expect(await factsOf(database, id)).toHaveLength(2);
  });

  test('a unique key taken concurrently is retried, and found the second time', async () => {
    const ids = [await newCounter(house), await newCounter(house)];
    const both = [gate(), gate()];
    let tries = 0;
    acts.set('take', async (tx, counter, { label }) => {
      tries += 1;
      const [taken] = await sqlIn(tx.em, 'select 1 from counters.marks where label = $1', [label]);
      if (taken) {
        counter.value += 100;
        return;
      }
      await both[ids.indexOf(counter.id)]?.wait();
      mark(tx, label ?? '');
    });
    const calls = ids.map((counterId) => get(house, ADD, { input: { counterId, by: 1, act: 'take', label: 'one' } }));
    await Promise.all(both.map((each) => each.reached));
    for (const each of both) each.open();
    await Promise.all(calls);
    expect(tries).toBe(3);
    const values = await Promise.all(ids.map((id) => valueOf(database, id)));
    expect(values.toSorted((a = 0, b = 0) => a - b)).toEqual([1, 101]);
  });

  test('a connection lost in a transaction fails only that call, and is returned', async () => {
    const counterId = await newCounter(house);
    acts.set('lose', async (tx) => {
      await sqlIn(tx.em, 'select pg_terminate_backend(pg_backend_pid())');
    });
    // More often than there are connections.
    for (let n = 0; n < 6; n++)
      expect(await codeOf(house, ADD, { input: { counterId, by: 1, act: 'lose' } })).toBe('INTERNAL');
    expect(await get(house, ADD, { input: { counterId, by: 1 } })).toMatchObject({ value: 1 });
  }, 60_000);
});
