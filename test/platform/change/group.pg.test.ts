import { beforeAll, expect, test } from 'vitest';
import { Conflict } from '../../../platform/errors/errors.ts';
import { acts, mark } from '../fixtures/counters.ts';
import { onBoth } from '../fixtures/both.ts';
import { ADD, ann, ask, bob, factsOf, gate, get, newCounter, openWorld, TALLY, valueOf } from '../fixtures/world.ts';
import type { ExecutionResult } from 'graphql';

interface Tally {
  by: number;
  value: number;
  actorId: string;
  counter: { value: number };
}

/** The code of an answer's error, or its value. */
function outcome(answer: ExecutionResult): unknown {
  return answer.errors?.[0]?.extensions['code'] ?? (answer.data as { counterTally: Tally }).counterTally.value;
}

beforeAll(() => {
  acts.set('throw', () => {
    throw new Error('a fault of ours');
  });
  acts.set('refuse', (tx) => tx.refuse(new Conflict('No.')));
  acts.set('keep', (tx) => tx.refuse(new Conflict('No, but it is recorded.'), { keep: true }));
  acts.set('mark', (tx, _counter, { label }) => mark(tx, label ?? ''));
  acts.set('mark now', async (tx, _counter, { label }) => {
    mark(tx, label ?? '');
    await tx.em.flush();
  });
});

