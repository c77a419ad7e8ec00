import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { readFacts } from '../../../platform/facts/log.ts';
import type { StampedFact } from '../../../platform/facts/fact.ts';
import type { House } from '../../../platform/house/house.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { acts } from '../fixtures/counters.ts';
import { ADD, eventually, factsOf, gate, get, newCounter, openWorld, TALLY } from '../fixtures/world.ts';

const postgres = sharedPostgres();
let url: string;
let database: Database;
let house: House;
beforeAll(async () => {
  url = await postgres.createDatabase();
  database = await openDatabase({ url, poolSize: 24 });
  house = await openWorld(database);
});
afterAll(async () => {
  await house.close();
  await database.close();
});

test('the relay is healthy while it reads the log, and ill when it has not for three seconds', async () => {
  const health = (): Promise<number | null> => Promise.resolve(house.hub.healthySince);
  await eventually(health, (healthy) => healthy !== null);
  // A reader of the log waits for this lock.
  const blocker = new Client({ connectionString: url });
  await blocker.connect();
  await blocker.query('begin');
  await blocker.query('lock table facts.relay in access exclusive mode');
  await eventually(health, (healthy) => healthy === null);
  await blocker.query('rollback');
  await blocker.end();
  await eventually(health, (healthy) => healthy !== null);
});

test('facts are delivered in commit order, and none is skipped when an older transaction commits later', async () => {
  const heard: string[] = [];
  const unhear = house.hub.hear(['counters.counter.added'], (batch) => {
    for (const fact of batch) heard.push((fact.payload as { label: string }).label);
  });
  const gates = new Map<string, ReturnType<typeof gate>>();
  acts.set('begin', async (tx, _counter, { label }) => {
    // The transaction gets its id, and so its place in a naive order, before it waits.
    await sqlIn(tx.em, 'select pg_current_xact_id()');
    await gates.get(label ?? '')?.wait();
  });
  const labels = ['a', 'b', 'c', 'd', 'e'];
  const calls = new Map<string, Promise<unknown>>();
  for (const label of labels) {
    gates.set(label, gate());
    const counterId = await newCounter(house);
    calls.set(label, get(house, ADD, { input: { counterId, by: 1, label, act: 'begin' } }));
    await gates.get(label)?.reached;
  }
  const commits = ['d', 'b', 'e', 'a', 'c'];
  for (const label of commits) {
    gates.get(label)?.open();
    await calls.get(label);
    // Meanwhile other facts are written and delivered, past the open transactions.
    await get(house, ADD, { input: { counterId: await newCounter(house), by: 1, label: `after ${label}` } });
    await house.hub.settled();
  }
  unhear();
  expect(heard).toEqual(commits.flatMap((label) => [label, `after ${label}`]));
});

test('facts of one key are in key order even if their transactions began in the opposite order', async () => {
  const counterId = await newCounter(house);
  const order: string[] = [];
  const gates = [gate(), gate(), gate()];
  const begun = gates.map(() => gate());
  // Plain transactions take their ids in one order and the key in the other.
  const calls = gates.map((each, n) =>
    database.transaction(async (client) => {
      await client.query('select pg_current_xact_id()');
      await begun[n]?.wait();
      await each.wait();
      await client.query(
        `insert into facts.keys as k (key, seq) values ($1, 1) on conflict (key) do update set seq = k.seq + 1`,
        [counterId],
      );
      await client.query(
        `insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload)
         select $1, 'counters', 'counters.counter.added', 1, key, seq, now(), 'main', 'x', jsonb_build_object('label', $2::text)
         from facts.keys where key = $3`,
        [`fct_order_${n}`, String(n), counterId],
      );
      order.push(String(n));
    }),
  );
  for (const [n, each] of begun.entries()) {
    await each.reached;
    each.open();
    await gates[n]?.reached;
  }
  for (const each of gates.toReversed()) {
    each.open();
    await eventually(
      async () => Promise.resolve(order.length),
      (length) => length >= gates.length - gates.indexOf(each),
    );
  }
  await Promise.all(calls);
  await house.hub.settled();
  const facts = await factsOf(database, counterId);
  expect(facts.slice(1).map(({ label }) => label)).toEqual(['2', '1', '0']);
  const positions = facts.map(({ position }) => Number(position));
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
});

