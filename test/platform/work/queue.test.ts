import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../platform/database/database.ts';
import { placesWorker } from '../../../platform/work/places.ts';
import { idleWorker, nextDue, queueWorker, type Queued } from '../../../platform/work/queue.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { counterAdded } from '../fixtures/counters.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { openWorld } from '../fixtures/world.ts';

interface Task extends Queued {
  label: string;
}

const table = 'counters.tasks';
let database: Database;
let place: Workplace;
let close: () => Promise<void>;

beforeEach(async () => {
  database = await openDatabase({ inMemory: true });
  const workers = [(given: Workplace): Worker => ((place = given), idleWorker)];
  const world = await openWorld(database, { subgraphs: [{ ...countersSubgraph, workers }] });
  close = async () => {
    await world.close();
    await database.close();
  };
  await database.query(
    `create table ${table} (id text primary key, universe_id text not null, label text not null, attempts int not null default 0,
       due_at timestamptz, updated_at timestamptz)`,
  );
});
afterEach(() => close());

async function enqueue(...rows: [id: string, universe: string, label: string][]): Promise<void> {
  for (const row of rows)
    await database.query(
      `insert into ${table} (id, universe_id, label, due_at) values ($1, $2, $3, clock_timestamp())`,
      row,
    );
}

const rows = (): Promise<{ id: string; attempts: number; waits: boolean }[]> =>
  database.query(`select id, attempts, due_at > clock_timestamp() as waits from ${table} order by id`);

test('due rows of a table are processed in batches per universe, and rows without a time wait', async () => {
  await enqueue(['a', 'main', 'first'], ['b', 'main', 'second'], ['c', 'other', 'third']);
  await database.query(`insert into ${table} (id, universe_id, label) values ('z', 'main', 'waits')`);
  const batches: [string, string[]][] = [];
  const worker = queueWorker<Task>(place, {
    name: 'tasks',
    table,
    columns: ['label'],
    atOnce: 10,
    leaseSeconds: 60,
    wakes: [counterAdded],
    async work(taken, universe) {
      batches.push([universe, taken.map(({ label }) => label).sort()]);
      await database.query(`delete from ${table} where id = any($1)`, [taken.map(({ id }) => id)]);
    },
  });
  await worker.start();
  await worker.settled();
  expect(batches).toEqual([
    ['main', ['first', 'second']],
    ['other', ['third']],
  ]);
  expect(await rows()).toEqual([{ id: 'z', attempts: 0, waits: null }]);
  expect(await nextDue(place, table)).toBeNull();
  await worker.close();
});

test('a failed batch is retried later, and dropped after its last attempt', async () => {
  await enqueue(['a', 'main', 'fails']);
  const worker = queueWorker<Task>(place, {
    name: 'tasks',
    table,
    atOnce: 10,
    leaseSeconds: 60,
    attemptsAtMost: 2,
    wakes: [counterAdded],
    work: () => Promise.reject(new Error('not yet')),
  });
  await worker.settled();
  expect(await rows()).toEqual([{ id: 'a', attempts: 1, waits: true }]);
  expect((await nextDue(place, table))?.getTime()).toBeGreaterThan(place.clock.now().getTime());
  await database.query(`update ${table} set due_at = clock_timestamp()`);
  await worker.settled();
  expect(await rows()).toEqual([]);
  await worker.close();
});

test('work runs concurrently, and the next piece begins when a place is free', async () => {
  const waiting = ['a', 'b', 'c'].map((id) => ({ id }));
  const release = new Map<string, () => void>();
  const begun: string[] = [];
  const worker = placesWorker<{ id: string }>(place, {
    name: 'pieces',
    atOnce: 2,
    wakes: [counterAdded],
    take: (free) => Promise.resolve(waiting.splice(0, free)),
    next: () => Promise.resolve(null),
    work: ({ id }, leaving) => {
      begun.push(id);
      return new Promise((resolve) => {
        release.set(id, resolve);
        leaving.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  });
  await worker.start();
  await expect.poll(() => begun).toEqual(['a', 'b']);
  release.get('b')?.();
  await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
  // Running work is aborted when the process ends, and awaited.
  await worker.close();
  expect(waiting).toEqual([]);
});
