import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const list = `query ($filter: CategoryFilter, $sort: [CategorySort!], $first: Int) {
  categories(filter: $filter, sort: $sort, first: $first) {
    totalCount nodes { id slug name path depth version assetCount parent { path } children { path } owner { id } archivedAt }
  }
}`;
const create = `mutation ($input: CategoryCreateInput!) {
  categoryCreate(input: $input) { category { id slug path depth parent { path } owner { id } } }
}`;
const update = `mutation ($input: CategoryUpdateInput!) {
  categoryUpdate(input: $input) { category { id name path depth version archivedAt } }
}`;
const archive = `mutation ($input: CategoryArchiveInput!) {
  categoryArchive(input: $input) { category { id archivedAt version } }
}`;
const restore = `mutation ($input: CategoryRestoreInput!) {
  categoryRestore(input: $input) { category { id archivedAt } }
}`;
const imports = `mutation ($input: AssetImportInput!) {
  assetImport(input: $input) { created updated unchanged rejected { line field code } }
}`;

let world: World;
let operator: Person;
let ann: Person;
let museum: string;
let stranger: Person;
let far: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  operator = await world.operator();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  stranger = await world.signUp({ organization: 'Elsewhere' });
  far = await world.inUniverse('other').operator();
});
afterAll(() => world.close());

const at = async (path: string) =>
  (await world.anonymous.ask(list, { filter: { path: { eq: path } } })).categories.nodes[0];
const idOf = async (path: string): Promise<string> => (await at(path)).id;
async function made(name: string, parent: string | null, more: object = {}): Promise<string> {
  const parentId = parent && (await idOf(parent));
  return (await operator.ask(create, { input: { name, parentId, ...more } })).categoryCreate.category.id;
}

describe('categories', () => {
  test('begin with a tree for art, music, collectibles, tokens, documents and real things, visible to everybody', async () => {
    const { categories } = await world.anonymous.ask(list, { filter: { parentId: { isNull: true } } });
    const top = ['art', 'collectibles', 'documents', 'music', 'nfts', 'real-things'];
    expect(categories.nodes.map(({ path }: { path: string }) => path)).toEqual(top);
    const decorative = await at('art/decorative');
    expect(decorative).toMatchObject({ slug: 'decorative', depth: 2, parent: { path: 'art' }, owner: null });
    expect(decorative.children).toContainEqual({ path: 'art/decorative/ceramics' });
    const all = (await world.anonymous.ask(list, { first: 100 })).categories;
    expect(all.totalCount).toBe(all.nodes.length);
    const paths = all.nodes.map(({ path }: { path: string }) => path);
    for (const [n, path] of paths.entries()) {
      const parent = path.split('/').slice(0, -1).join('/');
      if (parent) expect(paths.indexOf(parent)).toBeLessThan(n);
    }
    expect((await far.ask(list)).categories.totalCount).toBe(0);
  });

  test('take as many statements for one as for all', async () => {
    const count = async (first: number) => (await world.statements(() => world.anonymous.ask(list, { first }))).length;
    expect(await count(50)).toBe(await count(2));
  });
});

