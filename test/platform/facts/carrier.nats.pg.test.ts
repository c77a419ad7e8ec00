import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anonymous, type ActorSnapshot } from '../../../platform/context/actor.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { hearCarried } from '../../../platform/facts/carried.ts';
import { openHouse, type House } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { assetsSubgraph } from '../../../subgraphs/assets/subgraph.ts';
import { identity } from '../../../subgraphs/identity/subgraph.ts';
import type { Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { startNats, type TestNats } from '../../testkit/nats.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';

const postgres = sharedPostgres();

/** Long enough to take over the lease of a killed carrier. */
const patience = { timeout: 15_000, interval: 50 };

describe('facts between two databases', () => {
  let nats: TestNats;
  let people: House;
  let things: House;
  const houses: House[] = [];
  const user = { ...anonymous(), id: 'usr_01m7xqe7kbfanbakww361a7qv3', kind: 'USER' as const };

  async function house(url: string, subgraph: Subgraph): Promise<House> {
    const database = await openDatabase({ url });
    const opened = await openHouse({
      subgraphs: [subgraph],
      database,
      secrets: { sealingKey: new Uint8Array(32) },
      log: createLog({ level: 'silent' }),
      migrate: true,
      natsUrl: nats.url,
    });
    houses.push(opened);
    return opened;
  }

  async function ask(
    of: House,
    query: string,
    actor: ActorSnapshot,
  ): Promise<Record<string, Record<string, Record<string, unknown>>>> {
    const info = {
      actor,
      universe: 'main',
      actingFor: null,
      requestId: 'request',
      correlationId: 'correlation',
      causationId: null,
      traceparent: null,
      client: { ip: null, userAgent: null },
    };
    const { data, errors } = await of.services[0]!.execute({ query, info });
    expect(errors).toBeUndefined();
    return data as never;
  }

  beforeAll(async () => {
    const started = await startNats();
    if ('missing' in started) throw new Error(started.missing);
    nats = started;
    people = await house(await postgres.createDatabase(), identity);
    await people.database.query(
      `insert into identity.actors (id, universe_id, created_at, updated_at, kind, display_name) values ($1, 'main', now(), now(), 'USER', 'Ann')`,
      [user.id],
    );
    things = await house(await postgres.createDatabase(), assetsSubgraph);
  });

  afterAll(async () => {
    for (const opened of houses) {
      await opened.close();
      await opened.database.close();
    }
    await nats.stop();
  });

  const count = async (id: string): Promise<unknown> =>
    (await ask(people, `{ organization(id: "${id}") { assetCount } }`, user))['organization']?.['assetCount'];

  async function foundOrganization(): Promise<{ id: string; owner: ActorSnapshot }> {
    const data = await ask(
      people,
      'mutation { organizationCreate(input: { displayName: "Hall" }) { organization { id } } }',
      user,
    );
    const id = data['organizationCreate']!['organization']!['id'] as string;
    return { id, owner: { ...user, memberships: [{ organizationId: id, role: 'OWNER' }] } };
  }

  async function importWorks(
    owner: { id: string; owner: ActorSnapshot },
    from: number,
    howMany: number,
  ): Promise<void> {
    const lines = Array.from(
      { length: howMany },
      (_, n) => `{ line: ${n + 1}, sourceId: "${from + n}", title: "Work ${from + n}" }`,
    ).join();
    const input = `{ source: "hall", run: "${from}", ownerId: "${owner.id}", lines: [${lines}] }`;
    await ask(things, `mutation { assetImport(input: ${input}) { created } }`, owner.owner);
  }

  test('a reaction in one database handles a fact of the other once, with its origin and in order of its key', async () => {
    const owner = await foundOrganization();
    const heard: string[] = [];
    const silence = await hearCarried(nats.url, {
      types: ['assets.import.progressed'],
      heard: (fact) => void heard.push(fact.id),
      log: createLog({ level: 'silent' }),
    });
    await importWorks(owner, 0, 20);
    await importWorks(owner, 20, 10);
    await expect.poll(() => count(owner.id), patience).toBe(30);
    expect(heard).toHaveLength(2);
    await silence();
    const rows = await people.database.query<{ n: string; origins: string; ordered: boolean }>(
      `select count(*) as n, count(distinct origin) as origins,
         bool_and(key_seq = expected) as ordered
       from (select *, row_number() over (partition by key order by position) as expected from facts.log where os = 'assets') l`,
    );
    expect(rows[0]).toMatchObject({ n: '32', origins: '1', ordered: true });
  });

  test('copies are not carried back', async () => {
    const [here] = await things.database.query<{ n: string }>(
      `select count(*) as n from facts.log where os = 'assets' and origin is not null`,
    );
    expect(here?.n).toBe('0');
  });

  test('facts recorded while NATS is down are carried when it is back', async () => {
    const owner = await foundOrganization();
    await nats.restart(async () => {
      await importWorks(owner, 100, 5);
    });
    await expect.poll(() => count(owner.id), patience).toBe(5);
  });

  test('another process of the same database takes over without duplicates', async () => {
    const owner = await foundOrganization();
    const url = (people.database.pool.options as { connectionString?: string }).connectionString;
    expect(url).toBeTruthy();
    await house(url!, identity);
    await importWorks(owner, 200, 7);
    await expect.poll(() => count(owner.id), patience).toBe(7);
    await people.close();
    houses.splice(houses.indexOf(people), 1);
    const first = people.database;
    people = houses.at(-1)!;
    await importWorks(owner, 300, 4);
    await expect.poll(() => count(owner.id), patience).toBe(11);
    await first.close();
  });

  /** Records a fact in the database of things, as an OS there would. */
  const tell = (key: string, seq: number): Promise<unknown> =>
    things.database
      .query(
        `insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload)
         values ('fct_' || $1 || $2, 'assets', 'assets.test.told', 1, $1, $2::bigint, now(), 'main', '', '{}')`,
        [key, seq],
      )
      .then(() => things.hub.committed());
  const copies = (key: string): Promise<unknown[]> =>
    people.database
      .query<{ key_seq: string }>('select key_seq from facts.log where key = $1 and origin is not null order by seq', [
        key,
      ])
      .then((rows) => rows.map(({ key_seq }) => Number(key_seq)));

  test('a takeover continues where the other was: facts it had read ahead come before newer ones', async () => {
    const url = (people.database.pool.options as { connectionString?: string }).connectionString!;
    const blocker = await people.database.pool.connect();
    await blocker.query('begin');
    await blocker.query('lock table facts.log in share mode');
    for (const seq of [1, 2, 3]) await tell('handed-over', seq);
    // The carrier is processing the first one and has read the others ahead.
    await expect
      .poll(async () => {
        // On a separate connection: a transaction keeps its first view of the sessions.
        const waiting = await people.database.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into facts.log%' and datname = current_database()`,
        );
        return waiting.length;
      }, patience)
      .toBe(1);
    const closing = people.close();
    await blocker.query('rollback');
    blocker.release();
    await closing;
    houses.splice(houses.indexOf(people), 1);
    const first = people.database;
    people = await house(url, identity);
    for (const seq of [4, 5]) await tell('handed-over', seq);
    await expect.poll(() => copies('handed-over'), patience).toEqual([1, 2, 3, 4, 5]);
    await first.close();
  }, 60_000);

  test('two databases with the same key lose none of each other’s facts', async () => {
    const { id } = await foundOrganization();
    const [own] = await people.database.query<{ key_seq: string }>(
      'select max(key_seq) as key_seq from facts.log where key = $1 and origin is null',
      [id],
    );
    expect(Number(own?.key_seq)).toBeGreaterThan(0);
    for (const seq of [1, 2]) await tell(id, seq);
    await expect.poll(() => copies(id), patience).toEqual([1, 2]);
    await importWorks({ id, owner: { ...user, memberships: [{ organizationId: id, role: 'OWNER' }] } }, 900, 2);
    await expect.poll(() => count(id), patience).toBe(2);
  }, 60_000);

  test('any number of facts of one key are in the stream in order', async () => {
    for (let seq = 1; seq <= 300; seq++) await tell('many', seq);
    await expect.poll(() => copies('many').then((seen) => seen.length), patience).toBe(300);
    expect(await copies('many')).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  }, 60_000);
});
