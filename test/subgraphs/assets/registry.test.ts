import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const structure = `structure { __typename structureType structureVersion json
  ... on MusicAlbum { gtin label genres releaseType releaseDate }
  ... on MusicTrack { isrc durationMs position }
  ... on MusicStem { role instrument }
  ... on Artwork { dimensions { unit height width } edition { number size } signed }
  ... on CollectibleItem { set grading { grader grade certificateNumber } }
  ... on TokenReference { chain standard contract tokenId caip19 }
  ... on DocumentRecord { documentType parties }
}`;
const create = `mutation ($input: AssetCreateInput!) { assetCreate(input: $input) {
  asset { id title kind sourceKind tags version value { amount currency } category { id path } ${structure} }
} }`;
const update = `mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) {
  asset { id tags version value { amount currency } category { path } traits { name value } ${structure} }
} }`;
const arrange = 'mutation ($input: AssetArrangeInput!) { assetArrange(input: $input) { asset { id parts { id } } } }';
const linkAdd = `mutation ($input: AssetLinkAddInput!) {
  assetLinkAdd(input: $input) { link { id status } asset { links { id kind status targetId url relation createdBy { id } } } }
}`;
const linkRemove =
  'mutation ($input: AssetLinkRemoveInput!) { assetLinkRemove(input: $input) { link { id } asset { links { id kind } } } }';
const collection = 'col_01h455vb4pex5vsknk084sn02q';

let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
let far: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp();
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ organization: 'Elsewhere' });
  far = await world.inUniverse('other').operator();
});
afterAll(() => world.close());

async function made(input: object, published = false): Promise<string> {
  const { assetCreate } = await ann.ask(create, { input: { title: 'Work', kind: 'ART', ownerId: museum, ...input } });
  const assetId = assetCreate.asset.id as string;
  if (published)
    await ann.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: assetId });
  return assetId;
}
const issuesOf = async (operation: string, input: object) =>
  (await ann.askForErrors(operation, { input }))[0]?.extensions.issues?.map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  );