describe('an asset in the tree', () => {
  test('an import assigns categories, and works are found, counted and filtered there and above', async () => {
    const line = (n: number, category: string | null) => ({
      line: n,
      sourceId: `${n}`,
      title: `W${n}`,
      kind: 'ART',
      category,
    });
    const lines = [
      line(1, 'art/prints'),
      line(2, 'Art/Prints'),
      line(3, 'art/decorative/glass'),
      line(4, 'art/nothing'),
      line(5, null),
    ];
    const input = { source: 'tree', run: '1', ownerId: museum, lines };
    expect((await ann.ask(imports, { input })).assetImport).toEqual({
      created: 4,
      updated: 0,
      unchanged: 0,
      rejected: [{ line: 4, field: 'category', code: 'unknown_category' }],
    });
    expect((await ann.ask(imports, { input })).assetImport.unchanged).toBe(4);
    const moved = { ...input, run: '2', lines: [line(2, 'art/collages')] };
    expect((await ann.ask(imports, { input: moved })).assetImport.updated).toBe(1);
    const within = async (path: string) => {
      const query =
        'query ($id: ID!) { assets(filter: { category: { within: $id } }, sort: [TITLE_ASC]) { totalCount nodes { title category { path } } } }';
      return (await world.anonymous.ask(query, { id: await idOf(path) })).assets.nodes.map(
        ({ title, category }: { title: string; category: { path: string } }) => `${title} ${category.path}`,
      );
    };
    expect(await within('art')).toEqual(['W1 art/prints', 'W2 art/collages', 'W3 art/decorative/glass']);
    expect(await within('art/decorative')).toEqual(['W3 art/decorative/glass']);
    expect(await within('music')).toEqual([]);
    expect((await at('art')).assetCount).toBe(3);
    const not = 'query ($id: ID!) { assets(filter: { not: { category: { within: $id } } }) { totalCount } }';
    expect((await world.anonymous.ask(not, { id: await idOf('art/decorative') })).assets.totalCount).toBe(3);
    const { assetAggregate } = await world.anonymous.ask(
      '{ assetAggregate(groupBy: [CATEGORY]) { rows { category { id path name } count } } }',
    );
    expect(assetAggregate.rows).toEqual(
      expect.arrayContaining([
        { category: { id: await idOf('art/collages'), path: 'art/collages', name: 'Collages' }, count: 1 },
        { category: null, count: 1 },
      ]),
    );
  });

  test('nothing can be added to a missing or archived category, or one of another organization', async () => {
    const put = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
    const refusedIn = (categoryId: string) =>
      refusal(ann, put, { input: { title: 'X', kind: 'ART', ownerId: museum, categoryId } });
    const path = 'input.categoryId';
    expect(await refusedIn('cat_01h455vb4pex5vsknk084sn02q')).toEqual({ code: 'NOT_FOUND', path });
    expect(await refusedIn(museum)).toEqual({ code: 'INVALID', path });
    const closed = await made('Closed', 'art');
    await operator.ask(archive, { input: { categoryId: closed } });
    expect(await refusedIn(closed)).toEqual({ code: 'CONFLICT', path });
    const theirs = await made('Theirs', 'art', { ownerId: stranger.organizationId });
    expect(await refusedIn(theirs)).toEqual({ code: 'FORBIDDEN', path });
  });
});

