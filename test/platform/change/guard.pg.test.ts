import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guardOutsideCalls } from '../../../platform/database/guard.ts';
import { acts, Counter, counters } from '../fixtures/counters.ts';
import { onBoth } from '../fixtures/both.ts';
import { ADD, codeOf, get, newCounter, TALLY, VALUE, valueOf } from '../fixtures/world.ts';

let unguard = (): void => {};
let calls = 0;
const server = createServer((_request, response) => {
  calls += 1;
  response.end('ok');
});
let url = '';
beforeAll(async () => {
  unguard = guardOutsideCalls();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  unguard();
  server.close();
});

onBoth((world) => {
  test.each([
    ['a second connection', 'SecondConnectionInTransaction'],
    ['a query of a fork of its entity manager', 'SecondConnectionInTransaction'],
    ['a nested transaction', 'SecondConnectionInTransaction'],
    ['a LISTEN', 'SecondConnectionInTransaction'],
    ['a local query of a subgraph', 'OutsideCallInTransaction'],
    ['a local mutation of a subgraph', 'OutsideCallInTransaction'],
    ['a fetch', 'OutsideCallInTransaction'],
  ])('%s inside an open transaction is a clear error at once, and the call writes nothing', async (what, name) => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    let met: unknown;
    acts.set('reach out', async (tx) => {
      try {
        if (what === 'a second connection') await database.query('select 1');
        else if (what.startsWith('a query of a fork')) await tx.em.fork().count(Counter);
        else if (what === 'a nested transaction') await database.transaction((client) => client.query('select 1'));
        else if (what === 'a LISTEN') await database.listen('x', () => undefined);
        else if (what.startsWith('a local query')) await get(house, VALUE, { id: counterId });
        else if (what.startsWith('a local mutation')) await get(house, ADD, { input: { counterId, by: 1 } });
        else await fetch(url);
      } catch (error) {
        met = error;
        throw error;
      }
    });
    const before = calls;
    for (const mutation of [ADD, TALLY]) {
      met = null;
      expect(await codeOf(house, mutation, { input: { counterId, by: 1, act: 'reach out' } })).toBe('INTERNAL');
      const told = what === 'a fetch' ? (met as Error).cause : met;
      expect(told).toMatchObject({
        name,
        message: expect.stringContaining(mutation === ADD ? 'counterAdd' : 'counterTally') as string,
      });
    }
    expect(calls).toBe(before);
    expect(await valueOf(database, counterId)).toBe(0);
    // No call is left waiting for a connection.
    expect(await get(house, ADD, { input: { counterId, by: 1 } })).toMatchObject({ value: 1 });
  });

  test('a timer set in a transaction may query and call servers after the commit', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const later: Promise<unknown[]>[] = [];
    acts.set('arm', () => {
      const pause = new Promise((resolve) => setTimeout(resolve, 150));
      const work = pause.then(async () => [
        await valueOf(database, counterId),
        await get(house, VALUE, { id: counterId }),
        await (await fetch(url)).text(),
      ]);
      later.push(work);
    });
    await get(house, ADD, { input: { counterId, by: 3, act: 'arm' } });
    expect(await Promise.all(later)).toEqual([[3, { value: 3 }, 'ok']]);
  });

  test('a row locked twice in one transaction keeps changes in between', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    acts.set('lock again', async (tx, counter) => {
      const again = await counters.lock(tx, counterId);
      expect(again).toBe(counter);
      counter.value += 10;
    });
    await get(house, ADD, { input: { counterId, by: 1, act: 'lock again' } });
    expect(await valueOf(database, counterId)).toBe(11);
  });
});
