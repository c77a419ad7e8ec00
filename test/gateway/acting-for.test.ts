import { getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, type GraphQLInputType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingForDescription, canActFor } from '../../platform/access/acting-for.ts';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { bid, openLot } from '../subgraphs/auction/lots.ts';
import { refusal } from '../testkit/refusal.ts';
import { registrySupergraph } from '../testkit/registry.ts';
import { openWorld, type Person, type World } from '../testkit/world.ts';

const mutations = registrySupergraph().schema.getMutationType()!.getFields();
const roots = subgraphs
  .flatMap((os) => [...buildSubgraph(os).roots.values()])
  .filter(({ kind }) => kind === 'Mutation');
const able = roots.filter(canActFor).map(({ name }) => name);

function inputOf(name: string) {
  const type = getNamedType(mutations[name]!.args[0]!.type);
  if (!isInputObjectType(type)) throw new Error(`${name} takes no input`);
  return type;
}

const samples: Record<string, unknown> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  DateTime: '2030-01-01T00:00:00.000Z',
  Date: '2030-01-01',
  Decimal: '1',
  BigInt: '1',
  Currency: 'EUR',
};

/** A value that passes schema validation. */
function anything(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return anything(type.ofType);
  if (isListType(type)) return [anything(type.ofType)];
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (!isInputObjectType(named)) return samples[named.name] ?? 'x';
  const fields = Object.values(named.getFields());
  const required = fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
  const given = named.isOneOf ? fields.slice(0, 1) : required;
  return Object.fromEntries(given.map((field) => [field.name, anything(field.type)]));
}

let world: World;
let ann: Person;
/** Has every permission somewhere, but is not a member of the museum. */
let operator: Person;
let museum: string;
let gallery: string;
let office: string;
let category: string;
beforeAll(async () => {
  world = await openWorld({ env: { SOURCE_URLS: 'https://source.invalid' } });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  operator = await world.operator();
  museum = ann.organizationId!;
  [gallery, office] = [await found(ann, 'Gallery'), await found(operator, 'Office')];
  const { categories } = await ann.ask(
    '{ categories(first: 1, filter: { ownerId: { isNull: true } }) { nodes { id } } }',
  );
  category = categories.nodes[0].id;
  await world.settled();
});
afterAll(() => world.close());

async function found(founder: Person, displayName: string): Promise<string> {
  const { organizationCreate } = await founder.ask(
    'mutation ($input: OrganizationCreateInput!) { organizationCreate(input: $input) { organization { id } } }',
    { input: { displayName, organizationKind: 'COMPANY' } },
  );
  return organizationCreate.organization.id as string;
}

test('exactly the inputs of mutations that need a permission have the field', () => {
  expect(able.length).toBeGreaterThan(40);
  const shown = roots.filter(({ name }) => 'actingFor' in (mutations[name]?.args[0] ? inputOf(name).getFields() : {}));
  expect(shown.map(({ name }) => name)).toEqual(able);
  for (const name of able) {
    const { type, description } = inputOf(name).getFields()['actingFor']!;
    expect([String(type), description]).toEqual(['ID', actingForDescription]);
  }
});

test.each(able)('%s refuses an organization without membership, and a contradiction to the header', async (name) => {
  const operation = `mutation ($input: ${inputOf(name).name}!) { ${name}(input: $input) { __typename } }`;
  const refused = (actingFor: string, options = {}) =>
    refusal(operator, operation, { input: { ...(anything(inputOf(name)) as object), actingFor } }, options);
  const path = 'input.actingFor';
  expect(await refused(museum)).toEqual({ code: 'FORBIDDEN', path });
  expect(await refused(operator.id)).toEqual({ code: 'INVALID', path });
  expect(await refused(museum, { actingFor: office })).toEqual({ code: 'INVALID', path });
});

/** Each mutation with an optional owner, its other inputs, and the path of the owner in its answer. */
const makers: Record<string, { input: object | (() => object); select: string }> = {
  agentCreate: { input: { displayName: 'Helper' }, select: 'made: agent { owner { id } }' },
  assetCreate: { input: { title: 'A', kind: 'ART' }, select: 'made: asset { owner { id } }' },
  assetImport: {
    input: { source: 's', run: 'r', lines: [{ line: 1, sourceId: '1', title: 'A', kind: 'ART' }] },
    select: 'made: import { owner { id } }',
  },
  assetFetchImport: {
    input: { url: 'https://source.invalid/works.ndjson', source: 's', run: 'fetched' },
    select: 'made: fetch { owner { id } }',
  },
  assetRecordFetchRequest: {
    input: { page: 'https://source.invalid/work' },
    select: 'made: fetch { owner { id } }',
  },
  categoryCreate: {
    input: () => ({ name: 'Etchings', parentId: category }),
    select: 'made: category { owner { id } }',
  },
  postalAddressCreate: {
    input: { name: 'Ann', lines: ['Street 1'], locality: 'Bern', postalCode: '3000', country: 'CH' },
    select: 'made: postalAddress { owner { id } }',
  },
};

