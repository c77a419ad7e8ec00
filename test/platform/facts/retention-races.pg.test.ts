import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { registerConsumers } from '../../../platform/facts/checkpoints.ts';
import { on } from '../../../platform/facts/reactions.ts';
import { counterAdded } from '../fixtures/counters.ts';
import { pausing } from '../fixtures/pausing.ts';
import { add, age, closers, kept, open, prune, readsLog } from '../fixtures/pruning.ts';
import { eventually, gate, newCounter, nextEvent, openWorld, stream } from '../fixtures/world.ts';

test('a consumer that registers during a prune of its facts waits and is then refused; a prune does nothing during a registration', async () => {
  const { database, house, url } = await open('postgres');
  const counterId = await newCounter(house);
  await add(house, counterId, 1);
  await house.settled();
  await age(database);
  await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
  const nothing = (): Promise<void> => Promise.resolve();
  const late = { name: 'late.adder', reaction: on([counterAdded], 'adder', nothing) };

  // An unfinished registration: a prune does nothing meanwhile.
  const registering = gate();
  const slowly: Database = {
    ...database,
    transaction: (fn, options) =>
      database.transaction(async (client) => {
        const result = await fn(client);
        await registering.wait();
        return result;
      }, options),
  };
  const first = registerConsumers(slowly, [late]);
  await registering.reached;
  await prune(database);
  expect((await kept(database)).gone).toBe('0');
  registering.open();
  await first;
  await prune(database);
  // The new consumer is at the beginning, and keeps everything.
  expect((await kept(database)).gone).toBe('0');
  await database.query(`delete from facts.checkpoints where consumer = 'late.adder'`);

  // An unfinished prune in another process; a third one is refused.
  const other = await openDatabase({ url: url! });
  closers.push(() => other.close());
  const pruning = gate();
  const pruningSlowly: Database = {
    ...other,
    transaction: (fn, options) =>
      other.transaction(async (client) => {
        const result = await fn(client);
        await pruning.wait();
        return result;
      }, options),
  };
  const second = prune(pruningSlowly);
  await pruning.reached;
  await prune(database);
  expect((await kept(database)).gone).toBe('0');
  const refused = registerConsumers(database, [late]).then(
    () => null,
    (error: Error) => error,
  );
  await eventually(
    () =>
      database.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like '%facts.prune%'`,
      ),
    (rows) => rows.length === 1,
  );
  pruning.open();
  await second;
  expect((await refused)?.message).toMatch(/late\.adder is new/);
  expect((await kept(database)).n).toBe(0);
}, 60_000);

test('a process that was suspended during a prune ends its streams with EXPIRED, and its consumers continue', async () => {
  const { house, database, url } = await open('postgres');
  const counterId = await newCounter(house);
  await house.settled();
  const held = gate();
  let armed = false;
  const second = await openDatabase({ url: url! });
  const other = await openWorld(
    pausing(second, {
      // Only the relay's reads of the log.
      before: (sql) => (armed && readsLog(sql) && !sql.includes('type = any') ? held.wait() : undefined),
    }),
  );
  closers.push(async () => {
    await other.close();
    await second.close();
  });
  await other.settled();
  const theirs = await stream(other, { counterIds: [counterId] });
  const next = theirs.next();
  armed = true;
  for (const by of [1, 2]) await add(house, counterId, by);
  await held.reached;
  await eventually(
    () => database.query(`select 1 from echoes.echoes where key = $1`, [counterId]),
    (rows) => rows.length === 5,
  );
  await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
  await age(database);
  await prune(database);
  expect((await kept(database)).n).toBe(0);
  armed = false;
  held.open();
  expect(await next).toMatchObject({
    done: false,
    value: { errors: [{ extensions: { code: 'EXPIRED', path: ['after'] } }] },
  });
  // A new stream is complete, and so are the reactions.
  const anew = await stream(other, { counterIds: [counterId] });
  await other.hub.settled();
  await add(house, counterId, 3);
  expect((await nextEvent(anew)).by).toBe(3);
  await anew.return?.();
  await house.settled();
  await other.settled();
  const heard = await database.query(
    `select count(*)::int as n from echoes.echoes where key = $1 and consumer = 'sums' group by fact_id`,
    [counterId],
  );
  expect(heard).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
}, 60_000);
