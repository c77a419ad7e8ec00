import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../platform/database/database.ts';
import { startProcess, type TestProcess } from '../testkit/processes.ts';
import { sharedPostgres } from '../testkit/shared-postgres.ts';
import { openWorld, type Client, type World } from '../testkit/world.ts';
import { fillAsBefore, type FormerData, lines, nfd, password, works } from './former-data.ts';

/*
 * A database of earlier versions, migrated by `npm run migrate`, which is killed several times and run again.
 */

const postgres = sharedPostgres();
const program = fileURLToPath(new URL('../../subgraphs/migrate.ts', import.meta.url));
let url: string;
let database: Database;
let former: FormerData;
beforeAll(async () => {
  url = await postgres.createDatabase();
  database = await openDatabase({ url });
  former = await fillAsBefore(database);
});
afterAll(() => database.close());

const migrating = () => startProcess(program, { env: { DATABASE_URL: url } });
const column = async <T>(sql: string, params: unknown[] = []): Promise<T[]> =>
  (await database.query<{ v: T }>(sql, params)).map(({ v }) => v);
const recorded = (os: string) =>
  column<string>('select name as v from platform.migrations where os = $1 order by 1', [os]);

/** Key of the advisory lock on which a migration waits before it writes the row named in `held`. */
const gate = 42;

