import { randomBytes } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { connect } from '@nats-io/transport-node';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openDatabase, type Database } from '../../../platform/database/database.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { appendFacts } from '../../../platform/facts/log.ts';
import type { House } from '../../../platform/house/house.ts';
import type { Subgraph } from '../../../platform/subgraph/subgraph.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import { startNats, type TestNats } from '../../testkit/nats.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { echoesSubgraph } from '../fixtures/echoes.subgraph.ts';
import { ann, eventually, infoOf, newCounter, openWorld } from '../fixtures/world.ts';

/** What NATS cannot carry, or has lost. */
const postgres = sharedPostgres();
let nats: TestNats;
beforeAll(async () => {
  const started = await startNats();
  if ('missing' in started) throw new Error(started.missing);
  nats = started;
});
afterAll(() => nats.stop());

interface Place {
  house: House;
  database: Database;
  errors: string[];
  close(): Promise<void>;
}

async function open(subgraph: Subgraph, url?: string): Promise<Place> {
  const database = await openDatabase({ url: url ?? (await postgres.createDatabase()) });
  const errors: string[] = [];
  const log = {
    child: () => log,
    error: (what: unknown, message = String(what)) => void errors.push(message),
    warn: () => undefined,
    info: () => undefined,
  } as unknown as Logger;
  const house = await openWorld(database, { subgraphs: [subgraph], natsUrl: nats.url, log });
  const close = async (): Promise<void> => {
    await house.close();
    await database.close();
  };
  return { house, database, errors, close };
}

/** The ids of a database's own facts, or of another's copies here. */
const idsIn = async ({ database }: Place, origin: string | null): Promise<string[]> =>
  (
    await database.query<{ id: string }>('select id from facts.log where origin is not distinct from $1 order by id', [
      origin,
    ])
  ).map(({ id }) => id);

/** Waits until all facts of one are copied to another. */
async function carried(from: Place, to: Place): Promise<void> {
  const own = await idsIn(from, null);
  const copies = await eventually(
    () => idsIn(to, from.house.hub.logId),
    ({ length }) => length >= own.length,
  );
  expect(copies).toEqual(own);
}

/** How often a database's carrier has found that NATS lost messages. */
const hasLost = ({ errors }: Place): number =>
  errors.filter((message) => message.startsWith('NATS has lost messages')).length;

/** Waits until NATS has confirmed all facts of a database. */
async function published({ house, database }: Place): Promise<void> {
  await house.settled();
  const position = async (): Promise<string> =>
    (await database.query<{ position: string }>('select position from facts.carried'))[0]!.position;
  await eventually(position, (at) => BigInt(at) >= house.hub.position);
}

test('a fact that is larger than a message of NATS is carried whole, and the facts after it too', async () => {
  const counters = await open(countersSubgraph);
  const echoes = await open(echoesSubgraph);
  const name = randomBytes(1_500_000).toString('base64');
  const counterId = await newCounter(counters.house);
  await counters.database.query(
    `insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload)
     select 'fct_large', os, type, v, 'large', 1, at, universe_id, correlation_id, jsonb_build_object('counterId', $2::text, 'name', $3::text)
     from facts.log where key = $1 limit 1`,
    [counterId, 'large', name],
  );
  counters.house.hub.committed();
  await newCounter(counters.house);
  await carried(counters, echoes);
  const [copy] = await echoes.database.query<{ name: string }>(
    `select payload ->> 'name' as name from facts.log where id = 'fct_large'`,
  );
  expect(copy?.name === name).toBe(true);
  expect([...counters.errors, ...echoes.errors]).toEqual([]);

  const other = await connect({ servers: nats.url });
  other.publish('facts.other.counters.counter.created', 'no fact');
  await other.drain();
  await newCounter(counters.house);
  await carried(counters, echoes);
  expect(echoes.errors).toEqual([expect.stringContaining('is no fact')]);
  await echoes.close();
  await counters.close();
}, 120_000);

test('a fact of more than 900 kB is refused', async () => {
  const type = fact('counters.counter.told', 'A text was told.', z.object({ text: z.string() }));
  const origin = { os: 'counters', info: infoOf(ann), at: new Date() };
  const written: string[] = [];
  const em = {
    getTransactionContext: () => undefined,
    getConnection: () => ({
      getClient: () => ({
        executeQuery: ({ sql }: { sql: string }) => {
          written.push(sql);
          return Promise.resolve({ rows: [] });
        },
      }),
    }),
  } as unknown as SqlEntityManager;
  const append = (text: string): Promise<void> =>
    appendFacts(em, [{ fact: { type, key: 'ctr_1', payload: { text } }, origin }]);
  await expect(append('é'.repeat(450_000))).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('counters.counter.told would have 900011 bytes'),
  });
  expect(written).toEqual([]);
  await append('é'.repeat(449_000));
  expect(written).toHaveLength(1);
});

test('facts that NATS had confirmed and lost are published and received again, and later ones are not skipped', async () => {
  const { streams } = nats;
  if (streams === null) throw new Error('A NATS of the environment cannot lose messages.');
  const counters = await open(countersSubgraph);
  const late = await postgres.createDatabase();
  let echoes = await open(echoesSubgraph);
  await newCounter(counters.house);
  await carried(counters, echoes);
  await nats.restart(() => cp(streams, `${streams}.old`, { recursive: true }));
  for (let n = 0; n < 3; n++) await newCounter(counters.house);
  await carried(counters, echoes);
  await published(counters);
  await nats.restart(async () => {
    await rm(streams, { recursive: true });
    await cp(`${streams}.old`, streams, { recursive: true });
  });
  await newCounter(counters.house);
  await carried(counters, echoes);
  expect([hasLost(counters), hasLost(echoes)]).toEqual([1, 1]);
  await echoes.close();
  // A database that had received none of them.
  echoes = await open(echoesSubgraph, late);
  await carried(counters, echoes);

  // The next history may be longer than the lost one: the numbers fit, the messages do not.
  await echoes.close();
  await counters.close();
  await nats.restart(async () => {
    await rm(streams, { recursive: true });
    await cp(`${streams}.old`, streams, { recursive: true });
  });
  const others = await open(countersSubgraph);
  for (let n = 0; n < 30; n++) await newCounter(others.house);
  await published(others);
  echoes = await open(echoesSubgraph, late);
  await carried(others, echoes);
  expect(hasLost(echoes)).toBe(1);
  await echoes.close();
  await others.close();
}, 180_000);
