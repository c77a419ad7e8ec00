import type { ExecutionResult } from 'graphql';
import { afterEach, describe, expect, test } from 'vitest';
import type { Database } from '../../../platform/database/database.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { registerConsumers } from '../../../platform/facts/checkpoints.ts';
import { on, type Reaction } from '../../../platform/facts/reactions.ts';
import { pruneBatch, pruneFacts } from '../../../platform/facts/retention.ts';
import type { House, HouseOptions } from '../../../platform/subgraph/house.ts';
import { createLog, type Logger } from '../../../platform/telemetry/log.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { existingDatabase, freshDatabase } from '../../testkit/template.ts';
import { counterAdded, counterCreated } from '../fixtures/counters.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { echoesSubgraph, reacts } from '../fixtures/echoes.subgraph.ts';
import { pausing, type Pauses } from '../fixtures/pausing.ts';
import {
  ADD,
  ADDED,
  ann,
  eventually,
  gate,
  get,
  infoOf,
  newCounter,
  nextEvent,
  openWorld,
  stream,
} from '../fixtures/world.ts';

const postgres = sharedPostgres();
const days = 10;
const quiet = createLog({ level: 'silent' });
const never = new AbortController().signal;

/** Statements that read a page of the log. */
const readsLog = (sql: string): boolean =>
  sql.includes('left join lateral') && sql.includes('facts.log where position');

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  reacts.clear();
  for (const close of closers.splice(0).toReversed()) await close();
});

async function open(kind: 'embedded' | 'postgres', pauses: Pauses = {}, options: Partial<HouseOptions> = {}) {
  const url = kind === 'postgres' ? await postgres.createDatabase() : undefined;
  const fresh = await (url ? existingDatabase(url) : freshDatabase(kind, [countersSubgraph, echoesSubgraph]));
  const { database } = fresh;
  const house = await openWorld(pausing(database, pauses), options);
  closers.push(async () => {
    await house.close();
    await fresh.close();
  });
  return { house, database, url };
}

const add = (house: House, counterId: string, by: number): Promise<unknown> =>
  get(house, ADD, { input: { counterId, by, label: String(by) } });

/** Makes all facts so far older than they may become. */
const age = (database: Database): Promise<unknown> =>
  database.query(`update facts.log set at = at - interval '30 days' where at > now() - interval '1 day'`);

/** Many facts of a counter in the log, as it would hold them after a while. */
const fill = (database: Database, counterId: string, count: number): Promise<unknown> =>
  database.query(
    `with numbered as (update facts.keys set seq = seq + $2 where key = $1 returning seq - $2 as seq)
     insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload)
     select 'fct_' || $1 || n, 'counters', 'counters.counter.added', 1, $1, k.seq + n, now(), 'main', '',
       jsonb_build_object('counterId', $1, 'by', n, 'label', n::text, 'value', n) from numbered k, generate_series(1, $2::int) n`,
    [counterId, count],
  );

const prune = (database: Database, log: Logger = quiet): Promise<void> => pruneFacts(database, days, log, never);

async function kept(database: Database): Promise<{ n: number; first: string | null; gone: string }> {
  const [row] = await database.query<{ n: number; first: string | null; gone: string }>(
    `select count(*)::int as n, min(position) as first, (select coalesce(max(position), 0) from facts.pruned) as gone from facts.log`,
  );
  return row!;
}

const subscribe = async (house: House, after: string): Promise<unknown> =>
  ((await house.services[0]!.subscribe({ query: ADDED, variables: { after }, info: infoOf(ann) })) as ExecutionResult)
    .errors?.[0]?.extensions;

function logging(): { log: Logger; told: Record<string, unknown>[] } {
  const told: Record<string, unknown>[] = [];
  const log = { warn: (what: Record<string, unknown>) => void told.push(what) } as unknown as Logger;
  return { log, told };
}

