import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
const publish = 'mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }';
const mine = `query ($filter: AssetFilter, $first: Int, $after: String) {
  viewer { assets(filter: $filter, first: $first, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }
}`;
const owned = `query ($ids: [ID!]!, $first: Int, $after: String, $last: Int) {
  nodes(ids: $ids) { ... on Actor { id assets(first: $first, after: $after, last: $last) {
    totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor }
  } } }
}`;

let world: World;
let ann: Person;
let bea: Person;
let museum: string;
/** Of each owner, the oldest first; the last one is a draft. */
const made = new Map<string, string[]>();
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'hub'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  bea = await world.signUp({ displayName: 'Bea' });
  museum = ann.organizationId ?? '';
  for (const [client, ownerId] of [
    [ann, ann.id],
    [ann, museum],
    [bea, bea.id],
  ] as const) {
    const ids: string[] = [];
    for (const title of ['one', 'two', 'three', 'draft']) {
      const { id } = (await client.ask(create, { input: { title, kind: 'ART', ownerId } })).assetCreate.asset;
      if (title !== 'draft') await client.ask(publish, { id });
      ids.push(id as string);
    }
    made.set(ownerId ?? '', ids);
  }
});
afterAll(() => world.close());

const newest = (ownerId: string | null, count?: number) => (made.get(ownerId ?? '') ?? []).toReversed().slice(0, count);
const idsOf = (page: { nodes: { id: string }[] }) => page.nodes.map(({ id }) => id);

describe('Viewer.assets', () => {
  test('are those of the viewer and of the viewer’s organizations, including drafts, and no others', async () => {
    const { viewer } = await ann.ask(mine);
    expect(idsOf(viewer.assets)).toEqual([...newest(museum), ...newest(ann.id)]);
    expect(idsOf((await bea.ask(mine)).viewer.assets)).toEqual(newest(bea.id));
    // An operator sees everything, and owns nothing.
    expect((await (await world.operator()).ask(mine)).viewer.assets.totalCount).toBe(0);
    expect((await world.anonymous.ask(mine)).viewer).toBeNull();
    const filter = { ownerId: { eq: museum } };
    const first = (await ann.ask(mine, { filter, first: 3 })).viewer.assets;
    expect(idsOf(first)).toEqual(newest(museum, 3));
    const next = (await ann.ask(mine, { filter, after: first.pageInfo.endCursor })).viewer.assets;
    expect(idsOf(next)).toEqual(newest(museum).slice(3));
  });
});

describe('Actor.assets', () => {
  test('are the visible assets of each owner, page by page', async () => {
    const ids = [ann.id, museum, bea.id];
    const { nodes } = await bea.ask(owned, { ids, first: 2 });
    const shown = (ownerId: string | null) => newest(ownerId).slice(1);
    expect(nodes.map((node: { assets: never }) => idsOf(node.assets))).toEqual([
      shown(ann.id).slice(0, 2),
      shown(museum).slice(0, 2),
      newest(bea.id, 2),
    ]);
    expect(nodes.map((node: { assets: { totalCount: number } }) => node.assets.totalCount)).toEqual([3, 3, 4]);
    expect(nodes[0].assets.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const after = nodes[0].assets.pageInfo.endCursor as string;
    const [next] = (await bea.ask(owned, { ids: [ann.id], first: 2, after })).nodes;
    expect(idsOf(next.assets)).toEqual(shown(ann.id).slice(2));
    expect(next.assets.pageInfo.hasNextPage).toBe(false);
    const [end] = (await bea.ask(owned, { ids: [ann.id], last: 1 })).nodes;
    expect(idsOf(end.assets)).toEqual(shown(ann.id).slice(2));
  });

  test('take as many statements for three owners as for one', async () => {
    const one = await world.statements(() => bea.ask(owned, { ids: [ann.id], first: 2 }));
    const three = await world.statements(() => bea.ask(owned, { ids: [ann.id, museum, bea.id], first: 2 }));
    expect(three.length).toBe(one.length);
  });
});

test('every noun of the OS has a singular root, null for hidden rows', async () => {
  const offer = 'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }';
  const [assetId] = made.get(museum) ?? [];
  const { id } = (await ann.ask(offer, { input: { assetId, receiverId: bea.id } })).assetTransfer.transfer;
  const one = 'query ($id: ID!) { assetTransfer(id: $id) { id status } }';
  expect((await bea.ask(one, { id })).assetTransfer).toEqual({ id, status: 'PENDING' });
  expect((await (await world.signUp()).ask(one, { id })).assetTransfer).toBeNull();
  const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { import { id } } }`;
  const lines = [{ line: 1, sourceId: '1', title: 'A' }];
  const run = (await ann.ask(imports, { input: { source: 's', run: '1', lines } })).assetImport.import;
  expect((await ann.ask('query ($id: ID!) { assetImport(id: $id) { id } }', run)).assetImport).toEqual(run);
  expect((await bea.ask('query ($id: ID!) { assetImport(id: $id) { id } }', run)).assetImport).toBeNull();
  const { categories } = await ann.ask('{ categories(first: 1) { nodes { id } } }');
  const [category] = categories.nodes;
  expect((await bea.ask('query ($id: ID!) { category(id: $id) { id } }', category)).category).toEqual(category);
});