describe('categoryCreate', () => {
  test('makes the slug from the name, and an organization’s branch below the platform’s tree', async () => {
    const input = { name: ' Café & Bar Signs ', parentId: await idOf('real-things'), ownerId: museum };
    const { category } = (await ann.ask(create, { input })).categoryCreate;
    expect(category).toMatchObject({
      slug: 'cafe-bar-signs',
      path: 'real-things/cafe-bar-signs',
      depth: 2,
      owner: { id: museum },
    });
    expect(await world.facts({ key: category.id })).toMatchObject([
      { type: 'assets.category.created', actor: ann.id, payload: { path: category.path, ownerId: museum } },
    ]);
    expect(await refusal(ann, create, { input })).toEqual({ code: 'CONFLICT', path: 'input.slug' });
    expect(await refusal(ann, create, { input: { name: 'Top', ownerId: museum } })).toEqual({
      code: 'INVALID',
      path: 'input.parentId',
    });
    expect(await refusal(operator, create, { input: { name: '猫', parentId: input.parentId } })).toEqual({
      code: 'INVALID',
      path: 'input.slug',
    });
    const below = { name: 'Below', parentId: category.id, ownerId: stranger.organizationId };
    expect(await refusal(stranger, create, { input: below })).toEqual({ code: 'FORBIDDEN', path: 'input.parentId' });
  });

  test('is for operators and for administrators of the organization', async () => {
    const input = { name: 'Mine', parentId: await idOf('art') };
    expect(await refusal(world.anonymous, create, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(ann, create, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, create, { input: { ...input, ownerId: museum } })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(far, create, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.parentId' });
  });
});

describe('categoryUpdate', () => {
  test('moves all categories below, and publishes the old path', async () => {
    const top = await made('Boats', 'real-things');
    await made('Sails', 'real-things/boats');
    await made('Spinnakers', 'real-things/boats/sails');
    const input = { categoryId: top, slug: 'ships', parentId: await idOf('collectibles'), ifVersion: 1 };
    const { category } = (await operator.ask(update, { input })).categoryUpdate;
    expect(category).toMatchObject({ path: 'collectibles/ships', depth: 2, version: 2 });
    expect(await at('collectibles/ships/sails/spinnakers')).toMatchObject({
      depth: 4,
      parent: { path: 'collectibles/ships/sails' },
    });
    expect(await at('real-things/boats/sails')).toBeUndefined();
    const [fact] = (await world.facts({ key: top })).slice(-1);
    expect(fact?.payload.changed.path).toEqual({ from: 'real-things/boats', to: 'collectibles/ships' });
    expect(await refusal(operator, update, { input })).toEqual({ code: 'CONFLICT', path: 'input.ifVersion' });
    const root = await operator.ask(update, { input: { categoryId: top, parentId: null } });
    expect(root.categoryUpdate.category).toMatchObject({ path: 'ships', depth: 1 });
    expect(await at('ships/sails/spinnakers')).toMatchObject({ depth: 3 });
  });

  test('never creates a cycle, a seventh level or a duplicate path', async () => {
    const deep = await made('L2', 'documents');
    for (const [n, parent] of [
      [3, 'l2'],
      [4, 'l2/l3'],
      [5, 'l2/l3/l4'],
      [6, 'l2/l3/l4/l5'],
    ] as const)
      await made(`L${n}`, `documents/${parent}`);
    const parentId = { code: 'INVALID', path: 'input.parentId' };
    const sixth = await idOf('documents/l2/l3/l4/l5/l6');
    expect(await refusal(operator, create, { input: { name: 'L7', parentId: sixth } })).toEqual(parentId);
    expect(await refusal(operator, update, { input: { categoryId: deep, parentId: sixth } })).toEqual(parentId);
    expect(await refusal(operator, update, { input: { categoryId: deep, parentId: deep } })).toEqual(parentId);
    expect(
      await refusal(operator, update, { input: { categoryId: deep, parentId: await idOf('art/decorative') } }),
    ).toEqual(parentId);
    const taken = { categoryId: deep, slug: 'letters' };
    expect(await refusal(operator, update, { input: taken })).toEqual({ code: 'CONFLICT', path: 'input.slug' });
  });

  test('archives a category without open ones below it, and restores it', async () => {
    const parent = await made('Old', 'music');
    const child = await made('Older', 'music/old');
    const conflict = { code: 'CONFLICT', path: 'input.categoryId' };
    expect(await refusal(operator, archive, { input: { categoryId: parent } })).toEqual(conflict);
    for (const categoryId of [child, parent]) await operator.ask(archive, { input: { categoryId } });
    const first = (await operator.ask(archive, { input: { categoryId: parent } })).categoryArchive.category;
    expect((await operator.ask(archive, { input: { categoryId: parent } })).categoryArchive.category).toEqual(first);
    expect(await refusal(operator, create, { input: { name: 'New', parentId: parent } })).toMatchObject({
      code: 'CONFLICT',
    });
    expect(await refusal(operator, restore, { input: { categoryId: child } })).toEqual(conflict);
    for (const _time of [1, 2]) {
      const { category } = (await operator.ask(restore, { input: { categoryId: parent } })).categoryRestore;
      expect(category.archivedAt).toBeNull();
    }
    const told = (await world.facts({ key: parent })).map(({ type }) => type);
    expect(told).toEqual(['created', 'archived', 'restored'].map((each) => `assets.category.${each}`));
  });

  test('is for operators, and for administrators of the branch', async () => {
    const categoryId = await idOf('art');
    const input = { categoryId, name: 'Arts' };
    expect(await refusal(world.anonymous, update, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(ann, update, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(far, update, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.categoryId' });
    const own = await made('Own', 'art', { ownerId: museum });
    expect((await ann.ask(update, { input: { categoryId: own, name: 'Ours' } })).categoryUpdate.category.name).toBe(
      'Ours',
    );
    expect(await refusal(stranger, update, { input: { categoryId: own, name: 'X' } })).toEqual({ code: 'FORBIDDEN' });
    for (const field of ['name', 'slug'])
      expect(await refusal(ann, update, { input: { categoryId: own, [field]: null } })).toEqual({
        code: 'INVALID',
        path: `input.${field}`,
      });
  });
});