describe.each(['embedded', 'postgres'] as const)('%s', (kind) => {
  test('facts past their time go from the beginning of the log, in short transactions; where none may go, nothing is written', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    await fill(database, counterId, 2 * pruneBatch);
    await house.settled();
    await age(database);
    await add(house, counterId, 7);
    await house.settled();
    await house.sweep();
    // Without the setting the house's own sweep leaves the log alone.
    expect((await kept(database)).gone).toBe('0');

    const xids: (string | null)[] = [];
    const watched: Database = {
      ...database,
      transaction: (fn, options) =>
        database.transaction(async (client) => {
          const result = await fn(client);
          const { rows } = await client.query<{ xid: string | null }>(
            'select pg_current_xact_id_if_assigned()::text as xid',
          );
          xids.push(rows[0]!.xid);
          return result;
        }, options),
    };
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(watched);
    // The young fact and what its reactions told after it.
    const left = await kept(database);
    expect(await database.query(`select 1 from facts.log where at < now() - interval '10 days'`)).toEqual([]);
    expect(Number(left.first)).toBe(Number(left.gone) + 1);
    expect(xids.length).toBeGreaterThanOrEqual(3);
    expect(xids.filter((xid) => xid !== null).length).toBeGreaterThanOrEqual(3);
    const [told] = await database.query<{ n: string }>('select sum(facts) as n from facts.pruned');
    expect(Number(told?.n)).toBe(Number(left.gone));

    xids.length = 0;
    const before = await database.statements.record(() => prune(watched));
    expect(xids).toEqual([null]);
    expect(before.length).toBeLessThanOrEqual(6);
    expect(await kept(database)).toEqual(left);
  }, 120_000);

  test('the house prunes by its setting, once its consumers have passed, and what they wrote stays', async () => {
    const { house, database } = await open(kind, {}, { factsRetentionDays: days });
    const counterId = await newCounter(house);
    for (const by of [1, 2, 3]) await add(house, counterId, by);
    await house.settled();
    await age(database);
    await database.query(`update facts.inbox set at = now() - interval '9 days'`);
    await house.sweep();
    expect((await kept(database)).n).toBe(0);
    expect(await database.query(`select 1 from echoes.echoes where consumer = 'sums'`)).toHaveLength(3);
    // The rows that keep a fact from being reacted to twice go with the facts, be it an hour later.
    await house.sweep();
    expect(await database.query('select 1 from facts.inbox')).toEqual([]);
    // Numbers go on: of the key, and of the log.
    await add(house, counterId, 4);
    await house.settled();
    const rows = await database.query<{ key_seq: string; position: string }>(
      'select key_seq, position from facts.log where key = $1',
      [counterId],
    );
    expect(rows).toEqual([{ key_seq: '5', position: expect.any(String) }]);
    expect(await database.query(`select 1 from echoes.echoes where consumer = 'sums'`)).toHaveLength(4);
  }, 60_000);

  test('nothing goes that a consumer has not passed or that is parked, and the log says by whom it is held', async () => {
    const { house, database } = await open(kind);
    const { log, told } = logging();
    const counterId = await newCounter(house);
    await add(house, counterId, 1);
    await house.settled();
    // Another process holds this consumer, and stands still.
    await database.query(
      `update facts.checkpoints set holder = 'another', until = now() + interval '1 hour' where consumer = 'echoes.sums'`,
    );
    const [checkpoint] = await database.query<{ position: string }>(
      `select position from facts.checkpoints where consumer = 'echoes.sums'`,
    );
    for (const by of [2, 3]) await add(house, counterId, by);
    await house.hub.settled();
    await age(database);
    await prune(database, log);
    expect((await kept(database)).gone).toBe(checkpoint?.position);
    expect(told).toEqual([{ by: ['echoes.sums'], position: String(Number(checkpoint?.position) + 1) }]);

    // It goes on, and hears all of it once; one of them fails and is parked.
    let broken = true;
    reacts.set('sums', (_tx, fact) => {
      if (broken && (fact.payload as { by?: number }).by === 3) throw new Error('the cause');
    });
    await database.query('update facts.checkpoints set holder = null, until = null');
    await house.settled();
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    const [parked] = await database.query<{ position: string }>('select position from facts.parked');
    await age(database);
    told.length = 0;
    await prune(database, log);
    expect(Number((await kept(database)).first)).toBe(Number(parked?.position));
    expect(told).toEqual([{ by: ['echoes.sums (parked)'], position: parked?.position }]);

    broken = false;
    await eventually(
      () => database.query('select 1 from facts.parked'),
      (seen) => seen.length === 0,
    );
    const heard = await database.query(
      `select count(*)::int as n from echoes.echoes where consumer = 'sums' group by fact_id`,
    );
    expect(heard).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  }, 60_000);

  test('nothing goes that a carrier has not published yet; copies of other databases need not wait for it', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    for (const by of [1, 2]) await add(house, counterId, by);
    await house.settled();
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await database.query(`update facts.log set origin = 'elsewhere' where position = 1`);
    await database.query(`update facts.carried set holder = 'a carrier', position = 0`);
    await age(database);
    const { log, told } = logging();
    await prune(database, log);
    expect((await kept(database)).gone).toBe('1');
    expect(told).toEqual([{ by: ['the carrier to NATS'], position: '2' }]);
    await database.query('update facts.carried set position = 2');
    await prune(database);
    expect((await kept(database)).gone).toBe('2');
  }, 60_000);

  test('a cursor from before what is kept is EXPIRED, one from its edge goes on', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    for (const by of [1, 2]) await add(house, counterId, by);
    await house.settled();
    await age(database);
    const edge = house.hub.position;
    await add(house, counterId, 3);
    await house.settled();
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(database);
    expect((await kept(database)).gone).toBe(String(edge));
    const resumed = await stream(house, { counterIds: [counterId], after: house.hub.cursorAt(edge) });
    expect((await nextEvent(resumed)).by).toBe(3);
    await resumed.return?.();
    await eventually(
      () => Promise.resolve(house.hub.isPruned(edge - 1n)),
      (is) => is,
    );
    expect(await subscribe(house, house.hub.cursorAt(edge - 1n))).toMatchObject({ code: 'EXPIRED', path: ['after'] });
  }, 60_000);

  test('a stream that replays while its facts are pruned ends with EXPIRED and leaves none out', async () => {
    const held = gate();
    let reads = 0;
    let armed = false;
    const { house, database } = await open(kind, {
      before: (sql) => {
        if (!armed || !readsLog(sql) || !sql.includes('type = any') || !sql.includes('universe_id')) return undefined;
        reads += 1;
        return reads === 2 ? held.wait() : undefined;
      },
    });
    const counterId = await newCounter(house);
    const from = house.hub.cursorAt(0n);
    await fill(database, counterId, 300);
    await house.settled();
    await age(database);
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    armed = true;
    const events = await stream(house, { counterIds: [counterId], after: from });
    // A page of the replay is 200 facts; the look for the next one is held.
    for (let by = 1; by <= 200; by++) expect((await nextEvent(events)).by).toBe(by);
    const next = events.next();
    await held.reached;
    await prune(database);
    expect((await kept(database)).n).toBe(0);
    held.open();
    expect(await next).toMatchObject({
      done: false,
      value: { errors: [{ extensions: { code: 'EXPIRED', path: ['after'] } }] },
    });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  }, 120_000);

  test('a new consumer begins at the first fact while all of its types are kept, and is refused when some are gone', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    await add(house, counterId, 1);
    await house.settled();
    const position = house.hub.position;
    // Of the facts so far only the first is old: that of the counter's beginning.
    await database.query(`update facts.log set at = at - interval '30 days' where position = 1`);
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(database);
    expect((await kept(database)).gone).toBe('1');

    const named = (name: string, reaction: Reaction) => ({ name: `late.${name}`, reaction });
    const nothing = (): Promise<void> => Promise.resolve();
    const whole = named('whole', on([counterAdded], 'whole', nothing));
    const missing = named('missing', on([counterCreated, counterAdded] as never[], 'missing', nothing));
    await expect(registerConsumers(database, [whole, missing])).rejects.toThrow(
      /late\.missing is new.*1 of counters\.counter\.created up to .*from: 'kept'/,
    );
    // None of them was registered: the next start finds things as this one did.
    expect(await database.query(`select 1 from facts.checkpoints where consumer like 'late.%'`)).toEqual([]);
    const keptOn = on([counterCreated] as never[], 'kept', nothing, { from: 'kept' });
    await registerConsumers(database, [whole, named('kept', keptOn)]);
    const rows = await database.query(
      `select consumer, position, types from facts.checkpoints where consumer like 'late.%' order by consumer`,
    );
    expect(rows).toEqual([
      { consumer: 'late.kept', position: '1', types: ['counters.counter.created'] },
      { consumer: 'late.whole', position: '0', types: ['counters.counter.added'] },
    ]);
    expect(house.hub.position).toBe(position);
  }, 60_000);

  test('a reaction that is new on a pruned log stops the start of its house, and one from what is kept hears what comes', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    await add(house, counterId, 1);
    await house.settled();
    await age(database);
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(database);
    await add(house, counterId, 2);
    await house.settled();
    const heard: number[] = [];
    const late = (options?: { from: 'kept' }) => ({
      ...echoesSubgraph,
      reactions: [
        ...echoesSubgraph.reactions,
        on([counterAdded], 'late', (_tx, { payload }) => Promise.resolve(void heard.push(payload.by)), options),
      ],
    });
    await house.close();
    await expect(openWorld(database, { subgraphs: [countersSubgraph, late()] })).rejects.toThrow(/echoes\.late is new/);
    const next = await openWorld(database, { subgraphs: [countersSubgraph, late({ from: 'kept' })] });
    closers.push(() => next.close());
    await add(next, counterId, 3);
    await next.settled();
    expect(heard).toEqual([2, 3]);
  }, 60_000);
});

test('a consumer that registers while its facts are pruned waits, and is then refused; a prune leaves the log to a registration', async () => {
  const { database, house, url } = await open('postgres');
  const counterId = await newCounter(house);
  await add(house, counterId, 1);
  await house.settled();
  await age(database);
  await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
  const nothing = (): Promise<void> => Promise.resolve();
  const late = { name: 'late.adder', reaction: on([counterAdded], 'adder', nothing) };

  // A registration that has not ended: a prune does nothing meanwhile.
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
  // The new one is at the beginning, and holds everything.
  expect((await kept(database)).gone).toBe('0');
  await database.query(`delete from facts.checkpoints where consumer = 'late.adder'`);

  // A prune that has not ended, in another process; a third one is not let in.
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

test('a process that stood still while facts were pruned ends its streams with EXPIRED, and its consumers go on', async () => {
  const { house, database, url } = await open('postgres');
  const counterId = await newCounter(house);
  await house.settled();
  const held = gate();
  let armed = false;
  const second = await openDatabase({ url: url! });
  const other = await openWorld(
    pausing(second, {
      // The relay's own looks into the log, and those of nobody else.
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
  // A stream that begins now is whole, and so is what is reacted to.
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
