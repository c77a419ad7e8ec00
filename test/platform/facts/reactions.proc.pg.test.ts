import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import type { House } from '../../../platform/house/house.ts';
import type { Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { echoesSubgraph } from '../fixtures/echoes.subgraph.ts';
import { pausing } from '../fixtures/pausing.ts';
import { startLimit, startProgram } from '../fixtures/start.ts';
import { ADD, eventually, get, newCounter, openWorld } from '../fixtures/world.ts';

const postgres = sharedPostgres();
const folder = throwawayFolder('reactions');
afterAll(() => removeFolder(folder));

async function withHouse<T>(
  at: { url: string } | { dataDir: string },
  subgraphs: 'counters' | 'both',
  use: (house: House, database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(at);
  const house = await openWorld(database, {
    subgraphs: subgraphs === 'both' ? [countersSubgraph, echoesSubgraph] : [countersSubgraph],
  });
  try {
    return await use(house, database);
  } finally {
    await house.close();
    await database.close();
  }
}

/** The facts that `sums` handled, with the number of reactions, in log order. */
function effects(database: Database): Promise<{ n: number; consumer: string }[]> {
  return database.query(
    `select count(e.fact_id)::int as n, c.consumer from facts.log l
     cross join (values ('sums'), ('names')) c (consumer)
     left join echoes.echoes e on e.fact_id = l.id and e.consumer = c.consumer
     where l.type = 'counters.counter.added' group by l.id, l.position, c.consumer order by l.position`,
  );
}

describe.each(['postgres', 'embedded'] as const)('%s', (kind) => {
  test('a fact is handled exactly once even if the process is killed before, in and after the reaction’s transaction', async () => {
    const at = kind === 'postgres' ? { url: await postgres.createDatabase() } : { dataDir: join(folder, 'data') };
    await withHouse(at, 'counters', async (house) => {
      const counterId = await newCounter(house);
      for (let by = 1; by <= 9; by++) await get(house, ADD, { input: { counterId, by } });
      await house.settled();
    });
    for (const stop of ['react:before', 'react:in', 'react:after'] as const) {
      await using child = startProgram({ ...at, only: 'echoes', stop });
      await child.line(`at ${stop}`, startLimit);
      await child.kill();
    }
    await withHouse(at, 'both', async (house, database) => {
      // A killed session may hold the checkpoint for a moment.
      await house.settled();
      const seen = await effects(database);
      expect(seen).toHaveLength(18);
      expect(seen.every(({ n }) => n === 1)).toBe(true);
      expect(await database.query('select 1 from facts.parked')).toEqual([]);
      // The reaction's own fact is also there once.
      const [heard] = await database.query<{ n: number }>(
        `select count(*)::int as n from facts.log where type = 'echoes.echo.heard'`,
      );
      expect(heard?.n).toBe(9);
      const position = String(house.hub.position);
      await house.close();
      expect(await database.query('select consumer, position from facts.checkpoints order by consumer')).toEqual([
        { consumer: 'echoes.names', position },
        { consumer: 'echoes.sums', position },
      ]);
    });
  }, 240_000);
});

test('two concurrent processes of one consumer handle each fact exactly once, in order per key', async () => {
  const at = { url: await postgres.createDatabase() };
  await withHouse(at, 'both', async (house, database) => {
    await using other = startProgram({ ...at, only: 'echoes' });
    await other.line('ready', startLimit);
    const ids = await Promise.all(Array.from({ length: 8 }, () => newCounter(house)));
    await Promise.all(
      ids.map(async (counterId) => {
        for (let by = 0; by < 15; by++) await get(house, ADD, { input: { counterId, by } });
      }),
    );
    await house.settled();
    await eventually(
      () => effects(database),
      (seen) => seen.every(({ n }) => n > 0),
    );
    const seen = await effects(database);
    expect(seen).toHaveLength(240);
    expect(seen.filter(({ n }) => n !== 1)).toEqual([]);
    const outOfOrder = await database.query(
      `select 1 from (select key_seq, lag(key_seq) over (partition by consumer, key order by n) as before
       from echoes.echoes) e where before > key_seq`,
    );
    expect(outOfOrder).toEqual([]);
    expect(await database.query('select 1 from facts.parked')).toEqual([]);
  });
}, 120_000);

test('a process leaves a consumer to the one that works for it, and continues where that one ended', async () => {
  const asked: string[] = [];
  const database = await openDatabase({ url: await postgres.createDatabase() });
  const watched = pausing(database, {
    before: (sql) => void (/facts\.(checkpoints|inbox|parked)/.test(sql) && asked.push(sql)),
  });
  const leaseSeconds = 1;
  const house = await openWorld(watched, { subgraphs: [countersSubgraph, echoesSubgraph], leaseSeconds });
  try {
    const counterId = await newCounter(house);
    await house.settled();
    await database.query(`update facts.checkpoints set holder = 'another', until = now() + interval '1 hour'`);
    const before = asked.length;
    const began = performance.now();
    for (let by = 1; by <= 20; by++) {
      await get(house, ADD, { input: { counterId, by } });
      await house.hub.settled();
    }
    // It is refused once, and retries when the other lease may have expired; looking at parked facts does not grow with the facts.
    const looks = 2 + Math.floor((performance.now() - began) / (leaseSeconds * 1000));
    expect(asked.length - before).toBeLessThanOrEqual(2 * 2 * looks);
    expect((await effects(database)).every(({ n }) => n === 0)).toBe(true);
    await database.query('update facts.checkpoints set holder = null, until = null');
    await eventually(
      () => effects(database),
      (seen) => seen.length === 40 && seen.every(({ n }) => n === 1),
    );
  } finally {
    await house.close();
    await database.close();
  }
}, 60_000);

test('on an embedded database a start clears the leases of a process that died, and its reactions continue at once', async () => {
  const database = await openDatabase({ inMemory: true });
  try {
    const opened = async (subgraphs: Subgraph[], use: (house: House) => Promise<unknown>): Promise<void> => {
      const house = await openWorld(database, { subgraphs });
      try {
        await use(house);
      } finally {
        await house.close();
      }
    };
    await opened([countersSubgraph, echoesSubgraph], (house) => house.settled());
    await opened([countersSubgraph], async (house) => {
      await get(house, ADD, { input: { counterId: await newCounter(house), by: 2 } });
      await house.settled();
    });
    await database.query(`update facts.checkpoints set holder = 'dead', until = now() + interval '1 hour'`);
    await opened([countersSubgraph, echoesSubgraph], async () => {
      const seen = await eventually(
        () => effects(database),
        (all) => all.every(({ n }) => n === 1),
      );
      expect(seen).toHaveLength(2);
    });
  } finally {
    await database.close();
  }
}, 60_000);

test('two processes know that all facts were passed without waiting for the end of a lease', async () => {
  const database = await openDatabase({ url: await postgres.createDatabase() });
  // Each fact that is handled is followed by one that no reaction here is to, for which no checkpoint is stored.
  const open = (): Promise<House> =>
    openWorld(database, { subgraphs: [countersSubgraph, echoesSubgraph], leaseSeconds: 3600 });
  const houses = [await open(), await open()] as const;
  try {
    const counterId = await newCounter(houses[0]);
    await get(houses[0], ADD, { input: { counterId, by: 1 } });
    for (const house of houses) await house.settled();
    expect((await effects(database)).map(({ n }) => n)).toEqual([1, 1]);
  } finally {
    for (const house of houses) await house.close();
    await database.close();
  }
}, 60_000);
