import type { GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pruneFacts } from '../../../platform/facts/retention.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const history = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  asset(id: $id) { history(first: $first, after: $after, last: $last, before: $before) {
    totalCount
    nodes { id factType occurredAt actor { id } onBehalfOf { id } actingFor { id } changes { field from to } }
    edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }
}`;

let world: World;
let ann: Person;
let museum: string;
let stranger: Person;
let id: string;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  stranger = await world.signUp();
  const { assetCreate } = await ann.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title: 'First', kind: 'ART' } },
    { actingFor: museum },
  );
  id = assetCreate.asset.id;
  const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }';
  await ann.ask(update, { input: { assetId: id, title: 'Second', tags: ['x'] } });
  await ann.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id });
  await ann.ask(update, { input: { assetId: id, structureType: 'ARTWORK', structure: { signed: true } } });
  await ann.ask('mutation ($id: ID!) { assetReserve(input: { assetId: $id, place: "Fair" }) { asset { id } } }', {
    id,
  });
});
afterAll(() => world.close());

const of = async (client: Client, more: object = {}) => (await client.ask(history, { id, ...more })).asset.history;

test('owners see who changed what and when, the newest first', async () => {
  const { nodes, totalCount } = await of(ann);
  expect(totalCount).toBe(5);
  expect(nodes.map(({ factType }: { factType: string }) => factType)).toEqual([
    'assets.asset.reserved',
    'assets.asset.updated',
    'assets.asset.published',
    'assets.asset.updated',
    'assets.asset.created',
  ]);
  expect(nodes[3].changes).toEqual([
    { field: 'tags', from: [], to: ['x'] },
    { field: 'title', from: 'First', to: 'Second' },
  ]);
  expect(nodes[0].changes).toEqual([{ field: 'status', from: 'PUBLISHED', to: 'ON_SALE' }]);
  expect(nodes[4]).toMatchObject({ actor: { id: ann.id }, actingFor: { id: museum }, onBehalfOf: null });
  expect(nodes[1].changes).toContainEqual({ field: 'structure', from: null, to: { signed: true } });
  const [fact] = await world.facts({ key: id });
  expect(nodes[4]).toMatchObject({ id: fact?.id, occurredAt: fact?.at.toISOString() });
});

test('everybody else sees the public changes', async () => {
  for (const client of [world.anonymous, stranger]) {
    const { nodes, totalCount } = await of(client);
    expect(totalCount).toBe(2);
    expect(nodes.map(({ factType }: { factType: string }) => factType)).toEqual([
      'assets.asset.reserved',
      'assets.asset.published',
    ]);
  }
  const far = await world.inUniverse('other').operator();
  expect((await far.ask(history, { id })).asset).toBeNull();
  expect((await of(await world.operator())).totalCount).toBe(5);
});

test('the receiver of a draft, and its archiving, are visible to its owners only', async () => {
  const draft = (
    await ann.ask('mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }', {
      input: { title: 'Passed on', kind: 'ART' },
    })
  ).assetCreate.asset.id as string;
  const step = (root: string, more = '') =>
    ann.ask(`mutation ($id: ID!) { ${root}(input: { assetId: $id ${more} }) { asset { id } } }`, { id: draft });
  await step('assetTransfer', `receiverId: "${museum}"`);
  await step('assetArchive');
  await step('assetPublish');
  await step('assetTransfer', `receiverId: "${ann.id}"`);
  const seen = async (client: Client): Promise<string[]> => {
    const { nodes, totalCount } = (await client.ask(history, { id: draft })).asset.history;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ factType }: { factType: string }) => factType.replace('assets.', ''));
  };
  const shown = ['asset.transferred', 'asset.published'];
  expect(await seen(stranger)).toEqual(shown);
  const offered = ['asset.transferred', 'assetTransfer.offered'];
  expect(await seen(ann)).toEqual([...offered, 'asset.published', 'asset.archived', ...offered, 'asset.created']);
});

test('a buyer sees no earlier edits, offers and refusals, and a seller no later ones', async () => {
  const seller = await world.signUp({ displayName: 'Sam' });
  const [refuser, buyer, next] = [await world.signUp(), await world.signUp(), await world.signUp()];
  const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
  const input = { title: 'Draft title', description: 'Bought for 100, worth 20', kind: 'ART' };
  const asset = (await seller.ask(create, { input })).assetCreate.asset.id as string;
  const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }';
  await seller.ask(update, { input: { assetId: asset, title: 'Fair title', description: 'Fine' } });
  await seller.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: asset });
  const offer = async (from: Person, to: Person): Promise<string> => {
    const given = `mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }`;
    return (await from.ask(given, { input: { assetId: asset, receiverId: to.id } })).assetTransfer.transfer
      .id as string;
  };
  const answered = (to: Person, root: string, transferId: string) =>
    to.ask(`mutation ($id: ID!) { ${root}(input: { transferId: $id }) { transfer { id } } }`, { id: transferId });
  await answered(refuser, 'assetTransferDecline', await offer(seller, refuser));
  await answered(buyer, 'assetTransferAccept', await offer(seller, buyer));
  await buyer.ask(update, { input: { assetId: asset, title: 'Buyer’s title' } });
  await answered(next, 'assetTransferDecline', await offer(buyer, next));
  const seen = async (client: Client): Promise<string[]> => {
    const { nodes, totalCount } = (await client.ask(history, { id: asset })).asset.history;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ factType }: { factType: string }) => factType.replace('assets.', '')).toReversed();
  };
  const came = ['assetTransfer.offered', 'asset.transferred'];
  const refused = ['assetTransfer.offered', 'assetTransfer.declined'];
  const open = ['asset.published', 'asset.transferred'];
  expect(await seen(buyer)).toEqual(['asset.published', ...came, 'asset.updated', ...refused]);
  expect(await seen(seller)).toEqual(['asset.created', 'asset.updated', 'asset.published', ...refused, ...came]);
  for (const client of [refuser, next, world.anonymous]) expect(await seen(client)).toEqual(open);
  expect(await seen(await world.operator())).toHaveLength(10);
  const told = JSON.stringify((await buyer.ask(history, { id: asset })).asset.history.nodes);
  for (const secret of ['Draft title', 'worth 20', refuser.id]) expect(told).not.toContain(secret);
  const first = (await buyer.ask(history, { id: asset, last: 2 })).asset.history;
  expect(first.nodes.map(({ factType }: { factType: string }) => factType)).toEqual([
    'assets.assetTransfer.offered',
    'assets.asset.published',
  ]);
  // After a transfer back the seller's edits are visible again, and the buyer's are not.
  await answered(seller, 'assetTransferAccept', await offer(buyer, seller));
  const back = ['asset.created', 'asset.updated', 'asset.published', ...refused, ...came, ...came];
  expect(await seen(seller)).toEqual(back);
  expect(await seen(buyer)).toEqual(['asset.published', ...came, 'asset.updated', ...refused, ...came]);
});

test('neither a change nor its cursor reveals the number of hidden changes', async () => {
  /** An asset with this number of changes before its publication, as a stranger sees its history. */
  const seenAfter = async (changes: number): Promise<unknown> => {
    const { assetCreate } = await ann.ask(
      'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
      { input: { title: 'Draft', kind: 'ART' } },
    );
    const asset = assetCreate.asset.id as string;
    for (let n = 0; n < changes; n += 1)
      await ann.ask('mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }', {
        input: { assetId: asset, title: `Draft ${n}` },
      });
    await ann.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: asset });
    const { nodes, edges, ...rest } = (await stranger.ask(history, { id: asset })).asset.history;
    const told = (cursor: string) =>
      Buffer.from(cursor, 'base64url')
        .toString()
        .replace(/fct_\w+/, 'fact');
    return {
      nodes: nodes.map((node: object) => ({ ...node, id: '', occurredAt: '' })),
      cursors: edges.map(({ cursor }: { cursor: string }) => told(cursor)),
      ...rest,
      pageInfo: {
        ...rest.pageInfo,
        startCursor: told(rest.pageInfo.startCursor),
        endCursor: told(rest.pageInfo.endCursor),
      },
    };
  };
  expect(await seenAfter(3)).toEqual(await seenAfter(0));
  const fields = world.schema.getType('AssetChange') as GraphQLObjectType;
  expect(Object.keys(fields.getFields())).not.toContain('number');
});

test('pages forward and backward make the same list', async () => {
  const whole = (await of(ann)).nodes.map(({ id: fact }: { id: string }) => fact);
  const forward: string[] = [];
  for (let after: string | null = null; ;) {
    const page = await of(ann, { first: 2, after });
    forward.push(...page.nodes.map(({ id: fact }: { id: string }) => fact));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor as string;
  }
  const backward: string[] = [];
  for (let before: string | null = null; ;) {
    const page = await of(ann, { last: 2, before });
    backward.unshift(...page.nodes.map(({ id: fact }: { id: string }) => fact));
    if (!page.pageInfo.hasPreviousPage) break;
    before = page.pageInfo.startCursor as string;
  }
  expect(forward).toEqual(whole);
  expect(backward).toEqual(whole);
  expect(await refusal(ann, history, { id, after: 'nonsense' })).toEqual({ code: 'INVALID', path: 'after' });
  expect(await refusal(ann, history, { id, first: 1, last: 1 })).toEqual({ code: 'INVALID', path: 'last' });
});

test('the histories of many assets are one statement', async () => {
  const lines = Array.from({ length: 20 }, (_, n) => ({ line: n + 1, sourceId: `${n}`, title: `W${n}`, kind: 'ART' }));
  const imports = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { updated } }';
  await ann.ask(imports, { input: { source: 's', run: '1', lines } });
  const changed = lines.map((line) => ({ ...line, title: `${line.title}!` }));
  await ann.ask(imports, { input: { source: 's', run: '2', lines: changed } });
  const query = `query ($first: Int) { assets(filter: { source: { eq: "s" } }, first: $first) {
    nodes { title history(first: 3) { nodes { changes { field from to } } } }
  } }`;
  const { assets } = await ann.ask(query, { first: 20 });
  for (const { title, history: told } of assets.nodes)
    expect(told.nodes).toEqual([
      { changes: [{ field: 'title', from: title.slice(0, -1), to: title }] },
      { changes: [] },
    ]);
  const count = async (first: number) => (await world.statements(() => ann.ask(query, { first }))).length;
  expect(await count(20)).toBe(await count(2));
});

test('a history without its oldest changes is marked, a cursor among them is EXPIRED, and rights are unchanged', async () => {
  const seller = await world.signUp({ displayName: 'Sue' });
  const buyer = await world.signUp({ displayName: 'Bea' });
  const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
  const asset = (await seller.ask(create, { input: { title: 'Old', kind: 'ART' } })).assetCreate.asset.id as string;
  const given = `mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }`;
  await seller.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: asset });
  const { transfer } = (await seller.ask(given, { input: { assetId: asset, receiverId: buyer.id } })).assetTransfer;
  await buyer.ask(`mutation ($id: ID!) { assetTransferAccept(input: { transferId: $id }) { transfer { id } } }`, {
    id: transfer.id,
  });
  const whole = `query ($id: ID!, $after: String) { asset(id: $id) { isHistoryComplete
    history(first: 2, after: $after) { totalCount nodes { factType } pageInfo { endCursor } } } }`;
  const read = async (client: Client, more: object = {}) => (await client.ask(whole, { id: asset, ...more })).asset;
  const before = await read(seller);
  expect(before.isHistoryComplete).toBe(true);
  await world.settled();
  const { database } = world;
  await database.query(`update facts.log set at = at - interval '30 days'`);
  await database.query('update facts.checkpoints set position = (select position from facts.relay)');
  await buyer.ask('mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }', {
    input: { assetId: asset, description: 'Written by its new owner' },
  });
  await world.settled();
  await pruneFacts(database, 10, createLog({ level: 'silent' }), new AbortController().signal);

  // The transfer was deleted from the log, but the former owner still sees nothing of the new one.
  expect(await read(buyer)).toMatchObject({
    isHistoryComplete: false,
    history: { totalCount: 1, nodes: [{ factType: 'assets.asset.updated' }] },
  });
  for (const client of [seller, stranger])
    expect(await read(client)).toMatchObject({ isHistoryComplete: false, history: { totalCount: 0, nodes: [] } });
  const { errors } = await seller.answer(whole, { id: asset, after: before.history.pageInfo.endCursor });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'EXPIRED', path: ['after'] });
});
