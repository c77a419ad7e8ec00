import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const imports = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }';
const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { version } } }';
const list = `query ($source: String!) {
  assets(filter: { source: { eq: $source } }, first: 100) { nodes { id title status version } }
}`;
interface Row {
  id: string;
  title: string;
  status: string;
  version: number;
}

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], database: 'postgres' });
  ann = await world.signUp({ organization: 'Museum' });
});
afterAll(() => world.close());

const imported = async (source: string, n: number): Promise<Row[]> => {
  const lines = Array.from({ length: n }, (_, at) => ({
    line: at + 1,
    sourceId: `${at}`,
    title: `T${at}`,
    kind: 'ART',
  }));
  const input = { source, run: '1', publish: false, index: true, ownerId: ann.organizationId, lines };
  await ann.ask(imports, { input });
  return rowsOf(source);
};
const rowsOf = async (source: string): Promise<Row[]> => (await ann.ask(list, { source })).assets.nodes;
/** Another process of the same database. */
const another = () =>
  openHouse({
    subgraphs: subgraphs.filter(({ name }) => name === 'assets'),
    database: world.database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: createLog({ level: 'silent' }),
    migrate: false,
  });

test('two workers index each draft once, and edits meanwhile are neither lost nor refused', async () => {
  const house = await another();
  const rows = await imported('together', 60);
  await Promise.all([
    house.settled(),
    world.settled(),
    ...rows.map(({ id, title }) =>
      ann.ask(update, { input: { assetId: id, title: `${title} by hand`, ifVersion: 1 } }),
    ),
  ]);
  await house.close();
  await world.settled();
  const after = await rowsOf('together');
  expect(new Set(after.map(({ status, version }) => `${status} ${version}`))).toEqual(new Set(['INDEXED 2']));
  expect(after.every(({ title }) => title.endsWith(' by hand'))).toBe(true);
  const facts = await world.facts({ types: ['assets.asset.indexed'] });
  const told = facts.map(({ key }) => key).filter((key) => rows.some(({ id }) => id === key));
  expect(told.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
});

test('drafts of a dead worker are indexed by another one after the lease, and not before', async () => {
  const { assetCreate } = await ann.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title: 'Left', kind: 'ART' } },
  );
  const { id } = assetCreate.asset;
  // The state after a worker took it and was killed before its transaction committed.
  await world.database.query(
    `insert into assets.asset_indexings (id, universe_id, created_at, updated_at, owner_id, requested_by, attempts, due_at)
     values ($1, 'main', now(), now(), $2, $2, 1, now() + interval '1 minute')`,
    [id, ann.id],
  );
  const statusOf = async () => (await ann.ask('query ($id: ID!) { asset(id: $id) { status } }', { id })).asset.status;
  const house = await another();
  await house.settled();
  expect(await statusOf()).toBe('DRAFT');
  await world.database.query(`update assets.asset_indexings set due_at = now() where id = $1`, [id]);
  await house.settled();
  await house.close();
  expect(await statusOf()).toBe('INDEXED');
});