describe('structures', () => {
  test('an asset of every kind has its own structure, and its own type', async () => {
    const written = [
      ['MUSIC', 'MUSIC_ALBUM', 'MusicAlbum', { gtin: '0602445790128', label: 'North', releaseType: 'EP' }],
      ['MUSIC', 'MUSIC_TRACK', 'MusicTrack', { isrc: 'USRC17607839', durationMs: 215_000, position: 3 }],
      ['MUSIC', 'MUSIC_STEM', 'MusicStem', { role: 'VOCALS', instrument: 'Alto' }],
      [
        'ART',
        'ARTWORK',
        'Artwork',
        { dimensions: { unit: 'cm', height: 40.5, width: 30 }, edition: { number: 3, size: 25 }, signed: true },
      ],
      [
        'COLLECTIBLE',
        'COLLECTIBLE',
        'CollectibleItem',
        { itemType: 'CARD', set: 'Base', grading: { grader: 'PSA', grade: '10', certificateNumber: '12345678' } },
      ],
      [
        'NFT',
        'TOKEN',
        'TokenReference',
        { caip19: 'eip155:1/erc721:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d/771769' },
      ],
      ['DOCUMENT', 'DOCUMENT', 'DocumentRecord', { documentType: 'DEED' }],
      ['OTHER', 'OTHER', 'OtherStructure', { Engine: 'V8' }],
    ] as const;
    for (const [kind, structureType, typename, value] of written) {
      const input = { title: 'Structured', kind, structureType, structure: value };
      const { asset } = (await ann.ask(create, { input })).assetCreate;
      expect(asset.structure).toMatchObject({ __typename: typename, structureType, structureVersion: 1, json: value });
      const { itemType: _, Engine: __, ...typed } = value as Record<string, unknown>;
      expect(asset.structure).toMatchObject(typed);
    }
  });

  test('parts of a token come from its CAIP-19 id, and absent lists are empty', async () => {
    const token = { caip19: 'eip155:137/erc1155:0x2953399124F0cBB46d2CbACD8A89cF0599974963/1' };
    const input = { title: 'Token', kind: 'NFT', sourceKind: 'ON_CHAIN', structureType: 'TOKEN', structure: token };
    const { asset } = (await ann.ask(create, { input })).assetCreate;
    expect(asset).toMatchObject({
      sourceKind: 'ON_CHAIN',
      structure: { chain: 'eip155:137', standard: 'erc1155', tokenId: '1' },
    });
    const album = { title: 'Album', kind: 'MUSIC', structureType: 'MUSIC_ALBUM', structure: {} };
    expect((await ann.ask(create, { input: album })).assetCreate.asset.structure.genres).toEqual([]);
  });

  test('every error of a structure is reported with its path, before anything is created', async () => {
    const structureFaults = { isrc: 'x', durationMs: -1, colour: 'red' };
    const input = { title: 'X', kind: 'MUSIC', structureType: 'MUSIC_TRACK', structure: structureFaults };
    expect((await issuesOf(create, input))?.sort()).toEqual([
      'input.structure.colour additionalProperties',
      'input.structure.durationMs minimum',
      'input.structure.isrc pattern',
    ]);
    expect(await issuesOf(create, { ...input, kind: 'ART' })).toContain('input.structureType structure_kind');
    expect(await issuesOf(create, { title: 'X', kind: 'ART', structure: {} })).toEqual([
      'input.structureType required',
    ]);
    expect(await issuesOf(create, { title: 'X', kind: 'ART', structureType: 'ARTWORK' })).toEqual([
      'input.structure required',
    ]);
  });

  test('an update replaces a structure of the same type, and a change of kind requires another one', async () => {
    const assetId = await made({ structureType: 'ARTWORK', structure: { signed: true } });
    const { asset } = (await ann.ask(update, { input: { assetId, structure: { framed: true } } })).assetUpdate;
    expect(asset.structure.json).toEqual({ framed: true });
    expect(await issuesOf(update, { assetId, kind: 'MUSIC' })).toEqual(['input.kind structure_kind']);
    expect(await issuesOf(update, { assetId, structure: { framed: 'yes' } })).toEqual(['input.structure.framed type']);
    const cleared = await ann.ask(update, { input: { assetId, kind: 'MUSIC', structure: null } });
    expect(cleared.assetUpdate.asset.structure).toBeNull();
    const [fact] = (await world.facts({ key: assetId })).slice(-1);
    expect(fact?.payload.changed).toMatchObject({ structure: { from: { framed: true }, to: null } });
  });

  test('the schemas are available to form builders, without signing in', async () => {
    const { assetStructures } = await world.anonymous.ask(
      '{ assetStructures(types: [COLLECTIBLE]) { structureType structureVersion assetKind title newest schema } }',
    );
    expect(assetStructures).toMatchObject([{ assetKind: 'COLLECTIBLE', newest: true, structureVersion: 1 }]);
    expect(assetStructures[0].schema.properties.grading.properties.grader.enum).toEqual(['PSA', 'CGC', 'BGS']);
    expect((await world.anonymous.ask('{ assetStructures { structureType } }')).assetStructures).toHaveLength(8);
  });

  test('assets are filtered and counted by source kind and by structure', async () => {
    const source = 'structures';
    const lines = [
      {
        line: 1,
        sourceId: '1',
        title: 'A',
        kind: 'DOCUMENT',
        structureType: 'DOCUMENT',
        structure: { documentType: 'DEED' },
      },
      { line: 2, sourceId: '2', title: 'B', kind: 'DOCUMENT', structureType: 'DOCUMENT', structure: {} },
    ];
    const { assetImport } = await ann.ask(
      'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created rejected { line field code } } }',
      { input: { source, run: '1', sourceKind: 'SCRAPED', lines } },
    );
    expect(assetImport).toEqual({
      created: 1,
      rejected: [{ line: 2, field: 'structure.documentType', code: 'required' }],
    });
    const counted = await ann.ask(
      `{ assetAggregate(filter: { source: { eq: "structures" }, sourceKind: { eq: SCRAPED }, structureType: { in: [DOCUMENT] } },
        groupBy: [SOURCE_KIND, STRUCTURE_TYPE]) { rows { sourceKind structureType count } } }`,
    );
    expect(counted.assetAggregate.rows).toEqual([{ sourceKind: 'SCRAPED', structureType: 'DOCUMENT', count: 1 }]);
  });
});

