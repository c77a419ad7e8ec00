import { beforeAll, expect, test } from 'vitest';
import { Conflict } from '../../../platform/errors/errors.ts';
import { acts, mark } from '../fixtures/counters.ts';
import { onBoth } from '../fixtures/both.ts';
import { ADD, ann, ask, codeOf, factsOf, get, newCounter, TALLY, valueOf } from '../fixtures/world.ts';

beforeAll(() => {
  acts.set('keep', (tx) => tx.refuse(new Conflict('No, but it is recorded.'), { keep: true }));
  acts.set('refuse', (tx) => tx.refuse(new Conflict('No.')));
  acts.set('throw', () => {
    throw new Error('a fault of ours');
  });
  acts.set('mark', (tx, _counter, { label }) => mark(tx, label ?? ''));
});

onBoth((world) => {
  test('a refusal with keep commits the writes with their facts, and returns the error', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    for (const mutation of [ADD, TALLY]) {
      const answer = await ask(house, mutation, { input: { counterId, by: 2, act: 'keep' } });
      expect(answer.data).toBeNull();
      expect(answer.errors?.[0]).toMatchObject({
        message: 'No, but it is recorded.',
        extensions: { code: 'CONFLICT', os: 'counters', retryable: false },
      });
    }
    expect(await valueOf(database, counterId)).toBe(4);
    await house.settled();
    const facts = await factsOf(database, counterId);
    expect(facts.map(({ type, key_seq }) => [type, key_seq])).toEqual([
      ['counters.counter.created', '1'],
      ['counters.counter.added', '2'],
      ['counters.counter.added', '3'],
    ]);
    expect(facts.every(({ position }) => position !== null)).toBe(true);
  });

  test.each(['refuse', 'throw'])('a call that ends with %s writes neither rows nor facts', async (act) => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    for (const mutation of [ADD, TALLY]) {
      const code = await codeOf(house, mutation, { input: { counterId, by: 2, act } });
      expect(code).toBe(act === 'refuse' ? 'CONFLICT' : 'INTERNAL');
    }
    expect(await valueOf(database, counterId)).toBe(0);
    expect(await factsOf(database, counterId)).toHaveLength(1);
    // The gap-free number of the key was not used either.
    await get(house, ADD, { input: { counterId, by: 1 } });
    expect((await factsOf(database, counterId)).map(({ key_seq }) => key_seq)).toEqual(['1', '2']);
  });

  test.each(['refuse', 'keep', 'throw'])(
    'a call that ends with %s keeps its idempotency key free, even for another input',
    async (act) => {
      const { house, database } = world;
      const counterId = await newCounter(house);
      const input = { counterId, by: 2, idempotencyKey: `free after ${act}` };
      for (const mutation of [ADD, TALLY]) {
        expect(await codeOf(house, mutation, { input: { ...input, act } })).not.toBeNull();
      }
      const kept = await database.query('select 1 from facts.idempotency where key = $1', [input.idempotencyKey]);
      expect(kept).toEqual([]);
      expect(await get(house, ADD, { input: { ...input, by: 5 } })).toMatchObject({ by: 5 });
    },
  );

  test('a database error that is not a race is retried, then masked, and writes nothing', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const input = { counterId, by: 1, act: 'mark', label: 'one of a kind' };
    await get(house, ADD, { input });
    const answer = await ask(house, ADD, { input: { ...input, by: 3 } });
    expect(answer.errors?.[0]?.extensions['code']).toBe('INTERNAL');
    expect(JSON.stringify(answer.errors)).not.toContain('marks');
    expect(await valueOf(database, counterId)).toBe(1);
  });

  test('the payload shows the committed state', async () => {
    const { house } = world;
    const counterId = await newCounter(house);
    acts.set('lie', (_tx, counter) => {
      counter.value += 100;
    });
    expect(await get(house, ADD, { input: { counterId, by: 1, act: 'lie' } })).toEqual({
      by: 1,
      value: 1,
      actorId: ann.id,
      counter: { id: counterId, value: 101 },
    });
  });
});
