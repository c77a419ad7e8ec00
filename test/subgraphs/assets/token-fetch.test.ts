import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { interfaces, startChain, type ChainServer } from '../../testkit/chain.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import { attemptAgain, holdBack } from './retries.ts';

const contract = '0x06012c8cf97bead5deae237070f9587f8e7a266d';
const checksummed = '0x06012c8cf97BEaD5deAe237070F9587f8E7A266d';
const multi = '0x00000000000000000000000000000000000000aa';
const plain = '0x00000000000000000000000000000000000000bb';
const owner = '0x52908400098527886E0F7030069857D2E4169EE7';
const erc721 = '0x80ac58cd';
const erc1155 = '0xd9b67a26';

const fetchToken = `mutation ($input: AssetRecordFetchRequestInput!) { assetRecordFetchRequest(input: $input) { fetch { id status } } }`;
const read = `query ($id: ID!) { assetRecordFetch(id: $id) {
  id kind source reference status attempts problem { code message } notes { code } requestedBy { id } finishedAt
  asset {
    id title description kind status sourceKind source sourceId sourceUrl details version owner { id } createdBy { id }
    traits { name value } structure { ... on TokenReference { caip19 metadataUrl supply } }
    tokenReading {
      caip19 blockNumber blockAt isFinalized ownerAddress holderAddress holderBalance contractName contractSymbol supply metadataUri
    }
    handEdits { field }
  }
} }`;
const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }';

