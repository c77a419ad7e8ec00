import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Transaction } from '../../../platform/context/context.ts';
import { openDatabase, type Database } from '../../../platform/database/database.ts';
import { fact, type FactType } from '../../../platform/facts/fact.ts';
import type { House } from '../../../platform/house/house.ts';
import type { Workplace } from '../../../platform/work/worker.ts';
import { acts, counterAdded, counterCreated } from '../fixtures/counters.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { ADD, codeOf, get, newCounter, openWorld, VALUE } from '../fixtures/world.ts';

/** A fact of no OS. */
const counterLost = fact('counters.counter.lost', 'A counter was lost.', z.object({ counterId: z.string() }));

let database: Database;
let house: House;
let place: Workplace;
beforeAll(async () => {
  database = await openDatabase({ inMemory: true });
  const idle = { start: () => undefined, settled: () => Promise.resolve(), close: () => Promise.resolve() };
  const worker = (given: Workplace) => ((place = given), idle);
  const subgraph = { ...countersSubgraph, systemFacts: [counterAdded], workers: [worker] };
  house = await openWorld(database, { subgraphs: [subgraph] });
});
afterAll(async () => {
  await house.close();
  await database.close();
});

const factTypes = async (key: string): Promise<unknown[]> =>
  (await database.query<{ type: string }>('select type from facts.log where key = $1', [key])).map(({ type }) => type);

/** What `emit` throws in a mutation that tells `counterAdded`; the mutation fails. */
async function refusedIn(counterId: string, type: FactType): Promise<string> {
  let message = '';
  acts.set('tell', (tx: Transaction) => {
    try {
      tx.emit(type, counterId, { counterId });
    } catch (error) {
      message = (error as Error).message;
      throw error;
    }
  });
  expect(await codeOf(house, ADD, { input: { counterId, by: 1, act: 'tell' } })).toBe('INTERNAL');
  return message;
}

test('a mutation cannot tell a fact that its `tells` does not name: it fails, and nothing is stored', async () => {
  const counterId = await newCounter(house);
  expect(await refusedIn(counterId, counterCreated as FactType)).toBe(
    'counterAdd tells the fact "counters.counter.created", which it does not declare: list it in `tells` of counterAdd.',
  );
  expect(await refusedIn(counterId, counterLost as FactType)).toBe(
    'counterAdd tells the fact "counters.counter.lost", which it does not declare: list it in `tells` of counterAdd, and export it from a module of counters or list it in its `facts`.',
  );
  expect(await get(house, VALUE, { id: counterId })).toEqual({ value: 0 });
  expect(await factTypes(counterId)).toEqual(['counters.counter.created']);
});

test('a worker can tell only the facts that `systemFacts` of its OS names', async () => {
  const tell = (type: FactType): Promise<void> =>
    place.transaction('counters.fill', 'main', async (tx) => Promise.resolve(tx.emit(type, 'cnt_filled', {})));
  await expect(tell(counterCreated as FactType)).rejects.toThrow(
    'counters.fill tells the fact "counters.counter.created", which it does not declare: list it in `systemFacts` of counters.',
  );
  await expect(tell(counterLost as FactType)).rejects.toThrow(
    'list it in `systemFacts` of counters, and export it from a module of counters or list it in its `facts`.',
  );
  expect(await factTypes('cnt_filled')).toEqual([]);
});
