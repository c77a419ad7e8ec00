import { expect, test, vi } from 'vitest';
import { openDatabase } from '../../../platform/database/database.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { startLimit, startProgram } from '../fixtures/start.ts';
import { ADD, eventually, factsOf, get, newCounter, openWorld } from '../fixtures/world.ts';

const postgres = sharedPostgres();

test('a fact whose process died between commit and stamping is stamped and delivered by another within a second', async () => {
  const url = await postgres.createDatabase();
  const database = await openDatabase({ url });
  const house = await openWorld(database);
  const counterId = await newCounter(house);
  await house.close();
  await using child = startProgram({
    url,
    only: 'counters',
    stop: 'call:after',
    call: { query: ADD, variables: { input: { counterId, by: 1, label: 'orphan' } }, actor: 'usr_ann' },
  });
  await child.line('at call:after', startLimit);
  await child.kill();
  const orphan = async (): Promise<string | null | undefined> => (await factsOf(database, counterId))[1]?.position;
  expect(await orphan()).toBeNull();

  // Another process that runs all the time and does nothing by itself.
  const neighbour = await openWorld(database);
  const start = performance.now();
  await eventually(orphan, (position) => typeof position === 'string');
  // The promise is a second. Without another process it would never arrive, so a loaded machine gets more time.
  expect(performance.now() - start).toBeLessThan(15_000);
  await neighbour.close();
  await database.close();
}, 120_000);

test('a process learns of facts stamped by another by NOTIFY, and of missed ones by polling', async () => {
  const url = await postgres.createDatabase();
  const [one, two] = [await openDatabase({ url }), await openDatabase({ url })];
  const writer = await openWorld(one);
  // A process that never polls: it only gets facts by NOTIFY.
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const told = await openWorld(two).finally(() => vi.useRealTimers());
  const counterId = await newCounter(writer);
  for (let by = 1; by <= 15; by++) {
    const heard = new Promise<void>((resolve) => {
      const unhear = told.hub.hear(['counters.counter.added'], () => {
        unhear();
        resolve();
      });
    });
    await get(writer, ADD, { input: { counterId, by } });
    await heard;
  }
  await told.close();

  // Stamped without a NOTIFY, as if the listening connection was lost for a moment.
  await writer.settled();
  await writer.close();
  const reader = await openWorld(two);
  await reader.settled();
  const heard = new Promise<string>((resolve) => {
    reader.hub.hear(['counters.counter.added'], (batch) => resolve(batch[0]?.key ?? ''));
  });
  await one.query(
    `with base as (update facts.relay set position = position + 1 returning position)
     insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload, position)
     select 'fct_silent', 'counters', 'counters.counter.added', 1, 'silent', 1, now(), 'main', 'x',
       '{"by": 1, "value": 1, "label": null, "counterId": "silent"}', position from base`,
  );
  expect(await heard).toBe('silent');
  await reader.settled();
  expect(await two.query(`select consumer from echoes.echoes where key = 'silent' order by 1`)).toEqual([
    { consumer: 'names' },
    { consumer: 'sums' },
  ]);
  await reader.close();
  await one.close();
  await two.close();
}, 60_000);