describe('a thing made for an organization', () => {
  test('every mutation that makes something for an owner is tested here', () => {
    const owned = able.filter((name) => {
      const owner = inputOf(name).getFields()['ownerId'];
      return owner && !isNonNullType(owner.type);
    });
    expect(owned.sort()).toEqual(Object.keys(makers).sort());
  });

  test.each(Object.entries(makers))(
    '%s: it belongs to that organization, and its fact says so',
    async (name, maker) => {
      const operation = `mutation ($input: ${inputOf(name).name}!) { ${name}(input: $input) { ${maker.select} } }`;
      const before = (await world.facts()).length;
      const input = typeof maker.input === 'function' ? maker.input() : maker.input;
      const answer = await ann.ask(operation, { input: { ...input, actingFor: museum } });
      expect(answer[name].made.owner.id).toBe(museum);
      // A worker reports the end of a fetch at some later time.
      const told = (await world.facts())
        .slice(before)
        .filter(({ type }) => !/Fetch\.(finished|progressed)$/.test(type));
      expect(told.length).toBeGreaterThan(0);
      expect(told.map(({ actor, actingFor }) => [actor, actingFor])).toEqual(told.map(() => [ann.id, museum]));
    },
  );

  test('each mutation of an operation may name one, and the header applies otherwise', async () => {
    const make = (alias: string) => `${alias}: assetCreate(input: $${alias}) { asset { owner { id } } }`;
    const operation = `mutation ($one: AssetCreateInput!, $two: AssetCreateInput!, $three: AssetCreateInput!) {
      ${['one', 'two', 'three'].map(make).join(' ')}
    }`;
    const input = { title: 'A', kind: 'ART' };
    const owners = async (variables: object, options = {}) => {
      const answer = await ann.ask(operation, { ...variables }, options);
      return ['one', 'two', 'three'].map((alias) => answer[alias].asset.owner.id as string);
    };
    const forMuseum = { ...input, actingFor: museum };
    const forGallery = { ...input, actingFor: gallery };
    expect(await owners({ one: forMuseum, two: forGallery, three: input })).toEqual([museum, gallery, ann.id]);
    expect(await owners({ one: input, two: forMuseum, three: input }, { actingFor: museum })).toEqual([
      museum,
      museum,
      museum,
    ]);
  });

  test('a bid belongs to the organization, and its idempotency key is valid only for that organization', async () => {
    const auctionId = await openLot(world, await world.signUp());
    const place = `mutation ($input: BidPlaceInput!) {
      bidPlace(input: $input) { outcome { __typename auction { leader { id } viewerMaximum { amount } } } }
    }`;
    const input = { auctionId, amount: { amount: '7.00', currency: 'USD' }, idempotencyKey: 'for us' };
    const { bidPlace } = await ann.ask(place, { input: { ...input, actingFor: museum } });
    expect(bidPlace.outcome).toEqual({
      __typename: 'BidLeading',
      auction: { leader: { id: museum }, viewerMaximum: { amount: '7.00' } },
    });
    const conflict = { code: 'CONFLICT', path: 'input.idempotencyKey' };
    expect(await refusal(ann, place, { input })).toEqual(conflict);
    expect(await refusal(ann, place, { input: { ...input, actingFor: gallery } })).toEqual(conflict);
    // The header is a short form.
    expect((await ann.ask(place, { input }, { actingFor: museum })).bidPlace).toEqual(bidPlace);
  });
});

describe('fields of other systems in the answer', () => {
  const link = (alias: string) =>
    `${alias}: assetLinkAdd(input: $${alias}) { link { targetAsset { openAuction { viewerMaximum { amount } } } } }`;
  const maximum = (answer: { link: { targetAsset: { openAuction: { viewerMaximum: { amount: string } | null } } } }) =>
    answer.link.targetAsset.openAuction.viewerMaximum?.amount ?? null;
  let ours: string;
  let theirs: string;
  beforeAll(async () => {
    const auctionId = await openLot(world, await world.signUp());
    await bid(ann, auctionId, 7, { actingFor: museum });
    await bid(ann, auctionId, 9, { actingFor: gallery });
    const { auction } = await ann.ask('query ($id: ID!) { auction(id: $id) { asset { id } } }', { id: auctionId });
    theirs = auction.asset.id as string;
    const make = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
    const publish = 'mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }';
    ours = (await ann.ask(make, { input: { title: 'Study', kind: 'ART' } })).assetCreate.asset.id as string;
    await ann.ask(publish, { id: ours });
  });

  test('are the same for the organization of the input and of the header', async () => {
    const operation = `mutation ($one: AssetLinkAddInput!) { ${link('one')} }`;
    const input = { assetId: ours, kind: 'ASSET', targetId: theirs };
    const byHeader = await ann.ask(operation, { one: input }, { actingFor: museum });
    const byInput = await ann.ask(operation, { one: { ...input, actingFor: museum } });
    expect([maximum(byHeader.one), maximum(byInput.one)]).toEqual(['7.00', '7.00']);
    expect(maximum((await ann.ask(operation, { one: input })).one)).toBeNull();
  });

  test('use the organization named by each mutation, whatever form the input has', async () => {
    const operation = `mutation ($id: ID!, $target: ID!, $museum: ID, $two: AssetLinkAddInput!, $three: AssetLinkAddInput = {
      assetId: "${ours}", kind: ASSET, targetId: "${theirs}", actingFor: "${museum}"
    }) {
      id: assetLinkAdd(input: { assetId: $id, kind: ASSET, targetId: $target, actingFor: $museum }) { ...Shown }
      ... { ${link('two')} }
      ...Third
      four: assetLinkAdd(input: { assetId: $id, kind: ASSET, targetId: $target }) { ...Shown }
    }
    fragment Shown on AssetLinkAddPayload { link { targetAsset { openAuction { viewerMaximum { amount } } } } }
    fragment Third on Mutation { ${link('three')} }`;
    const input = { assetId: ours, kind: 'ASSET', targetId: theirs };
    const answer = await ann.ask(operation, {
      id: ours,
      target: theirs,
      museum,
      two: { ...input, actingFor: gallery },
    });
    expect(['id', 'two', 'three', 'four'].map((alias) => maximum(answer[alias]))).toEqual([
      '7.00',
      '9.00',
      '7.00',
      null,
    ]);
  });
});