test('an asset has an owner, a title, a category, a stated value, tags, traits and links', async () => {
  const { categories } = await ann.ask('{ categories(filter: { path: { eq: "art/prints" } }) { nodes { id } } }');
  const value = { amount: '1250.50', currency: 'EUR' };
  const said = { tags: ['whole'], traits: [{ name: 'Paper', value: 'Laid' }] };
  const input = { title: 'Whole', kind: 'ART', ownerId: museum, categoryId: categories.nodes[0].id, value, ...said };
  const id = (await ann.ask(create, { input })).assetCreate.asset.id;
  const url = 'https://example.org/whole';
  await ann.ask(linkAdd, { input: { assetId: id, kind: 'WEB', url } });
  const whole = `query ($id: ID!) { asset(id: $id) {
    title owner { id } category { path } value { amount currency } tags traits { name value } links { kind url }
  } }`;
  expect((await viewer.ask(whole, { id })).asset).toEqual({
    title: 'Whole',
    owner: { id: museum },
    category: { path: 'art/prints' },
    value,
    links: [{ kind: 'WEB', url }],
    ...said,
  });
  for (const [amount, path] of [
    ['1.001', 'input.value.amount'],
    ['-1', 'input.value.amount'],
  ])
    expect(await refusal(ann, update, { input: { assetId: id, value: { amount, currency: 'EUR' } } })).toEqual({
      code: 'INVALID',
      path,
    });
  const { assetUpdate } = await ann.ask(update, { input: { assetId: id, value: null } });
  expect(assetUpdate.asset.value).toBeNull();
});

