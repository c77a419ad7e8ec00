import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const create = `mutation ($input: AssetCreateInput!) {
  assetCreate(input: $input) {
    asset {
      id title description kind status creators classification materials tags version createdAt updatedAt
      owner { id displayName } createdBy { id }
    }
  }
}`;
const update =
  'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id title description tags creators version } } }';
const publish = 'mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id status version } } }';
const archive = 'mutation ($input: AssetArchiveInput!) { assetArchive(input: $input) { asset { id status } } }';
const byId = 'query ($id: ID!) { asset(id: $id) { id title status } }';

let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
let far: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
  far = await world.inUniverse('other').operator();
});
afterAll(() => world.close());

async function draft(more: object = {}): Promise<string> {
  const { assetCreate } = await ann.ask(create, { input: { title: 'Draft', kind: 'ART', ownerId: museum, ...more } });
  return assetCreate.asset.id as string;
}

describe('assetCreate', () => {
  test('creates a draft with all given fields', async () => {
    const input = {
      title: ' Nocturne ',
      description: 'A night.',
      kind: 'MUSIC',
      ownerId: museum,
      creators: ['Frédéric', 'Maria'],
      classification: 'Solo',
      materials: 'piano',
      tags: ['night'],
    };
    const { assetCreate } = await ann.ask(create, { input });
    expect(assetCreate.asset).toMatchObject({
      description: 'A night.',
      creators: ['Frédéric', 'Maria'],
      classification: 'Solo',
      materials: 'piano',
      tags: ['night'],
      kind: 'MUSIC',
      title: 'Nocturne',
      status: 'DRAFT',
      version: 1,
      owner: { id: museum, displayName: 'Museum' },
      createdBy: { id: ann.id },
    });
    expect(await world.facts({ key: assetCreate.asset.id })).toMatchObject([
      { type: 'assets.asset.created', actor: ann.id, payload: { ownerId: museum, kind: 'MUSIC', status: 'DRAFT' } },
    ]);
  });

  test('creates assets of every kind', async () => {
    for (const kind of ['MUSIC', 'ART', 'COLLECTIBLE', 'NFT', 'DOCUMENT', 'OTHER']) {
      const { assetCreate } = await ann.ask(create, { input: { title: kind, kind } });
      expect(assetCreate.asset.kind).toBe(kind);
    }
  });

  test('the owner may be a person, a company or a group', async () => {
    const owned = `mutation ($ownerId: ID) { assetCreate(input: { title: "Owned", kind: ART, ownerId: $ownerId }) {
      asset { owner { __typename id displayName ... on Organization { organizationKind } } }
    } }`;
    const ownerOf = async (ownerId?: string) => (await ann.ask(owned, { ownerId })).assetCreate.asset.owner;
    expect(await ownerOf()).toEqual({ __typename: 'User', id: ann.id, displayName: 'Ann' });
    expect(await ownerOf(museum)).toMatchObject({ __typename: 'Organization', organizationKind: 'COMPANY' });
    const { organizationCreate } = await ann.ask(
      'mutation { organizationCreate(input: { displayName: "Circle", organizationKind: GROUP }) { organization { id } } }',
    );
    await world.settled();
    expect(await ownerOf(organizationCreate.organization.id)).toMatchObject({ organizationKind: 'GROUP' });
  });

  test('belongs to its creator by default', async () => {
    const { assetCreate } = await stranger.ask(create, { input: { title: 'Mine', kind: 'OTHER' } });
    expect(assetCreate.asset.owner.id).toBe(stranger.id);
  });

  test('is refused for other owners', async () => {
    const input = { title: 'X', kind: 'ART', ownerId: museum };
    expect(await refusal(world.anonymous, create, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(stranger, create, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(viewer, create, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(viewer, create, { input: { title: 'X', kind: 'ART' } }, { actingFor: museum })).toEqual({
      code: 'FORBIDDEN',
    });
    expect(await refusal(stranger, create, { input: { ...input, ownerId: ann.id } })).toEqual({ code: 'FORBIDDEN' });
  });

  test.each([
    ['title', ''],
    ['title', '   '],
    ['title', 'x'.repeat(501)],
    ['description', 'x'.repeat(20_001)],
    ['tags', Array.from({ length: 51 }, () => 'x')],
    ['tags', ['']],
    ['creators', ['x'.repeat(301)]],
    ['creators', ['One', ' ']],
    ['ownerId', 'ast_01h455vb4pex5vsknk084sn02q'],
    ['idempotencyKey', ''],
    ['kind', 'HOUSE'],
  ])('an invalid %s is INVALID with its path (%#)', async (field, value) => {
    const input = { title: 'X', kind: 'ART', [field]: value };
    const refused = await refusal(ann, create, { input });
    expect(refused.code).toBe('INVALID');
    expect(refused.path).toMatch(new RegExp(`^input\\.${field}`));
  });

  test('text that cannot be stored is INVALID', async () => {
    expect((await refusal(ann, create, { input: { title: 'A\u0000B', kind: 'ART' } })).code).toBe('INVALID');
  });

  test('a repeated idempotency key returns the same asset, another input is CONFLICT', async () => {
    const input = { title: 'Once', kind: 'ART', ownerId: museum, idempotencyKey: 'once' };
    const first = await ann.ask(create, { input });
    const again = await ann.ask(create, { input: { ...input } });
    expect(again).toEqual(first);
    expect(await world.facts({ key: first.assetCreate.asset.id })).toHaveLength(1);
    expect(await refusal(ann, create, { input: { ...input, title: 'Twice' } })).toEqual({
      code: 'CONFLICT',
      path: 'input.idempotencyKey',
    });
    // Keys are per actor.
    const other = await stranger.ask(create, { input: { title: 'Other', kind: 'ART', idempotencyKey: 'once' } });
    expect(other.assetCreate.asset.id).not.toBe(first.assetCreate.asset.id);
  });

  test('a refused call leaves its idempotency key free', async () => {
    const input = { title: 'Later', kind: 'ART', idempotencyKey: 'later' };
    await stranger.askForErrors(create, { input: { ...input, ownerId: museum } });
    await stranger.ask(create, { input });
  });

  test('takes two statements, with an idempotency key four', async () => {
    const ask = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
    const input = { title: 'Two', kind: 'ART' };
    expect(await world.statements(() => ann.ask(ask, { input }))).toHaveLength(2);
    const keyed = { input: { ...input, idempotencyKey: 'four' } };
    expect(await world.statements(() => ann.ask(ask, keyed))).toHaveLength(4);
  });
});

describe('asset', () => {
  const seenBy = async (client: Client, id: string) => (await client.ask(byId, { id })).asset;

  test('a draft is visible to its owners, a published asset to everybody in its universe', async () => {
    const id = await draft();
    expect(await seenBy(ann, id)).toMatchObject({ status: 'DRAFT' });
    expect(await seenBy(viewer, id)).toMatchObject({ status: 'DRAFT' });
    expect(await seenBy(await world.operator(), id)).toMatchObject({ status: 'DRAFT' });
    expect(await seenBy(stranger, id)).toBeNull();
    expect(await seenBy(world.anonymous, id)).toBeNull();
    await ann.ask(publish, { input: { assetId: id } });
    expect(await seenBy(world.anonymous, id)).toMatchObject({ status: 'PUBLISHED' });
    expect(await seenBy(far, id)).toBeNull();
    await ann.ask(archive, { input: { assetId: id } });
    expect(await seenBy(stranger, id)).toBeNull();
    expect(await seenBy(ann, id)).toMatchObject({ status: 'ARCHIVED' });
  });

  test('an id of another kind is INVALID', async () => {
    expect(await refusal(ann, byId, { id: ann.id })).toEqual({ code: 'INVALID', path: 'id' });
    expect(await refusal(ann, byId, { id: '' })).toEqual({ code: 'INVALID', path: 'id' });
  });

  test('takes one statement for one and for twenty', async () => {
    const id = await draft();
    expect(await world.statements(() => ann.ask(byId, { id }))).toHaveLength(1);
    const ids = await Promise.all(Array.from({ length: 20 }, () => draft()));
    const fields = ids.map((each, n) => `a${n}: asset(id: "${each}") { id }`).join(' ');
    expect(await world.statements(() => ann.ask(`{ ${fields} }`))).toHaveLength(1);
  });
});

describe('assetUpdate', () => {
  test('absent fields stay, null clears, and the fact has old and new values', async () => {
    const id = await draft({ description: 'Old', tags: ['a'], creators: ['One'] });
    const input = { assetId: id, title: 'New', description: null, tags: null };
    const { assetUpdate } = await ann.ask(update, { input });
    expect(assetUpdate.asset).toEqual({
      id,
      title: 'New',
      description: null,
      tags: [],
      creators: ['One'],
      version: 2,
    });
    const [fact] = (await world.facts({ key: id })).slice(-1);
    expect(fact?.payload.changed).toEqual({
      title: { from: 'Draft', to: 'New' },
      description: { from: 'Old', to: null },
      tags: { from: ['a'], to: [] },
    });
  });

  test('an update without changes publishes nothing and keeps the version', async () => {
    const id = await draft();
    const { assetUpdate } = await ann.ask(update, { input: { assetId: id, title: 'Draft' } });
    expect(assetUpdate.asset.version).toBe(1);
    expect(await world.facts({ key: id })).toHaveLength(1);
  });

  test('ifVersion refuses a change of an asset that has changed since', async () => {
    const id = await draft();
    await ann.ask(update, { input: { assetId: id, title: 'First', ifVersion: 1 } });
    expect(await refusal(ann, update, { input: { assetId: id, title: 'Second', ifVersion: 1 } })).toEqual({
      code: 'CONFLICT',
      path: 'input.ifVersion',
    });
    await ann.ask(update, { input: { assetId: id, title: 'Second', ifVersion: 2 } });
  });

  test('an asset that is visible but not editable is FORBIDDEN, a hidden one NOT_FOUND', async () => {
    const id = await draft();
    const input = { assetId: id, title: 'X' };
    expect(await refusal(world.anonymous, update, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, update, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, update, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(far, update, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    await ann.ask(publish, { input: { assetId: id } });
    expect(await refusal(stranger, update, { input })).toEqual({ code: 'FORBIDDEN' });
  });

  test('a title cannot be cleared, nor become nothing but spaces', async () => {
    const assetId = await draft();
    for (const title of [null, '', '  '])
      expect(await refusal(ann, update, { input: { assetId, title } })).toEqual({
        code: 'INVALID',
        path: 'input.title',
      });
    expect(await refusal(ann, update, { input: { assetId: ann.id, title: 'X' } })).toEqual({
      code: 'INVALID',
      path: 'input.assetId',
    });
  });

  test('takes three statements', async () => {
    const ask = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id title } } }';
    const assetId = await draft();
    expect(await world.statements(() => ann.ask(ask, { input: { assetId, title: 'X' } }))).toHaveLength(3);
  });
});

describe.each([
  { root: 'assetPublish', operation: publish, becomes: 'PUBLISHED', fact: 'assets.asset.published' },
  { root: 'assetArchive', operation: archive, becomes: 'ARCHIVED', fact: 'assets.asset.archived' },
])('$root', ({ root, operation, becomes, fact }) => {
  test('changes the status; repeating it changes nothing', async () => {
    const assetId = await draft();
    const answer = await ann.ask(operation, { input: { assetId } });
    expect(answer[root].asset).toMatchObject({ id: assetId, status: becomes });
    expect(await ann.ask(operation, { input: { assetId } })).toEqual(answer);
    expect((await world.facts({ key: assetId })).map(({ type }) => type)).toEqual(['assets.asset.created', fact]);
  });

  test('is for editors of the owner', async () => {
    const input = { assetId: await draft() };
    expect(await refusal(world.anonymous, operation, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, operation, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, operation, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(far, operation, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(ann, operation, { input: { assetId: museum } })).toEqual({
      code: 'INVALID',
      path: 'input.assetId',
    });
  });

  test('takes three statements', async () => {
    const input = { assetId: await draft() };
    const ask = operation.replace(/\{ id status.*\}/, '{ id } } }');
    expect(await world.statements(() => ann.ask(ask, { input }))).toHaveLength(3);
  });
});

test('an archived asset can be published again', async () => {
  const assetId = await draft();
  await ann.ask(archive, { input: { assetId } });
  const { assetPublish } = await ann.ask(publish, { input: { assetId } });
  expect(assetPublish.asset.status).toBe('PUBLISHED');
});