onBoth((world) => {
  /** Concurrent calls for one key: the first holds the transaction until the others arrive. */
  async function together(counterId: string, inputs: Record<string, unknown>[]): Promise<ExecutionResult[]> {
    const first = gate();
    acts.set('first', first.wait);
    const holding = ask(world.house, TALLY, { input: { counterId, by: 0, act: 'first' } }, ann);
    await first.reached;
    const calls = inputs.map((input) => ask(world.house, TALLY, { input: { counterId, by: 1, ...input } }, ann));
    // Long enough for all of them to arrive at the group.
    await new Promise((resolve) => setTimeout(resolve, 50));
    first.open();
    await holding;
    return Promise.all(calls);
  }

  test('waiting calls for one key share a transaction, up to the maximum of a group', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const statements = await database.statements.record(() =>
      Promise.all(Array.from({ length: 12 }, () => get(house, TALLY, { input: { counterId, by: 1 } }))),
    );
    // The first call starts at once, alone or with those of the same turn; then at most five at a time.
    const begun = statements.filter((text) => /^(begin|start transaction)/i.test(text)).length;
    expect(begun).toBeGreaterThanOrEqual(3);
    expect(begun).toBeLessThanOrEqual(4);
    expect(statements.filter((text) => /^insert into facts.log|with incoming/i.test(text.trim()))).toHaveLength(begun);
    expect(await valueOf(database, counterId)).toBe(12);
    const alone = await database.statements.record(() => get(house, ADD, { input: { counterId, by: 1 } }));
    expect(alone.filter((text) => /^(begin|start transaction)/i.test(text))).toHaveLength(1);
  });

  test('in a group each call has its own answer, and each fact its own actor and number', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const inputs = [1, 2, 3, 4].map((n) => ({ by: n, label: `call ${n}` }));
    const answers = await together(counterId, inputs);
    expect(answers.map((answer) => (answer.data as { counterTally: Tally }).counterTally)).toMatchObject([
      { by: 1, value: 1 },
      { by: 2, value: 3 },
      { by: 3, value: 6 },
      { by: 4, value: 10 },
    ]);
    const facts = (await factsOf(database, counterId)).slice(2);
    expect(facts.map(({ label, actor, key_seq }) => [label, actor, key_seq])).toEqual(
      inputs.map(({ label }, n) => [label, ann.id, String(n + 3)]),
    );
  });

  test('permissions in a group are checked per actor', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house, ann);
    const first = gate();
    acts.set('first', first.wait);
    const holding = ask(house, TALLY, { input: { counterId, by: 0, act: 'first' } }, ann);
    await first.reached;
    const calls = [ann, bob, ann].map((actor, n) =>
      ask(house, TALLY, { input: { counterId, by: 1, label: `${actor.id} ${n}` } }, actor),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    first.open();
    await holding;
    expect((await Promise.all(calls)).map(outcome)).toEqual([1, 'FORBIDDEN', 2]);
    const facts = (await factsOf(database, counterId)).slice(2);
    expect(facts.map(({ actor, label }) => [actor, label])).toEqual([
      [ann.id, `${ann.id} 0`],
      [ann.id, `${ann.id} 2`],
    ]);
  });

  test.each([
    ['throws', 'throw', 'INTERNAL'],
    ['refuses', 'refuse', 'CONFLICT'],
    ['meets a unique key in its work', 'mark now', 'INTERNAL'],
    ['meets a unique key at the flush', 'mark', 'INTERNAL'],
    ['does not check its permission', 'forget', 'INTERNAL'],
  ])('a call of a group that %s writes nothing and does not fail the others', async (_what, act, code) => {
    const { house, database } = world;
    await get(house, ADD, { input: { counterId: await newCounter(house), by: 1, act: 'mark', label: `of ${act}` } });
    const counterId = await newCounter(house);
    const answers = await together(counterId, [
      { label: 'a' },
      { by: 100, act, label: `of ${act}` },
      { label: 'c' },
      { label: 'd', act: 'keep' },
    ]);
    expect(answers.map(outcome)).toEqual([1, code, 2, 'CONFLICT']);
    expect(await valueOf(database, counterId)).toBe(3);
    const facts = (await factsOf(database, counterId)).slice(2);
    expect(facts.map(({ label, key_seq }) => [label, key_seq])).toEqual([
      ['a', '3'],
      ['c', '4'],
      ['d', '5'],
    ]);
  });

  test('in a group in which all calls fail, each has its own error', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const acted = ['throw', 'refuse', 'throw', 'refuse', 'throw'].map((act) => ({ act }));
    const answers = await together(counterId, acted);
    expect(answers.map(outcome)).toEqual(['INTERNAL', 'CONFLICT', 'INTERNAL', 'CONFLICT', 'INTERNAL']);
    expect(await valueOf(database, counterId)).toBe(0);
  });

  test('a call is answered only after the commit of its group', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const { value } = await get<Tally>(house, TALLY, { input: { counterId, by: 1 } });
        expect(await valueOf(database, counterId)).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  test('two calls with one idempotency key in one group run once: the later one returns the earlier one’s result', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const same = { by: 5, idempotencyKey: 'twice in a group' };
    const answers = await together(counterId, [same, { by: 1 }, same, { ...same, by: 6 }]);
    expect(answers.map(outcome)).toEqual([5, 6, 5, 'CONFLICT']);
    expect(await valueOf(database, counterId)).toBe(6);
  });

  test('a call that waits too long is refused and not run; later ones are', async () => {
    const { database } = world;
    const house = await openWorld(database, { groupWaitMs: 60 });
    try {
      const counterId = await newCounter(house);
      const first = gate();
      acts.set('first', first.wait);
      const holding = ask(house, TALLY, { input: { counterId, by: 0, act: 'first' } }, ann);
      await first.reached;
      const key = 'not run';
      const late = [1, 2, 3].map((by) =>
        ask(house, TALLY, { input: { counterId, by, ...(by === 1 ? { idempotencyKey: key } : {}) } }, ann),
      );
      await new Promise((resolve) => setTimeout(resolve, 120));
      const inTime = ask(house, TALLY, { input: { counterId, by: 10 } }, ann);
      first.open();
      expect((await holding).errors).toBeUndefined();
      for (const { errors } of await Promise.all(late))
        expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfter: 1 });
      await inTime;
      const value = await valueOf(database, counterId);
      expect([0, 10]).toContain(value);
      expect(await database.query('select 1 from facts.idempotency where key = $1', [key])).toEqual([]);
      const again = await get<Tally>(house, TALLY, { input: { counterId, by: 1, idempotencyKey: key } });
      expect(again.value).toBe((value ?? 0) + 1);
    } finally {
      await house.close();
    }
  });

  test('calls beyond what can be served in time are refused at once', async () => {
    const { database } = world;
    // The calls within the limit end soon after: their outcome does not matter here.
    const house = await openWorld(database, { groupWaitMs: 500 });
    try {
      const counterId = await newCounter(house);
      const first = gate();
      acts.set('first', first.wait);
      const holding = ask(house, TALLY, { input: { counterId, by: 0, act: 'first' } }, ann);
      await first.reached;
      const calls = Array.from({ length: 2000 }, () => ask(house, TALLY, { input: { counterId, by: 0 } }, ann));
      const beyond = await ask(house, TALLY, { input: { counterId, by: 1 } }, ann);
      expect(beyond.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfter: 1 });
      first.open();
      await holding;
      await Promise.all(calls);
      expect(await valueOf(database, counterId)).toBe(0);
    } finally {
      await house.close();
    }
  }, 60_000);

  test('a hundred concurrent calls on one key add up', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => get<Tally>(house, TALLY, { input: { counterId, by: 1 } })),
    );
    expect(answers.map(({ value }) => value).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    expect(await valueOf(database, counterId)).toBe(100);
    const facts = await factsOf(database, counterId);
    expect(facts.map(({ key_seq }) => Number(key_seq))).toEqual(Array.from({ length: 101 }, (_, n) => n + 1));
  });
});
