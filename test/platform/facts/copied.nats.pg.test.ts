import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../platform/database/database.ts';
import { inLane } from '../../../platform/database/precedence.ts';
import type { Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { FactCarrier } from '../../../platform/facts/carrier.ts';
import type { FactHub } from '../../../platform/facts/hub.ts';
import type { House } from '../../../platform/house/house.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import { startNats, type TestNats } from '../../testkit/nats.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { echoesSubgraph } from '../fixtures/echoes.subgraph.ts';
import { ADD, eventually, gate, get, newCounter, openWorld } from '../fixtures/world.ts';

const postgres = sharedPostgres();
let nats: TestNats;
beforeAll(async () => {
  const started = await startNats();
  if ('missing' in started) throw new Error(started.missing);
  nats = started;
});
afterAll(() => nats.stop());

/** A logger that collects errors. */
function keeping(errors: string[]): Logger {
  const log = {
    child: () => log,
    error: (_what: unknown, message: string) => void errors.push(message),
    warn: () => undefined,
    info: () => undefined,
  } as unknown as Logger;
  return log;
}

async function open(url: string, subgraphs: Subgraph[], errors: string[] = []) {
  const database = await openDatabase({ url });
  const house = await openWorld(database, { subgraphs, natsUrl: nats.url, log: keeping(errors) });
  return {
    house,
    database,
    close: async () => {
      await house.close();
      await database.close();
    },
  };
}

test('a house split by copying its database loses no fact between the two, and logs that the copies must be separated', async () => {
  const whole = await postgres.createDatabase();
  const before = await open(whole, [countersSubgraph, echoesSubgraph]);
  const counterId = await newCounter(before.house);
  await before.house.settled();
  await before.close();
  const [left, right] = [await postgres.createDatabase(whole), await postgres.createDatabase(whole)];

  const errors: string[] = [];
  const counters = await open(left, [countersSubgraph]);
  let echoes = await open(right, [echoesSubgraph], errors);
  const add = (house: House, by: number) => get(house, ADD, { input: { counterId, by } });
  const heard = (): Promise<{ by: number; origin: string | null }[]> =>
    echoes.database.query(
      `select (l.payload ->> 'by')::int as by, l.origin from echoes.echoes e join facts.log l on l.id = e.fact_id
       where e.consumer = 'sums' order by e.n`,
    );
  try {
    expect(echoes.house.hub.logId).toBe(counters.house.hub.logId);
    const origin = counters.house.hub.logId;
    for (const by of [1, 2]) await add(counters.house, by);
    const both = [
      { by: 1, origin },
      { by: 2, origin },
    ];
    expect(await eventually(heard, (rows) => rows.length === 2)).toEqual(both);
    expect(errors).toEqual([expect.stringContaining('facts.separated()')]);

    await echoes.close();
    echoes = await open(right, [echoesSubgraph], errors);
    await echoes.close();
    const own = await openDatabase({ url: right });
    await own.query('select facts.separated()');
    await own.close();
    errors.length = 0;
    echoes = await open(right, [echoesSubgraph], errors);
    expect(echoes.house.hub.logId).not.toBe(origin);
    await add(counters.house, 3);
    expect(await eventually(heard, (rows) => rows.length >= 3)).toEqual([...both, { by: 3, origin }]);
    expect(errors).toEqual([]);
    // A position of one log is invalid in the other.
    expect(() => echoes.house.hub.positionOf(counters.house.hub.cursorAt(1n), ['after'])).toThrow(/another log/);
  } finally {
    await echoes.close();
    await counters.close();
  }
}, 120_000);

test('a carrier that is closed before it receives ends', async () => {
  const database = await openDatabase({ url: await postgres.createDatabase() });
  const house = await openWorld(database, { subgraphs: [countersSubgraph], log: keeping([]) });
  const { hub } = house;
  const { reached, wait, open: release } = gate();
  const query: typeof database.query = async (sql, values) => {
    // The last question before messages are asked for.
    if (sql.startsWith('select received')) await wait();
    return database.query(sql, values);
  };
  const carrier = new FactCarrier(
    {
      logId: hub.logId,
      position: hub.position,
      database: { query },
      hear: () => () => undefined,
    } as unknown as FactHub,
    keeping([]),
  );
  await carrier.start(nats.url);
  await reached;
  const closed = carrier.close();
  release();
  await closed;
  await house.close();
  await database.close();
});

test('while mutations hold all connections of their lane, facts are carried and the lease is kept', async () => {
  const url = await postgres.createDatabase();
  const counters = await open(url, [countersSubgraph]);
  const echoes = await open(await postgres.createDatabase(), [echoesSubgraph]);
  const copies = (): Promise<unknown[]> =>
    echoes.database.query(`select from facts.log where os = 'counters' and origin = $1`, [counters.house.hub.logId]);
  await newCounter(counters.house);
  await eventually(copies, ({ length }) => length === 1);
  const held = await inLane('interactive', () =>
    Promise.all(Array.from({ length: 10 }, () => counters.database.pool.connect())),
  );
  const other = await openDatabase({ url });
  const lease = async (): Promise<string> =>
    (await other.query<{ until: string }>('select until::text from facts.carried'))[0]!.until;
  const before = await lease();
  await other.query(
    `insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload)
     select 'fct_flood', os, type, v, 'flood', 1, at, universe_id, correlation_id, payload from facts.log where os = 'counters' limit 1`,
  );
  await eventually(copies, ({ length }) => length === 2);
  await eventually(lease, (until) => until > before);
  for (const each of held) each.release();
  await other.close();
  await counters.close();
  await echoes.close();
}, 120_000);

test('a house closes while NATS is down: it gives its lease back, and all its parts are closed', async () => {
  const { house, database } = await open(await postgres.createDatabase(), [countersSubgraph]);
  await nats.restart(() => house.close());
  const [carried] = await database.query(
    'select until <= now() as is_free from facts.carried where holder is not null',
  );
  expect(carried).toEqual({ is_free: true });
  await database.close();
}, 60_000);
