import { afterAll, beforeAll, expect, test } from 'vitest';
import { inLane } from '../../platform/database/precedence.ts';
import { openWorld, type World } from '../testkit/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ database: 'postgres' });
});
afterAll(() => world.close());

const signIn =
  'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken viewer { displayName } } }';
const imports = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }';
const progressed = 'subscription { assetImportProgressed { created import { owner { displayName } } } }';

/** An advisory lock; taking a share of it waits. */
const lockKey = 20_26;

test('queries that use all their connections do not block sign-ins, mutations, reactions, rights or events', async () => {
  const ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  await world.settled();
  const holder = await world.database.pool.connect();
  await holder.query('select pg_advisory_lock($1)', [lockKey]);
  // Thirty slow queries, and one from a client: none ends before the lock is released.
  const slow = Array.from({ length: 30 }, () =>
    inLane('query', () => world.database.query('select pg_advisory_lock_shared($1)', [lockKey])).catch(() => null),
  );
  let answered = false;
  const asked = world.anonymous
    .answer('{ assets { totalCount } }')
    .then(({ data }) => (answered = Boolean(data?.assets)));
  await expect
    .poll(async () => {
      const [row] = await world.database.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
      );
      return row?.n;
    })
    .toBe(7);

  const { sessionSignIn } = await world.anonymous.ask(signIn, {
    input: { email: ann.email, password: ann.password },
  });
  const again = world.bearer(sessionSignIn.accessToken as string);
  await using live = await again.subscribe(progressed);
  const input = {
    source: 'sea',
    run: '1',
    ownerId: ann.organizationId,
    lines: [{ line: 1, sourceId: '1', title: 'The wave' }],
  };
  expect((await again.ask(imports, { input })).assetImport).toEqual({ created: 1 });
  const { assetImportProgressed } = await live.next();
  expect(assetImportProgressed).toEqual({ created: 1, import: { owner: { displayName: 'Museum' } } });
  await world.settled();
  const [counted] = await world.database.query<{ n: number }>(
    'select asset_count as n from identity.actors where id = $1',
    [ann.organizationId],
  );
  expect(counted?.n).toBe(1);
  expect(answered).toBe(false);

  await holder.query('select pg_advisory_unlock($1)', [lockKey]);
  holder.release();
  await Promise.all(slow);
  await asked;
  const [all] = await world.database.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database()`,
  );
  expect(all?.n).toBeLessThanOrEqual(17);
}, 60_000);