let chain: ChainServer;
let files: Server;
let filesAsked: string[] = [];
let filesAnswer: (path: string) => { status: number; body: string };
let world: World;
let ann: Person;
let museum: string;
let bea: Person;
beforeAll(async () => {
  chain = await startChain();
  files = createServer((request, response) => {
    filesAsked.push(request.url ?? '');
    const { status, body } = filesAnswer(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  });
  await new Promise<void>((done) => files.listen(0, '127.0.0.1', done));
  const filesUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  world = await openWorld({
    oses: ['assets'],
    env: {
      CHAIN_RPC_URLS: `31337=${chain.url}`,
      IPFS_GATEWAY_URL: filesUrl,
      SOURCE_URLS: `${filesUrl}?internal`,
    },
  });
  await holdBack(world);
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  bea = await world.signUp({ displayName: 'Bea' });
});
afterAll(async () => {
  await world.close();
  await chain[Symbol.asyncDispose]();
  files.close();
});

const metadata = {
  name: 'Kitty Nº 7',
  description: 'A cat.',
  image: 'ipfs://bafy/7.png',
  external_url: 'https://cats.example/7',
  attributes: [
    { trait_type: 'Fur', value: 'Red' },
    { trait_type: 'Generation', value: 3 },
    { trait_type: 'fur', value: 'twice' },
    { value: 'nameless' },
  ],
};
const inline = (value: unknown) =>
  `data:application/json;base64,${Buffer.from(JSON.stringify(value)).toString('base64')}`;
beforeEach(() => {
  Object.assign(chain, { chainId: 31_337, newest: 200n, knowsFinalized: true, status: 200, asked: [], before: null });
  filesAsked = [];
  filesAnswer = () => ({ status: 404, body: '' });
  chain.contracts = {
    [contract]: {
      supportsInterface: interfaces(erc721),
      name: () => 'CryptoCats',
      symbol: () => 'CAT',
      ownerOf: (id: bigint) => (id < 100n ? owner : undefined),
      tokenURI: () => inline(metadata),
    },
    [multi]: { supportsInterface: interfaces(erc1155), uri: () => 'ipfs://bafy/{id}.json' },
    [plain]: { name: () => 'No token' },
  };
});

const inputOf = ({ ownerId, ...token }: Record<string, unknown>) => ({
  ownerId,
  token: { chain: 'eip155:31337', ...token },
});
const ask = async (input: Record<string, unknown>, client: Client = ann): Promise<string> =>
  (await client.ask(fetchToken, { input: inputOf(input) })).assetRecordFetchRequest.fetch.id;
const shown = async (id: string, client: Client = ann) => (await client.ask(read, { id })).assetRecordFetch;
const fetched = async (input: Record<string, unknown>) => {
  const id = await ask({ ownerId: museum, ...input });
  await world.settled();
  return shown(id);
};
const again = () => attemptAgain(world);

describe('a token of a blockchain', () => {
  test('a token of ERC-721 becomes a draft with its traits, and shows its owner at a final block', async () => {
    const id = await ask({ contract, tokenId: '7', ownerId: museum });
    await world.settled();
    const fetch = await shown(id);
    const caip19 = `eip155:31337/erc721:${checksummed}/7`;
    expect(fetch).toMatchObject({
      kind: 'TOKEN',
      source: 'eip155:31337',
      reference: `${contract}/7`,
      status: 'DONE',
      attempts: 1,
      problem: null,
      notes: [],
      requestedBy: { id: ann.id },
    });
    expect(fetch.asset).toMatchObject({
      title: 'Kitty Nº 7',
      description: 'A cat.',
      kind: 'NFT',
      status: 'DRAFT',
      sourceKind: 'ON_CHAIN',
      source: 'eip155:31337',
      sourceId: caip19,
      sourceUrl: 'https://cats.example/7',
      details: { image: 'ipfs://bafy/7.png' },
      owner: { id: museum },
      createdBy: { id: ann.id },
      traits: [
        { name: 'Fur', value: 'Red' },
        { name: 'Generation', value: '3' },
      ],
      structure: { caip19, metadataUrl: inline(metadata), supply: null },
      tokenReading: {
        caip19,
        blockNumber: '136',
        blockAt: new Date((1_700_000_000 + 136 * 12) * 1000).toISOString(),
        isFinalized: true,
        ownerAddress: owner,
        holderAddress: null,
        contractName: 'CryptoCats',
        contractSymbol: 'CAT',
      },
    });
    // Everything was read at the one block.
    const blocks = chain.asked.filter(({ method }) => ['eth_call', 'eth_getCode'].includes(method));
    expect(new Set(blocks.map(({ block }) => block))).toEqual(new Set(['0x88']));
    const [created] = await world.facts({ key: fetch.asset.id });
    expect(created).toMatchObject({ type: 'assets.asset.created', actor: 'svc_assets', onBehalfOf: ann.id });
    expect((await world.facts({ key: id })).map(({ type, payload }) => [type, payload.change])).toEqual([
      ['assets.assetRecordFetch.requested', undefined],
      ['assets.assetRecordFetch.finished', 'CREATED'],
    ]);
  });

  test('a token of ERC-1155 has its id in the metadata address, its supply, and the balance of a named holder', async () => {
    const uri = `/ipfs/bafy/${(18).toString(16).padStart(64, '0')}.json`;
    filesAnswer = (path) => (path === uri ? { status: 200, body: '{"name":"Coin"}' } : { status: 404, body: '' });
    Object.assign(chain.contracts[multi]!, { totalSupply: () => 500n, balanceOf: () => 3n });
    const fetch = await fetched({ contract: multi, tokenId: '18', holder: owner });
    expect(filesAsked).toEqual([uri]);
    expect(fetch.asset).toMatchObject({
      title: 'Coin',
      structure: { caip19: `eip155:31337/erc1155:0x00000000000000000000000000000000000000AA/18`, supply: '500' },
      tokenReading: { ownerAddress: null, holderAddress: owner, holderBalance: '3', supply: '500' },
    });
    chain.contracts[multi]!['totalSupply'] = () => 0n;
    expect(await fetched({ contract: multi, tokenId: '19' })).toMatchObject({ problem: { code: 'TOKEN_NOT_FOUND' } });
  });

  test('without a final block a deep one is read, and marked as such', async () => {
    chain.knowsFinalized = false;
    const { asset } = await fetched({ contract, tokenId: '8' });
    expect(asset.tokenReading).toMatchObject({ blockNumber: '136', isFinalized: false });
  });

  test('read again it follows the chain, keeps fields edited by hand, and changes nothing else', async () => {
    const first = await fetched({ contract, tokenId: '9' });
    const { id: assetId } = first.asset;
    await ann.ask(update, { input: { assetId, title: 'By hand', traits: [{ name: 'Fur', value: 'Blue' }] } });
    chain.contracts[contract]!['ownerOf'] = () => '0x00000000000000000000000000000000000000cc';
    chain.contracts[contract]!['tokenURI'] = () => inline({ name: 'New name', description: 'Another cat.' });
    const second = await fetched({ contract: checksummed, tokenId: '9' });
    expect(second.id).toBe(first.id);
    expect(second.asset).toMatchObject({
      id: assetId,
      title: 'By hand',
      description: 'Another cat.',
      traits: [{ name: 'Fur', value: 'Blue' }],
      tokenReading: { ownerAddress: '0x00000000000000000000000000000000000000cc' },
    });
    expect(second.asset.handEdits.map(({ field }: { field: string }) => field).sort()).toEqual(['TITLE', 'TRAITS']);
    // Unreadable fields are not cleared.
    chain.contracts[contract]!['tokenURI'] = () => 'https://elsewhere.example/9.json';
    const third = await fetched({ contract, tokenId: '9' });
    expect(third.notes).toEqual([{ code: 'METADATA_NOT_ALLOWED' }]);
    expect(third.asset.description).toBe('Another cat.');
    const before = third.asset.version;
    expect((await fetched({ contract, tokenId: '9' })).asset.version).toBe(before);
    const changes = (await world.facts({ key: first.id })).flatMap(({ payload }) => payload.change ?? []);
    expect(changes).toEqual(['CREATED', 'UPDATED', 'UPDATED', 'UNCHANGED']);
  });

  test.each([
    ['no contract', { contract: '0x00000000000000000000000000000000000000dd', tokenId: '1' }, 'NO_CONTRACT'],
    ['a contract of something else', { contract: plain, tokenId: '1' }, 'NOT_A_TOKEN'],
    ['a token that was never minted', { contract, tokenId: '100' }, 'TOKEN_NOT_FOUND'],
  ])('%s fails permanently and creates nothing', async (_, input, code) => {
    expect(await fetched(input)).toMatchObject({ status: 'FAILED', attempts: 1, problem: { code }, asset: null });
  });

  test('a node of another chain is not trusted', async () => {
    chain.chainId = 1;
    const fetch = await fetched({ contract, tokenId: '20' });
    expect(fetch).toMatchObject({ status: 'FAILED', problem: { code: 'WRONG_CHAIN' }, asset: null });
    expect(fetch.problem.message).toBe('The configured node belongs to eip155:1, not eip155:31337.');
    expect(chain.asked.map(({ method }) => method)).toEqual(['eth_chainId']);
  });

  test('a node that is down is retried with growing delays, and finally given up', async () => {
    chain.status = 503;
    const id = await ask({ contract, tokenId: '21', ownerId: museum });
    await world.settled();
    expect(await shown(id)).toMatchObject({ status: 'QUEUED', attempts: 1, problem: null });
    chain.status = 200;
    await again();
    expect(await shown(id)).toMatchObject({ status: 'DONE', attempts: 2 });
    chain.status = 503;
    expect(await ask({ contract, tokenId: '21', ownerId: museum })).toBe(id);
    for (let n = 0; n < 8; n += 1) await again();
    expect(await shown(id)).toMatchObject({ status: 'FAILED', attempts: 8, problem: { code: 'UNREACHABLE' } });
    // The earlier result is still stored.
    expect((await shown(id)).asset.title).toBe('Kitty Nº 7');
  });

  test.each([
    ['none', undefined, 'METADATA_ABSENT'],
    ['on a host that is not listed', 'https://elsewhere.example/1.json', 'METADATA_NOT_ALLOWED'],
    ['in a network of one’s own', 'http://169.254.169.254/latest/meta-data', 'METADATA_NOT_ALLOWED'],
    ['out of the path of the gateway', 'ipfs://../admin', 'METADATA_NOT_ALLOWED'],
    ['under an unknown scheme', 'ar://abc', 'METADATA_NOT_ALLOWED'],
    ['no JSON', 'data:application/json,{oops', 'METADATA_INVALID'],
    ['no object', inline([1]), 'METADATA_INVALID'],
    ['too large', inline({ name: 'x'.repeat(1_100_000) }), 'METADATA_TOO_LARGE'],
    ['missing at the gateway', 'ipfs://bafy/missing.json', 'METADATA_UNREACHABLE'],
    ['longer than an asset holds', inline({ name: 'n'.repeat(600), attributes: [] }), 'METADATA_CUT'],
  ])('metadata %s: the token is imported nevertheless, with a note', async (_, uri, code) => {
    chain.contracts[contract]!['tokenURI'] = () => uri;
    const { status, notes, asset } = await fetched({ contract, tokenId: '30' });
    expect({ status, notes }).toEqual({ status: 'DONE', notes: [{ code }] });
    expect(asset.sourceKind).toBe('ON_CHAIN');
    expect(asset.title.length).toBeLessThanOrEqual(500);
    expect(filesAsked.every((path) => path.startsWith('/ipfs/'))).toBe(true);
  });

  test('unreachable metadata is retried, and left out after the third attempt', async () => {
    chain.contracts[contract]!['tokenURI'] = () => 'ipfs://bafy/slow.json';
    filesAnswer = () => ({ status: 503, body: '' });
    const id = await ask({ contract, tokenId: '50', ownerId: museum });
    await world.settled();
    expect((await shown(id)).status).toBe('QUEUED');
    for (let n = 0; n < 2; n += 1) await again();
    expect(await shown(id)).toMatchObject({
      status: 'DONE',
      attempts: 3,
      notes: [{ code: 'METADATA_UNREACHABLE' }],
      asset: { title: 'CryptoCats #50' },
    });
  });

  test.each([
    ['that is too long', inline({ ...metadata, image: 'x'.repeat(3_000) })],
    ['with characters that no database stores', `data:application/json,${JSON.stringify(metadata)}#\0`],
  ])('a metadata address %s is read and not stored', async (_what, uri) => {
    chain.contracts[contract]!['tokenURI'] = () => uri;
    expect(await fetched({ contract, tokenId: uri.endsWith('\0') ? '31' : '30' })).toMatchObject({
      status: 'DONE',
      attempts: 1,
      asset: { title: 'Kitty Nº 7', structure: { metadataUrl: null }, tokenReading: { metadataUri: null } },
    });
  });

  test('texts of a contract cannot corrupt stored data, and a contract cannot trigger requests', async () => {
    Object.assign(chain.contracts[contract]!, {
      name: () => 'A\u0000B\uD800 ',
      tokenURI: () => inline({ name: '\u200B', attributes: [{ trait_type: 'A\u0000', value: 'e\u0301' }] }),
    });
    const { asset } = await fetched({ contract, tokenId: '51' });
    expect(asset).toMatchObject({ title: expect.stringMatching(/^AB.* #51$/), traits: [{ name: 'A', value: 'é' }] });
  });

  test('bad input is INVALID with its path', async () => {
    const good = { chain: 'eip155:31337', contract, tokenId: '1' };
    for (const [field, value] of [
      ['chain', 'eip155:1'],
      ['chain', 'ethereum'],
      ['contract', '0x12'],
      ['contract', '0x06012C8cf97BEaD5deAe237070F9587f8E7A266d'],
      ['tokenId', '-1'],
      ['tokenId', '01'],
      ['tokenId', String(2n ** 256n)],
      ['holder', 'ann.eth'],
      ['ownerId', 'ast_01h455vb4pex5vsknk084sn02q'],
    ] as const)
      expect(await refusal(ann, fetchToken, { input: inputOf({ ...good, [field]: value }) }), value).toEqual({
        code: 'INVALID',
        path: field === 'ownerId' ? 'input.ownerId' : `input.token.${field}`,
      });
    const [error] = await ann.askForErrors(fetchToken, { input: inputOf({ ...good, chain: 'eip155:1' }) });
    expect(error?.message).toContain('configured chains: eip155:31337');
    expect(JSON.stringify(error)).not.toContain(chain.url);
  });

  test('is for editors of the owner; others see neither the fetch nor the draft, and get no events', async () => {
    const input = inputOf({ contract, tokenId: '60', ownerId: museum });
    expect(await refusal(world.anonymous, fetchToken, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(bea, fetchToken, { input })).toEqual({ code: 'FORBIDDEN' });
    const stream = 'subscription { assetRecordFetchFinished { status fetch { id } } }';
    await using heard = await ann.subscribe(stream);
    await using deaf = await bea.subscribe(stream);
    const { id, asset } = await fetched({ contract, tokenId: '60' });
    expect((await heard.next()).assetRecordFetchFinished).toEqual({ status: 'DONE', fetch: { id } });
    expect(await shown(id, bea)).toBeNull();
    expect((await bea.ask('query ($id: ID!) { asset(id: $id) { id } }', { id: asset.id })).asset).toBeNull();
    // Anybody may keep their own record of the same token; it is another draft.
    const own = await ask({ contract, tokenId: '60' }, bea);
    await world.settled();
    expect((await deaf.next()).assetRecordFetchFinished).toEqual({ status: 'DONE', fetch: { id: own } });
    expect(own).not.toBe(id);
    const mine = '{ viewer { assetRecordFetches { nodes { id } } } }';
    expect((await bea.ask(mine)).viewer.assetRecordFetches.nodes).toEqual([{ id: own }]);
    expect(
      (
        await world
          .inUniverse('other')
          .operator()
          .then((far) => far.ask(read, { id }))
      ).assetRecordFetch,
    ).toBeNull();
  });

  test('a transferred asset is not updated any more', async () => {
    const { asset } = await fetched({ contract, tokenId: '61' });
    const friend = await world.signUp({ organization: 'Friends' });
    await world.grant(friend.organizationId ?? '', ann, 'ADMIN');
    await ann.ask('mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { asset { id } } }', {
      input: { assetId: asset.id, receiverId: friend.organizationId },
    });
    expect(await fetched({ contract, tokenId: '61' })).toMatchObject({
      status: 'FAILED',
      problem: { code: 'TRANSFERRED' },
    });
  });

  test('a call while it is under way returns the same fetch; at most a hundred of one owner are open', async () => {
    let free = (): void => {};
    chain.before = () => new Promise<void>((done) => (free = done));
    const id = await ask({ contract, tokenId: '70' });
    expect(await ask({ contract, tokenId: '70' })).toBe(id);
    const other = inputOf({ contract, tokenId: '70', holder: owner });
    expect(await refusal(ann, fetchToken, { input: other })).toEqual({ code: 'CONFLICT', path: 'input.token.holder' });
    await world.database.query(
      `insert into assets.asset_record_fetches (id, universe_id, created_at, updated_at, owner_id, created_by, requested_by, kind, source, reference, status)
       select 'arf_' || n, 'main', now(), now(), $1, $1, $1, 'TOKEN', 'eip155:31337', 'x' || n, 'QUEUED' from generate_series(1, 99) n`,
      [ann.id],
    );
    const more = inputOf({ contract, tokenId: '71' });
    expect((await refusal(ann, fetchToken, { input: more })).code).toBe('TOO_MANY');
    await world.database.query(`delete from assets.asset_record_fetches where reference like 'x%'`);
    chain.before = null;
    free();
    await world.settled();
    const many =
      'query ($n: Int) { viewer { assetRecordFetches(first: $n) { nodes { asset { tokenReading { caip19 } } } } } }';
    const counts: number[] = [];
    for (const n of [2, 15]) counts.push((await world.statements(() => ann.ask(many, { n }))).length);
    expect(counts[0]).toBe(counts[1]);
  });
});

test('an installation without chains refuses with CONFLICT', async () => {
  const bare = await openWorld({ oses: ['assets'] });
  const person = await bare.signUp();
  const [error] = await person.askForErrors(fetchToken, { input: inputOf({ contract, tokenId: '1' }) });
  expect(error).toMatchObject({ message: expect.stringContaining('no configured'), extensions: { code: 'CONFLICT' } });
  await bare.close();
});
