import { z } from 'zod';
import { Query, Resolver } from 'type-graphql';
import { Reads } from '../platform/access/declare.ts';
import { openDatabase, type Database } from '../platform/database/database.ts';
import { sqlIn } from '../platform/database/sql.ts';
import { fact } from '../platform/facts/fact.ts';
import { on } from '../platform/facts/reactions.ts';
import { openHouse, type House } from '../platform/house/house.ts';
import { defineSubgraph, type Subgraph } from '../platform/subgraph/subgraph.ts';
import { createLog } from '../platform/telemetry/log.ts';
import { startPostgres } from '../test/testkit/postgres.ts';
import { figure, now, type Bar, type Bench } from './bench.ts';

/** Consumers of one OS; each writes a row per fact. */
const consumers = 100;
/** Number of facts; every consumer reacts to each. */
const facts = 300;
/** Number of keys over which the facts are spread. */
const keys = 50;

const happened = fact('source.thing.happened', 'Something happened.', z.object({}));

/** Every OS needs a query. */
@Resolver()
class SinkResolver {
  @Reads('public')
  @Query(() => Boolean, { description: 'Whether it is there.' })
  sinkIsThere(): boolean {
    return true;
  }
}

const sink: Subgraph = defineSubgraph({
  name: 'sink',
  title: 'Sink',
  description: 'Reacts to facts.',
  resolvers: [SinkResolver],
  migrations: [
    { name: '001-sink', up: ['create table seen (consumer int, fact_id text, primary key (consumer, fact_id))'] },
  ],
  reactions: Array.from({ length: consumers }, (_, n) =>
    on([happened], `reaction${n}`, async (tx, { id }) => {
      await sqlIn(tx.em, 'insert into sink.seen (consumer, fact_id) values ($1, $2)', [n, id]);
    }),
  ),
});

export const reactions: Bench = {
  name: 'reactions',
  sentence: `Facts consumed a second by ${consumers} consumers on a real Postgres, by one process and by three.`,
  async run(say) {
    const postgres = await startPostgres();
    if ('missing' in postgres) {
      say(`Left out: ${postgres.missing}`);
      return [];
    }
    try {
      const bars: Bar[] = [];
      for (const processes of [1, 3]) {
        const url = await postgres.createDatabase();
        const { perSecond, transactions } = await measure(url, processes);
        const name = processes === 1 ? 'one process' : `${processes} replicas`;
        bars.push(
          figure(`${name}: facts consumed`, perSecond, '/s'),
          figure(`${name}: transactions of the database for each thousand`, transactions, ''),
        );
      }
      return bars;
    } finally {
      await postgres.stop();
    }
  },
};

async function measure(url: string, processes: number): Promise<{ perSecond: number; transactions: number }> {
  const houses: { house: House; database: Database }[] = [];
  for (let n = 0; n < processes; n++) {
    const database = await openDatabase({ url });
    const house = await openHouse({
      subgraphs: [sink],

      database,
      secrets: { sealingKey: new Uint8Array(32) },
      log: createLog({ level: 'warn', name: 'bench' }),
      migrate: n === 0,
    });
    houses.push({ house, database });
  }
  const [first] = houses;
  if (!first) throw new Error('No house was opened.');
  // Separate connections: those of the houses are for the consumers.
  const database = await openDatabase({ url });
  const before = await transactionsOf(database);
  const began = now();
  await database.query(
    `insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload)
     select 'fct_' || lpad(n::text, 26, '0'), 'source', $1, 1, 'key' || n % $2::int, n, now(), 'main', 'bench', '{}'
     from generate_series(1, $3::int) n`,
    [happened.type, keys, facts],
  );
  const seen = async (): Promise<number> => {
    const [row] = await database.query<{ n: number }>('select count(*)::int as n from sink.seen');
    return row?.n ?? 0;
  };
  first.house.hub.committed();
  while ((await seen()) < consumers * facts) await new Promise((resolve) => setTimeout(resolve, 100));
  const seconds = (now() - began) / 1000;
  const transactions = (await transactionsOf(database)) - before;
  await database.close();
  for (const each of houses) {
    await each.house.close();
    await each.database.close();
  }
  return { perSecond: (consumers * facts) / seconds, transactions: (1000 * transactions) / (consumers * facts) };
}

async function transactionsOf(database: Database): Promise<number> {
  const [row] = await database.query<{ n: string }>(
    'select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()',
  );
  return Number(row?.n ?? 0);
}