test('sixteen writers and a reader: no gap in positions, keys in order, nothing skipped', async () => {
  const ids = await Promise.all(Array.from({ length: 4 }, () => newCounter(house)));
  await house.settled();
  const before = house.hub.position;
  acts.set('dawdle', () => new Promise((resolve) => setTimeout(resolve, Math.random() * 12)));
  const until = Date.now() + 3_000;
  let done = false;

  // The hub's listener, and another reader that follows the log by position during the writes.
  const heard: StampedFact[] = [];
  const unhear = house.hub.hear(null, (batch) => void heard.push(...batch));
  const read: StampedFact[] = [];
  const reader = (async () => {
    let position = before;
    for (;;) {
      const last = done;
      const page = await readFacts(database, { after: position, limit: 50 });
      read.push(...page);
      if (page.length > 0) position = BigInt(page.at(-1)?.position ?? position);
      else if (last) return;
    }
  })();
  const other = new Client({ connectionString: url });
  await other.connect();
  const stamper = (async () => {
    // The relay of another process, so that two stamp concurrently.
    while (!done) await other.query('select position from facts.stamp(7)');
  })();

  let written = 0;
  await Promise.all(
    Array.from({ length: 16 }, async (_, writer) => {
      for (let n = 0; Date.now() < until; n++) {
        const counterId = ids[(writer + n) % ids.length] ?? '';
        const input = { counterId, by: 1, label: `${writer}/${n}`, act: writer % 3 === 0 ? 'dawdle' : null };
        await get(house, writer % 2 ? ADD : TALLY, { input });
        written += 1;
      }
    }),
  );
  await house.settled();
  done = true;
  await Promise.all([reader, stamper]);
  await other.end();
  unhear();

  expect(written).toBeGreaterThanOrEqual(16);
  for (const seen of [heard, read]) {
    const positions = seen.map(({ position }) => BigInt(position));
    expect(positions).toEqual(positions.map((_, n) => before + 1n + BigInt(n)));
    expect(seen.filter(({ type }) => type === 'counters.counter.added')).toHaveLength(written);
    // The first fact of each counter is its creation.
    const lastOf = new Map(ids.map((id) => [id, 1]));
    for (const { key, keySeq } of seen) {
      expect(keySeq).toBe((lastOf.get(key) ?? 0) + 1);
      lastOf.set(key, keySeq);
    }
  }
  // The facts of each writer are in the order of its answers.
  const lastOf = new Map<string, number>();
  for (const { payload } of heard) {
    const [writer, n] = ((payload as { label?: string }).label ?? '').split('/');
    if (writer === undefined || n === undefined) continue;
    expect(Number(n)).toBe((lastOf.get(writer) ?? -1) + 1);
    lastOf.set(writer, Number(n));
  }
}, 60_000);

test('a fact waits behind one of its key that another process parks while it waits for the lease', async () => {
  const counterId = await newCounter(house);
  await house.settled();
  const other = new Client({ connectionString: url });
  await other.connect();
  await other.query('begin');
  await other.query("select 1 from facts.checkpoints where consumer = 'echoes.sums' for update");
  await get(house, ADD, { input: { counterId, by: 1, label: 'behind' } });
  await eventually(
    () =>
      database.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%facts.checkpoints%'`,
      ),
    (rows) => rows.length > 0,
  );
  // The reaction to the first fact of the key failed there.
  await other.query(
    `insert into facts.parked (consumer, key, position, fact_id, next_at)
     select 'echoes.sums', key, position, id, now() + interval '1 hour' from facts.log where key = $1 and key_seq = 1`,
    [counterId],
  );
  await other.query('commit');
  await other.end();
  await house.settled();
  const parked = await database.query<{ key_seq: string }>(
    `select l.key_seq from facts.parked p join facts.log l on l.id = p.fact_id where p.key = $1 order by p.position`,
    [counterId],
  );
  expect(parked.map(({ key_seq: seq }) => Number(seq))).toEqual([1, 2]);
  const reacted = await database.query(
    `select 1 from echoes.echoes e join facts.log l on l.id = e.fact_id where e.consumer = 'sums' and l.key = $1 and l.key_seq = 2`,
    [counterId],
  );
  expect(reacted).toEqual([]);
});
