import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashingEmbedder } from '../../../platform/embeddings/hashing.ts';
import { migrationStatus } from '../../../platform/database/migrations.ts';
import { migrationsOf } from '../../../platform/house/migrations.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { openWorld, type World } from '../../testkit/world.ts';

let world: World;
let available: boolean;
beforeAll(async () => {
  world = await openWorld({ database: 'postgres', embedder: hashingEmbedder() });
  const found = await world.database.query(`select from pg_available_extensions where name = 'vector'`);
  available = found.length > 0;
});
afterAll(() => world.close());

test('on a server without pgvector assets work as usual, and similarity is null with UNAVAILABLE', async (context) => {
  context.skip(available, 'this server has pgvector');
  const ann = await world.signUp({ displayName: 'Ann' });
  const { assetCreate } = await ann.ask(
    'mutation { assetCreate(input: { title: "Lone tree", kind: ART }) { asset { id } } }',
  );
  await world.settled();
  const { id } = assetCreate.asset;
  const one = await ann.answer('query ($id: ID!) { asset(id: $id) { title similar { similarity } } }', { id });
  expect(one.data).toEqual({ asset: { title: 'Lone tree', similar: null } });
  expect(one.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
  const text = await ann.answer('{ assetsLike(text: "tree") { similarity } assets { totalCount } }');
  expect(text.data).toEqual({ assetsLike: null, assets: { totalCount: 1 } });
  expect(text.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
  const status = await migrationStatus(world.database, migrationsOf(subgraphs));
  expect(status.filter(({ state }) => state !== 'applied')).toEqual([
    { os: 'assets', name: '008-embeddings', state: 'left out', optional: true, appliedAt: null },
  ]);
});

test('on a server with pgvector they are found, by an index of the model', async (context) => {
  context.skip(!available, 'this server has no pgvector');
  const ann = await world.signUp({ displayName: 'Ann' });
  for (const title of ['Lone tree', 'Lone trees', 'Harbour'])
    await ann.ask('mutation ($t: String!) { assetCreate(input: { title: $t, kind: ART }) { asset { id } } }', {
      t: title,
    });
  await world.settled();
  const { assetsLike } = await ann.ask('{ assetsLike(text: "lone tree", first: 2) { asset { title } } }');
  expect(assetsLike.map(({ asset }: { asset: { title: string } }) => asset.title)).toEqual(['Lone tree', 'Lone trees']);
  expect(
    await world.database.query(`select from pg_indexes where indexname like 'asset\\_embeddings\\_near\\_%'`),
  ).toHaveLength(1);
});