describe('assetArrange', () => {
  const album = `query ($id: ID!) { asset(id: $id) { parts(first: 50) { title parts(first: 20) { title } partOf { title } } partOf { title } } }`;

  test('links an album with its tracks in order, and a track with its stems', async () => {
    const [whole, one, two, stem] = [
      await made({ title: 'Album' }),
      await made({ title: 'One' }),
      await made({ title: 'Two' }),
      await made({ title: 'Stem' }),
    ];
    await ann.ask(arrange, { input: { assetId: one, partIds: [stem] } });
    const input = { assetId: whole, partIds: [two, one] };
    expect((await ann.ask(arrange, { input })).assetArrange.asset.parts.map(({ id }: { id: string }) => id)).toEqual([
      two,
      one,
    ]);
    await ann.ask(arrange, { input });
    await ann.ask(arrange, { input: { assetId: whole, partIds: [one, two] } });
    expect((await ann.ask(album, { id: whole })).asset).toEqual({
      parts: [
        { title: 'One', parts: [{ title: 'Stem' }], partOf: [{ title: 'Album' }] },
        { title: 'Two', parts: [], partOf: [{ title: 'Album' }] },
      ],
      partOf: [],
    });
    expect(await world.statements(() => ann.ask(album, { id: whole }))).toHaveLength(7);
    const told = (await world.facts({ key: whole, types: ['assets.asset.arranged'] })).map(({ payload }) => payload);
    expect(told).toMatchObject([
      { previousPartIds: [], partIds: [two, one] },
      { previousPartIds: [two, one], partIds: [one, two] },
    ]);
    await ann.ask(arrange, { input: { assetId: whole, partIds: [] } });
    expect((await ann.ask(album, { id: whole })).asset.parts).toEqual([]);
  });

  test('shows only the parts that the viewer may see', async () => {
    const [whole, shown, hidden] = [
      await made({ title: 'Album' }, true),
      await made({ title: 'Shown' }, true),
      await made({}),
    ];
    await ann.ask(arrange, { input: { assetId: whole, partIds: [hidden, shown] } });
    const { asset } = await world.anonymous.ask(album, { id: whole });
    expect(asset.parts.map(({ title }: { title: string }) => title)).toEqual(['Shown']);
  });

  test('refuses cycles, more than four levels, the same part twice and parts of others', async () => {
    const [a, b, c, d, e] = [await made({}), await made({}), await made({}), await made({}), await made({})];
    const below = (assetId: string, ...partIds: string[]) => ann.ask(arrange, { input: { assetId, partIds } });
    await below(a, b);
    await below(b, c);
    await below(c, d);
    const invalid = { code: 'INVALID', path: 'input.partIds' };
    for (const [assetId, part] of [
      [c, a],
      [a, a],
      [d, e],
    ])
      expect(await refusal(ann, arrange, { input: { assetId, partIds: [part] } })).toEqual(invalid);
    expect(await refusal(ann, arrange, { input: { assetId: a, partIds: [b, b] } })).toEqual({
      code: 'INVALID',
      path: 'input.partIds.1',
    });
    const theirs = (await stranger.ask(create, { input: { title: 'Theirs', kind: 'ART' } })).assetCreate.asset.id;
    expect(await refusal(ann, arrange, { input: { assetId: a, partIds: [b, theirs] } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.partIds.1',
    });
    await stranger.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', {
      id: theirs,
    });
    expect(await refusal(ann, arrange, { input: { assetId: a, partIds: [b, theirs] } })).toEqual({
      code: 'FORBIDDEN',
      path: 'input.partIds.1',
    });
    const input = { assetId: a, partIds: [] };
    expect(await refusal(viewer, arrange, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, arrange, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(far, arrange, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
  });

  test('takes as many statements for twenty new parts as for one', async () => {
    const parts = await Promise.all(Array.from({ length: 21 }, () => made({})));
    const ask = 'mutation ($input: AssetArrangeInput!) { assetArrange(input: $input) { asset { id } } }';
    const count = async (partIds: string[]) => {
      const assetId = await made({});
      return (await world.statements(() => ann.ask(ask, { input: { assetId, partIds } }))).length;
    };
    expect(await count(parts.slice(1))).toBe(await count(parts.slice(0, 1)));
  });
});

describe('links, traits and tags', () => {
  test('an asset is linked with other assets, documents and addresses, and found by them', async () => {
    const assetId = await made({});
    const [study, deed] = [await made({}, true), await made({ kind: 'DOCUMENT' }, true)];
    const given = [
      { kind: 'ASSET', targetId: study },
      { kind: 'DOCUMENT', targetId: deed, relation: 'cover' },
      { kind: 'ON_CHAIN', url: 'https://etherscan.io/token/1' },
    ];
    for (const link of given) await ann.ask(linkAdd, { input: { assetId, ...link } });
    const { links } = (await ann.ask(linkAdd, { input: { assetId, ...given[1], relation: 'lead' } })).assetLinkAdd
      .asset;
    expect(
      links.map(({ kind, targetId, url, relation }: Record<string, unknown>) => [kind, targetId ?? url, relation]),
    ).toEqual([
      ['ASSET', study, null],
      ['DOCUMENT', deed, 'lead'],
      ['ON_CHAIN', given[2]?.url, null],
    ]);
    const found = 'query ($id: ID!) { assets(filter: { linked: { targetId: $id } }) { nodes { id } } }';
    expect((await ann.ask(found, { id: deed })).assets.nodes).toEqual([{ id: assetId }]);
    expect((await stranger.ask(found, { id: deed })).assets.nodes).toEqual([]);
    const input = { assetId, linkId: links[0].id };
    expect((await ann.ask(linkRemove, { input })).assetLinkRemove.link).toEqual({ id: input.linkId });
    const again = (await ann.ask(linkRemove, { input })).assetLinkRemove;
    expect(again.link).toBeNull();
    expect(again.asset.links).toHaveLength(2);
    expect((await world.facts({ key: assetId, types: ['assets.assetLink.removed'] })).length).toBe(1);
    for (const [operation, more] of [
      [linkAdd, given[0]],
      [linkRemove, { linkId: links[1].id }],
    ] as const) {
      expect(await refusal(viewer, operation, { input: { assetId, ...more } })).toEqual({ code: 'FORBIDDEN' });
      expect(await refusal(stranger, operation, { input: { assetId, ...more } })).toEqual({
        code: 'NOT_FOUND',
        path: 'input.assetId',
      });
      expect(await refusal(far, operation, { input: { assetId, ...more } })).toEqual({
        code: 'NOT_FOUND',
        path: 'input.assetId',
      });
    }
    for (const [link, path] of [
      [{ kind: 'ASSET', targetId: 'nothing' }, 'input.targetId'],
      [{ kind: 'ASSET', targetId: assetId }, 'input.targetId'],
      [{ kind: 'DOCUMENT', targetId: study }, 'input.targetId'],
      [{ kind: 'ASSET', url: 'https://example.org' }, 'input.url'],
      [{ kind: 'WEB', url: 'javascript:alert(1)' }, 'input.url'],
      [{ kind: 'WEB', targetId: collection }, 'input.targetId'],
      ...(['PROJECT', 'CAMPAIGN', 'COLLECTION', 'LISTING'] as const).map(
        (kind) => [{ kind, targetId: collection }, 'input.kind'] as const,
      ),
    ] as const)
      expect(await refusal(ann, linkAdd, { input: { assetId, ...link } })).toEqual({ code: 'INVALID', path });
  });

  test('a trait is as rare as the share of the collection that has it', async () => {
    const collection = await made({ title: 'Series' }, true);
    const colours = ['ΧΡΥΣΟΣ', 'blue', 'Blue', 'Green'];
    const ids: string[] = [];
    for (const value of colours) {
      const id = await made({ traits: [{ name: 'Background', value }] }, true);
      await ann.ask(linkAdd, { input: { assetId: id, kind: 'ASSET', targetId: collection } });
      ids.push(id);
    }
    const outside = await made({ traits: [{ name: 'Background', value: 'Gold' }] }, true);
    const query = `query ($ids: [ID!]!, $collection: ID) { nodes(ids: $ids) {
      ... on Asset { traits(collectionId: $collection) { name value rarity { count collectionSize percent } } }
    } }`;
    const { nodes } = await world.anonymous.ask(query, { ids: [...ids, outside], collection });
    expect(nodes.map(({ traits }: { traits: { rarity: unknown }[] }) => traits[0]?.rarity)).toEqual([
      { count: 1, collectionSize: 4, percent: '25.00' },
      { count: 2, collectionSize: 4, percent: '50.00' },
      { count: 2, collectionSize: 4, percent: '50.00' },
      { count: 1, collectionSize: 4, percent: '25.00' },
      null,
    ]);
    const rare = `query ($c: ID) { assets(filter: { linked: { targetId: $c } }) { nodes { id traits(collectionId: $c) { rarity { percent } } links { id } } } }`;
    expect(await world.statements(() => world.anonymous.ask(rare, { c: collection }))).toHaveLength(3);
    const twice = {
      assetId: ids[0],
      traits: [
        { name: 'a', value: '1' },
        { name: 'A ', value: '2' },
      ],
    };
    expect(await issuesOf(update, twice)).toEqual(['input.traits.1.name duplicate']);
  });

  test('tags are stored in one form, and suggested by their number of public assets', async () => {
    const assetId = await made({ tags: ['  Harbour  View ', 'harbour view', 'HARP'] }, true);
    await made({ tags: ['harp', 'Hidden harp'] });
    await made({ tags: ['Harp'] }, true);
    const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { tags } }', { id: assetId });
    expect(asset.tags).toEqual(['harbour view', 'harp']);
    const suggest = 'query ($s: String) { assetTags(search: $s) { tag count } }';
    expect((await world.anonymous.ask(suggest, { s: 'HAR' })).assetTags).toEqual([
      { tag: 'harp', count: 2 },
      { tag: 'harbour view', count: 1 },
    ]);
    expect((await world.anonymous.ask(suggest, { s: 'hidden' })).assetTags).toEqual([]);
    expect((await far.ask(suggest, { s: 'har' })).assetTags).toEqual([]);
    expect(await world.statements(() => ann.ask(suggest, { s: '' }))).toHaveLength(1);
  });
});
