import { beforeEach, expect, test } from 'vitest';
import { acts } from '../fixtures/counters.ts';
import { onBoth } from '../fixtures/both.ts';
import {
  ADD,
  ann,
  ask,
  bob,
  codeOf,
  CREATE,
  factsOf,
  gate,
  get,
  newCounter,
  operator,
  TALLY,
  valueOf,
} from '../fixtures/world.ts';

beforeEach(() => {
  acts.set('throw', () => {
    throw new Error('a fault of ours');
  });
});

onBoth((world) => {
  test('the same key with the same input returns the same result and does nothing', async () => {
    const { house, database } = world;
    const input = { name: 'once', idempotencyKey: 'create once' };
    const first = await get(house, CREATE, { input });
    const second = await get(house, CREATE, { input });
    expect(second).toEqual(first);
    const { id } = (first as { counter: { id: string } }).counter;
    expect(await factsOf(database, id)).toHaveLength(1);

    for (const [mutation, key] of [
      [ADD, 'add once'],
      [TALLY, 'tally once'],
    ] as const) {
      const add = { counterId: id, by: 3, idempotencyKey: key };
      const answer = await get(house, mutation, { input: add });
      // The order of the input's fields does not matter.
      const turned = { idempotencyKey: key, by: 3, counterId: id };
      expect(await get(house, mutation, { input: turned })).toEqual(answer);
    }
    expect(await valueOf(database, id)).toBe(6);
    expect(await factsOf(database, id)).toHaveLength(3);
  });

  test('the same key with another input is CONFLICT at the key’s path, and does nothing', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    for (const [mutation, idempotencyKey] of [
      [ADD, 'add other'],
      [TALLY, 'tally other'],
    ] as const) {
      await get(house, mutation, { input: { counterId, by: 1, idempotencyKey } });
      const answer = await ask(house, mutation, { input: { counterId, by: 2, idempotencyKey } });
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', path: ['input', 'idempotencyKey'] });
    }
    expect(await valueOf(database, counterId)).toBe(2);
  });

  test('two actors may use the same key, and so may two mutations', async () => {
    const { house, database } = world;
    const mine = await newCounter(house, ann);
    const theirs = await newCounter(house, bob);
    const idempotencyKey = 'shared by two';
    await get(house, ADD, { input: { counterId: mine, by: 1, idempotencyKey } }, ann);
    await get(house, ADD, { input: { counterId: theirs, by: 2, idempotencyKey } }, bob);
    await get(house, TALLY, { input: { counterId: mine, by: 4, idempotencyKey } }, ann);
    expect([await valueOf(database, mine), await valueOf(database, theirs)]).toEqual([5, 2]);
  });

  test('a rolled back call is not recorded: the retry does the work', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const input = { counterId, by: 1, act: 'throw', idempotencyKey: 'rolled back' };
    expect(await codeOf(house, ADD, { input })).toBe('INTERNAL');
    acts.set('throw', () => {});
    expect(await get(house, ADD, { input })).toMatchObject({ value: 1 });
    expect(await valueOf(database, counterId)).toBe(1);
  });

  test('a concurrent second call waits for the first and returns its result', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const working = gate();
    acts.set('wait', working.wait);
    const input = { counterId, by: 7, act: 'wait', idempotencyKey: 'in flight' };
    const first = get(house, ADD, { input });
    await working.reached;
    let answered = false;
    const second = get(house, ADD, { input }).finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(answered).toBe(false);
    working.open();
    expect(await second).toEqual(await first);
    expect(await valueOf(database, counterId)).toBe(7);
  });

  test('a concurrent second call does the work if the first fails', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const working = gate();
    let calls = 0;
    acts.set('fail once', async () => {
      calls += 1;
      if (calls > 1) return;
      await working.wait();
      throw new Error('the first fails');
    });
    const input = { counterId, by: 7, act: 'fail once', idempotencyKey: 'the first fails' };
    const first = codeOf(house, ADD, { input });
    await working.reached;
    const second = get(house, ADD, { input });
    working.open();
    expect(await first).toBe('INTERNAL');
    expect(await second).toMatchObject({ value: 7 });
    expect(await valueOf(database, counterId)).toBe(7);
  });

  test('the result is read again with the caller’s current rights', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const input = { counterId, by: 1, idempotencyKey: 'afresh' };
    await get(house, ADD, { input });
    await get(house, ADD, { input: { counterId, by: 10 } });
    expect(await get(house, ADD, { input })).toMatchObject({ value: 1, counter: { value: 11 } });
  });

  test('a key of more than 200 characters or an empty one is INVALID, and anonymous callers have none', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    const input = { counterId, by: 1, idempotencyKey: 'x'.repeat(201) };
    expect(await codeOf(house, ADD, { input })).toBe('INVALID');
    expect(await codeOf(house, TALLY, { input })).toBe('INVALID');
    expect(await codeOf(house, ADD, { input: { ...input, idempotencyKey: 'x'.repeat(200) } })).toBeNull();
    expect(await codeOf(house, ADD, { input }, { ...operator, id: null, kind: 'ANONYMOUS' })).toBe('UNAUTHENTICATED');
  });
});
