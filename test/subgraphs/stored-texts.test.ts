import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MigrationPages } from '../../platform/database/migrations.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { openWorld, type World } from '../testkit/world.ts';

const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }';
const create = `mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }`;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const nfd = (text: string): string => text.normalize('NFD');

/** Runs the migrations that normalize stored texts again, as on an earlier database. Returns their reports. */
async function migrateAgain(): Promise<string[]> {
  const reports: string[] = [];
  const client = await world.database.pool.connect();
  try {
    for (const { name: os, migrations } of subgraphs) {
      const up = migrations.find(({ name }) => name.endsWith('-normal-texts'))?.up;
      if (typeof up !== 'function') continue;
      await client.query('begin');
      await client.query(`set local search_path to ${os}, public`);
      const pages = up(
        async <T>(sql: string, params?: readonly unknown[]) => (await client.query(sql, params)).rows as T[],
        (message) => void reports.push(`${os}: ${message}`),
      ) as MigrationPages;
      while (!(await pages.next()).done);
      await client.query('commit');
    }
  } finally {
    client.release();
  }
  return reports;
}

test('an account stored with a non-ASCII domain can sign in again after the migration', async () => {
  const ann = await world.signUp({
    email: 'josé@bücher.example',
    displayName: 'José',
  });
  await world.database.query(`update identity.actors set email = $2, display_name = $3 where id = $1`, [
    ann.id,
    nfd('josé@bücher.example'),
    nfd('José'),
  ]);
  const credentials = {
    input: { email: 'josé@bücher.example', password: ann.password },
  };
  expect(await world.anonymous.askForErrors(signIn, credentials)).toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED' } },
  ]);
  expect(await migrateAgain()).toEqual([]);
  expect((await world.anonymous.ask(signIn, credentials)).sessionSignIn.viewer.id).toBe(ann.id);
  const [row] = await world.database.query('select email, display_name from identity.actors where id = $1', [ann.id]);
  expect(row).toEqual({
    email: 'josé@xn--bcher-kva.example',
    display_name: 'José',
  });
});

test('if two accounts have the same address, the one that can sign in keeps it, else the older, and the other is reported', async () => {
  const [older, younger, third] = [
    await world.signUp({ email: 'a@müller.example' }),
    await world.signUp({ email: 'b@müller.example' }),
    await world.signUp({ email: 'c@müller.example' }),
  ];
  const store = (id: string, email: string) =>
    world.database.query('update identity.actors set email = $2 where id = $1', [id, email]);
  // Neither has the normal form: they are two spellings of one address.
  await store(older.id, 'one@müller.example');
  await store(younger.id, nfd('one@müller.example'));
  const reports = await migrateAgain();
  expect(reports).toEqual([expect.stringContaining(`actors.email of ${younger.id} is left unchanged`)]);
  expect(reports.join()).not.toContain('@');
  const emails = async () =>
    Object.fromEntries(
      (
        await world.database.query<{ id: string; email: string }>(
          'select id, email from identity.actors where id = any($1)',
          [[older.id, younger.id, third.id]],
        )
      ).map(({ id, email }) => [id, email]),
    );
  expect(await emails()).toMatchObject({
    [older.id]: 'one@xn--mller-kva.example',
    [younger.id]: nfd('one@müller.example'),
  });
  const asTyped = (password: string) => ({
    input: { email: 'one@müller.example', password },
  });
  expect((await world.anonymous.ask(signIn, asTyped(older.password))).sessionSignIn.viewer.id).toBe(older.id);
  // Its session remains valid.
  expect((await younger.ask('{ viewer { id } }')).viewer.id).toBe(younger.id);
  // The younger account has the normal form already, can sign in, and keeps it.
  await store(older.id, 'c@müller.example');
  expect(await migrateAgain()).toEqual([expect.stringContaining(`actors.email of ${older.id} is left unchanged`)]);
  expect(await emails()).toMatchObject({
    [third.id]: 'c@xn--mller-kva.example',
    [older.id]: 'c@müller.example',
    [younger.id]: 'one@xn--mller-kva.example',
  });
  // The operator corrects it.
  await store(older.id, 'd@example.org');
});

test('titles, creators, tags and JSON stored in another Unicode form are normalized by the migration, and found', async () => {
  const ann = await world.signUp({ displayName: 'Ann' });
  const made: string[] = [];
  for (const title of ['Café', 'Crème'])
    made.push((await ann.ask(create, { input: { title, kind: 'ART', tags: ['été'] } })).assetCreate.asset.id as string);
  const [first, second] = made as [string, string];
  // Unique values cannot become equal: the row with the normal form keeps it; the other columns of the other row are normalized.
  for (const [id, sourceId] of [
    [first, 'é'],
    [second, nfd('é')],
  ])
    await world.database.query(
      `update assets.assets set imported_for = $2, source = 'a', source_id = $3 where id = $1`,
      [id, ann.id, sourceId],
    );
  const [row] = await world.database.query<{ name: string }>('select name from assets.asset_tags');
  expect(row).toEqual({ name: 'été' });
  await world.database.query(
    `insert into assets.asset_tags (id, universe_id, created_at, updated_at, name) values ('tag_old', 'main', now(), now(), $1)`,
    [nfd('été')],
  );
  await world.database.query(
    `update assets.assets set title = $2, creators = $3, tags = $4, hand_edits = $5 where id = $1`,
    [second, nfd('Crème'), [nfd('Renée'), 'plain'], [nfd('été'), 'été'], JSON.stringify({ NOTE: nfd('é"è') })],
  );
  expect(await migrateAgain()).toEqual([expect.stringContaining(`assets.source_id of ${second} is left unchanged`)]);
  expect(
    await world.database.query(`select title, creators, tags, hand_edits from assets.assets where id = $1`, [second]),
  ).toEqual([
    {
      title: 'Crème',
      creators: ['Renée', 'plain'],
      tags: ['été'],
      hand_edits: { NOTE: 'é"è' },
    },
  ]);
  expect(await world.database.query('select name from assets.asset_tags')).toEqual([{ name: 'été' }]);
  const found = await ann.ask('query ($filter: AssetFilter) { assets(filter: $filter) { nodes { id } } }', {
    filter: { creators: { hasAll: ['Renée'] } },
  });
  expect(found.assets.nodes).toEqual([{ id: second }]);
});