/** Runs the migrations until they write this column of this row, calls `look`, and kills them there. */
async function killedAt(name: 'words' | 'source_id', id: string, look: () => Promise<void>): Promise<void> {
  await database.query('update public.held set id = $1, name = $2', [id, name]);
  const holder = await database.pool.connect();
  const child: TestProcess = migrating();
  try {
    await holder.query('select pg_advisory_lock($1)', [gate]);
    let ending: unknown = null;
    void child.ended(600_000).then((how) => (ending = how));
    for (;;) {
      const [waits] = await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like 'update %'`,
      );
      if (waits) break;
      if (ending) throw new Error(`It did not come as far as the row: ${child.output}`);
      await sleep(20);
    }
    await look();
  } finally {
    await child.kill();
    await database.query(`update public.held set id = ''`);
    await holder.query('select pg_advisory_unlock($1)', [gate]);
    holder.release();
  }
}

/** What other transactions do meanwhile: read all works, and change one that is not being written. */
async function othersWork(assetId: string): Promise<void> {
  await database.transaction(async (client) => {
    await client.query(`set local lock_timeout = '5s'`);
    await client.query('select count(*) from assets.assets');
    await client.query('update assets.assets set updated_at = updated_at where id = $1', [assetId]);
  });
}

const last = (): string => former.works.at(-1) ?? '';

test('a migration locks no table, and continues after its last committed page when it was killed', async () => {
  await database.query(`create table public.held as select '' as id, '' as name`);
  await database.query(
    `create function public.hold() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock(${gate}) from public.held h where h.id = new.id
        and to_jsonb(new) ->> h.name is distinct from to_jsonb(old) ->> h.name;
      return new;
    end $$`,
  );
  for (const table of ['assets.assets', 'auction.auctions'])
    await database.query(`create trigger hold before update on ${table} for each row execute function public.hold()`);
  const plain = former.works.filter((_, n) => n % 2 === 1).slice(0, 200);
  const composed = former.works.filter((_, n) => n % 2 === 0);
  const versions = () => column('select xmin::text as v from assets.assets where id = any($1) order by id', [plain]);
  await killedAt('words', former.works[700] ?? '', async () => {
    expect(await column('select count(*)::int as v from assets.assets where words is not null')).toEqual([500]);
    expect(await recorded('assets')).not.toContain('009-words');
    await othersWork(last());
  });
  const before = await versions();
  // The next run reaches the second page of the texts, of which half are in another form.
  await killedAt('source_id', composed[520] ?? '', async () => {
    const other = `select count(*)::int as v from assets.assets where id = any($1) and source_id is not nfc normalized`;
    expect(await column(other, [composed])).toEqual([composed.length - 500]);
    expect(await recorded('assets')).toContain('009-words');
    expect(await recorded('assets')).not.toContain('016-normal-texts');
    await othersWork(last());
  });
  // And this one reaches the second page of the lots.
  const [lot = ''] = await column<string>(`select id as v from auction.auctions order by id offset 550 limit 1`);
  await killedAt('words', lot, async () => {
    expect(await column('select count(*)::int as v from auction.auctions where words is not null')).toEqual([500]);
    expect(await recorded('auction')).not.toContain('003-lifecycle');
  });
  const child = migrating();
  expect(await child.ended()).toEqual({ code: 0, signal: null });
  expect(child.stdout).toContain('auction/003-lifecycle: applied');
  // Rows written before the kill are not written again, since they are in the new form.
  expect(await versions()).toEqual(before);
  for (const table of ['assets.assets', 'auction.auctions']) await database.query(`drop trigger hold on ${table}`);
  await database.query('drop function public.hold');
  await database.query('drop table public.held');
}, 120_000);

test('a repeated run reports that nothing was to be done, and changes nothing', async () => {
  const tables = await column<string>(
    `select format('%I.%I', table_schema, table_name) as v from information_schema.tables
    where table_schema in ('facts', 'identity', 'assets', 'auction', 'platform') and table_type = 'BASE TABLE' order by 1`,
  );
  const all = () =>
    Promise.all(
      tables.map((table) =>
        column(`select md5(string_agg(t.xmin || t::text, ',' order by t::text)) as v from ${table} t`),
      ),
    );
  const before = await all();
  const child = migrating();
  expect(await child.ended()).toEqual({ code: 0, signal: null });
  expect(child.output).toBe('All migrations were already applied.\n');
  expect(await all()).toEqual(before);
});

test('stored texts are in normal form, and unique values stay with their present rows', async () => {
  const emails = await database.query('select id, email from identity.actors where id = any($1) order by created_at', [
    [former.josé, former.other],
  ]);
  expect(emails).toEqual([
    { id: former.josé, email: 'josé@xn--bcher-kva.example' },
    { id: former.other, email: nfd('josé@bücher.example') },
  ]);
  expect(await column('select email as v from identity.invitations')).toEqual(['neu@xn--bcher-kva.example']);
  expect(await column('select display_name as v from identity.actors where id = $1', [former.organization])).toEqual([
    'Musée Général',
  ]);
  expect(await column('select name as v from identity.actor_keys')).toEqual(['Clé']);
  expect(await column('select scopes as v from identity.actor_keys')).toEqual([
    ['assets.asset.update', 'identity.actorKey.create'],
  ]);
  const other = (of: string) => `count(*) filter (where ${of} is not nfc normalized)::int`;
  const [left] = await database.query(
    `select ${other('title')} as title, ${other('medium')} as medium, ${other('creators::text')} as creators,
      ${other('tags::text')} as tags, ${other('details::text')} as details, ${other('source_id')} as ids,
      count(*) filter (where words is null)::int as words, count(*)::int as n from assets.assets`,
  );
  // One source id keeps its form, since another row has the normal one.
  expect(left).toEqual({ title: 0, medium: 0, creators: 0, tags: 0, details: 0, ids: 1, words: 0, n: works + 5 });
  expect(await column('select name as v from assets.asset_tags')).toEqual(['été']);
});

test('links without consent are proposals, and lots have the values that their facts contain', async () => {
  const statuses = await database.query<{ id: string; status: string }>('select id, status from assets.asset_links');
  const statusOf = new Map(statuses.map(({ id, status }) => [id, status]));
  const { web, own, others, nothing } = former.links;
  expect([web, own, others, nothing].map((id) => statusOf.get(id))).toEqual([
    'ACCEPTED',
    'ACCEPTED',
    'PROPOSED',
    'PROPOSED',
  ]);
  const { open, sold, cancelled, draft } = former.lots;
  const rows = await database.query<{ id: string }>(
    `select id, status, title, announced_at is not null as announced, settlement_status, leader_maximum_by, current_price::text
    from auction.auctions where id = any($1)`,
    [[open, sold, cancelled, draft]],
  );
  const lot = new Map(rows.map(({ id, ...rest }) => [id, rest]));
  const shared = { announced: true, settlement_status: null, leader_maximum_by: null, current_price: '10000' };
  expect(lot.get(open)).toEqual({
    ...shared,
    status: 'OPEN',
    title: 'Étude op.27 0',
    leader_maximum_by: former.bidder,
  });
  expect(lot.get(sold)).toEqual({ ...shared, status: 'SOLD', title: 'A plain work 1' });
  // Its asset was published as part of a batch, without a fact of its own.
  expect(lot.get(cancelled)).toEqual({ ...shared, status: 'CANCELLED', title: '神奈川沖浪裏 (1831-1833) 2' });
  expect(lot.get(draft)).toEqual({ ...shared, status: 'SCHEDULED', title: 'Another plain work 3' });
});

const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken viewer { id } } }';

test('sign-ins, imports, search and bids work on the migrated database', async () => {
  await using world: World = await openWorld({ url });
  const session = async (email: string, secret: string): Promise<{ client: Client; id: string }> => {
    const { sessionSignIn } = await world.anonymous.ask(signIn, { input: { email, password: secret } });
    return { client: world.bearer(sessionSignIn.accessToken as string), id: sessionSignIn.viewer.id as string };
  };
  for (const form of ['NFC', 'NFD'] as const)
    for (const email of ['josé@bücher.example', 'josé@xn--bcher-kva.example'])
      expect((await session(email.normalize(form), password.normalize(form))).id).toBe(former.josé);
  const seller = (await session('seller@example.org', password)).client;
  // The same lines as in the earlier import, whose hashes the assets keep.
  const input = {
    source: 'lines',
    run: 'again',
    ownerId: former.organization,
    lines: lines.map(({ hash: _hash, medium: materials, ...line }, n) => ({
      line: n + 1,
      ...line,
      kind: 'ART',
      materials,
    })),
  };
  const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { created updated unchanged kept rejected { message } } }`;
  const hashes = () => column('select source_hash as v from assets.assets where id = $1', [former.imported[0]]);
  const kept = await hashes();
  for (let n = 0; n < 2; n += 1)
    expect((await seller.ask(imports, { input })).assetImport).toEqual({
      created: 0,
      updated: 0,
      unchanged: 2,
      kept: 0,
      rejected: [],
    });
  expect(await hashes()).toEqual(kept);
  const counted = async (root: string, search: string) =>
    (await world.anonymous.ask(`query ($s: String) { ${root}(search: $s, first: 1) { totalCount } }`, { s: search }))[
      root
    ].totalCount as number;
  expect(await counted('assets', '1833')).toBe(301);
  expect(await counted('assets', '浪裏')).toBe(301);
  expect(await counted('assets', 'op 27')).toBe(301);
  expect(await counted('assets', '1669')).toBe(1);
  expect(await counted('auctions', 'etude')).toBe(1);
  await world.settled();
  // A member who left the selling organization before the opening can bid.
  const bid = `mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { outcome { __typename } } }`;
  const gone = (await session('left@example.org', password)).client;
  const placed = await gone.ask(bid, {
    input: { auctionId: former.lots.open, amount: { amount: '600.00', currency: 'USD' }, idempotencyKey: 'first' },
  });
  expect(placed.bidPlace.outcome.__typename).toBe('BidLeading');
  await world.settled();
  const business = await database.query('select kind, actor_id from identity.open_business order by kind');
  expect(business).toEqual([
    { kind: 'LEADS_LOT', actor_id: former.left },
    { kind: 'SELLS_LOT', actor_id: former.organization },
  ]);
});
