import { afterAll, beforeAll, expect, test } from 'vitest';
import { systems } from '../../subgraphs/registry.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('a person can sign up, found an organization and act at once', async () => {
  const ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  expect(await ann.ask('{ viewer { displayName memberships { role organization { displayName } } } }')).toEqual({
    viewer: { displayName: 'Ann', memberships: [{ role: 'OWNER', organization: { displayName: 'Museum' } }] },
  });
});

test('an unexpected error fails the test with the code, the place and the sentence', async () => {
  await expect(world.anonymous.ask('{ asset(id: "usr_1") { id } }')).rejects.toThrow(
    /"\{ asset\(id: "usr_1"\) \{ id \} \}" answered errors:\n {2}INVALID at asset \(id\): "usr_1" is not an id/,
  );
  await expect(world.anonymous.askForErrors('{ serverTime }')).rejects.toThrow('should fail and answered');
});

test('statements exclude those of transaction control, relay and authentication', async () => {
  const ann = await world.signUp();
  const statements = await world.statements(() =>
    ann.ask('mutation { assetCreate(input: { title: "A", kind: ART }) { asset { id } } }'),
  );
  expect(statements).toHaveLength(2);
});

test('a subscription has started when subscribe resolves', async () => {
  const ann = await world.signUp();
  await using live = await ann.subscribe('subscription { assetImportProgressed { created import { source } } }');
  await ann.ask(
    'mutation { assetImport(input: { source: "s", run: "1", lines: [{ line: 1, sourceId: "a", title: "A" }] }) { created } }',
  );
  expect(await live.next()).toEqual({ assetImportProgressed: { created: 1, import: { source: 's' } } });
  expect(live.pending()).toEqual([]);
});

test('a world without due work settles in a dozen statements and takes no lock', async () => {
  await world.signUp();
  const statements = await world.database.statements.record(() => world.settled());
  // A look at the log and one for parked facts, and a look of each worker; a poll of the relay may come between.
  expect(statements.length).toBeLessThanOrEqual(12);
  expect(statements.filter((text) => !/^\s*select/i.test(text) || text.includes('lock'))).toEqual([]);
});

test('another universe has none of this one’s people', async () => {
  const ann = await world.signUp({ organization: 'Museum' });
  const other = world.inUniverse('other');
  const bob = await other.signUp();
  expect(await bob.ask('query ($id: ID!) { actor(id: $id) { id } }', { id: ann.id })).toEqual({ actor: null });
  expect((await ann.askForErrors('{ serverTime }', {}, { universe: 'other' }))[0]?.extensions.code).toBe('INVALID');
});

test('a world of named OSes has only those and identity', async () => {
  await using small = await openWorld({ oses: ['auction'] });
  expect(small.house.services.map(({ name }) => name)).toEqual(['identity', 'auction']);
  const schemas = await small.database.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname in ('identity', 'assets', 'auction', 'hub') order by nspname`,
  );
  expect(schemas.map(({ name }) => name)).toEqual(['auction', 'identity']);
  const ann = await small.signUp({ displayName: 'Ann' });
  expect(await ann.ask('{ viewer { displayName } auctions(first: 1) { totalCount } }')).toEqual({
    viewer: { displayName: 'Ann' },
    auctions: { totalCount: 0 },
  });
  expect((await ann.askForErrors('{ assets(first: 1) { totalCount } }'))[0]?.message).toContain('assets');
  await using whole = await openWorld({ oses: ['hub'] });
  expect(whole.house.services.map(({ name }) => name)).toEqual(Object.keys(systems));
  await expect(openWorld({ oses: ['auctoin'] })).rejects.toThrow('"auctoin" is not in the registry');
});
