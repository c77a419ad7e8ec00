import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { interfaces, startChain, type ChainServer } from '../../testkit/chain.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const contract = '0x06012c8cf97bead5deae237070f9587f8e7a266d';
const fetchToken =
  'mutation ($input: AssetRecordFetchRequestInput!) { assetRecordFetchRequest(input: $input) { fetch { id } } }';
const all = '{ viewer { assetRecordFetches(first: 100) { nodes { id status attempts asset { id title } } } } }';

let chain: ChainServer;
let world: World;
let ann: Person;
beforeAll(async () => {
  chain = await startChain();
  chain.contracts[contract] = {
    supportsInterface: interfaces('0x80ac58cd'),
    name: () => 'Cats',
    ownerOf: () => '0x52908400098527886E0F7030069857D2E4169EE7',
  };
  world = await openWorld({ oses: ['assets'], database: 'postgres', env: { CHAIN_RPC_URLS: `31337=${chain.url}` } });
});
afterAll(async () => {
  await world.close();
  await chain[Symbol.asyncDispose]();
});

/** Another process of the same database. */
const another = (): Promise<House> =>
  openHouse({
    subgraphs: subgraphs.filter(({ name }) => name === 'assets'),
    database: world.database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: createLog({ level: 'silent' }),
    migrate: false,
    chains: { rpcUrls: new Map([['eip155:31337', chain.url]]), ipfsGateway: null },
  });
const ask = async (tokenId: string): Promise<string> =>
  (await ann.ask(fetchToken, { input: { token: { chain: 'eip155:31337', contract, tokenId } } }))
    .assetRecordFetchRequest.fetch.id;
const finished = async (id: string) =>
  (await world.facts({ key: id, types: ['assets.assetRecordFetch.finished'] })).map(({ payload }) => payload.change);

test('two workers read each token once', async () => {
  ann = await world.signUp();
  const house = await another();
  const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(String(n))));
  await Promise.all([house.settled(), world.settled()]);
  await house.close();
  await world.settled();
  const { nodes } = (await ann.ask(all)).viewer.assetRecordFetches;
  expect(nodes).toHaveLength(20);
  for (const { status, attempts } of nodes) expect([status, attempts]).toEqual(['DONE', 1]);
  expect(chain.asked.filter(({ method }) => method === 'eth_getCode')).toHaveLength(20);
  for (const id of ids) expect(await finished(id)).toEqual(['CREATED']);
});

test('two calls at once for one token are one fetch', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => ask('50')));
  expect(new Set(ids).size).toBe(1);
  await world.settled();
  expect(await finished(ids[0]!)).toEqual(['CREATED']);
});

test('a token of a dead worker is read by another after the lease; a late result of the first one is dropped', async () => {
  ann = await world.signUp();
  let release = (): void => {};
  const isHeld = new Promise<void>((held) => {
    chain.before = (method) => {
      if (method !== 'eth_getCode') return undefined;
      chain.before = null;
      held();
      return new Promise((done) => (release = done));
    };
  });
  const id = await ask('60');
  await isHeld;
  const house = await another();
  // No other worker takes it during the lease.
  await house.settled();
  expect((await ann.ask(all)).viewer.assetRecordFetches.nodes).toMatchObject([{ status: 'RUNNING', attempts: 1 }]);
  await world.database.query('update assets.asset_record_fetches set due_at = now() where id = $1', [id]);
  await house.settled();
  expect((await ann.ask(all)).viewer.assetRecordFetches.nodes).toMatchObject([
    { status: 'DONE', attempts: 2, asset: { title: 'Cats #60' } },
  ]);
  release();
  await house.close();
  await world.settled();
  expect(await finished(id)).toEqual(['CREATED']);
  const { viewer } = await ann.ask('{ viewer { assets { totalCount } } }');
  expect(viewer.assets.totalCount).toBe(1);
});

test('tokens of one account that wait for their source do not delay those of others', async () => {
  const slow = '0x00000000000000000000000000000000000000cc';
  const eve = await world.signUp();
  ann = await world.signUp();
  const letGo: (() => void)[] = [];
  chain.before = (method, parameter) =>
    method === 'eth_getCode' && String(parameter).toLowerCase() === slow
      ? new Promise((done) => void letGo.push(done))
      : undefined;
  for (let n = 0; n < 10; n += 1)
    await eve.ask(fetchToken, { input: { token: { chain: 'eip155:31337', contract: slow, tokenId: String(n) } } });
  await expect.poll(() => letGo.length).toBe(2);
  await ask('70');
  await expect
    .poll(async () => (await ann.ask(all)).viewer.assetRecordFetches.nodes)
    .toMatchObject([{ status: 'DONE', attempts: 1 }]);
  // All this while no third one of the other account was begun.
  expect(letGo).toHaveLength(2);
  chain.before = null;
  for (const go of letGo) go();
  await world.settled();
  const { nodes } = (await eve.ask(all)).viewer.assetRecordFetches;
  expect(nodes.map(({ status }: { status: string }) => status)).toEqual(Array.from({ length: 10 }, () => 'FAILED'));
});
