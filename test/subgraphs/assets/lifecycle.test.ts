import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AssetStatus, isPublic, type Asset } from '../../../subgraphs/assets/asset/asset.entity.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const step = (root: string, Input: string, more = '') =>
  `mutation ($input: ${Input}!) { ${root}(input: $input) { asset { id status saleId salePlace ${more} } } }`;
const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
const steps = {
  assetIndex: step('assetIndex', 'AssetIndexInput'),
  assetReopen: step('assetReopen', 'AssetReopenInput'),
  assetPublish: step('assetPublish', 'AssetPublishInput'),
  assetReserve: step('assetReserve', 'AssetReserveInput'),
  assetRelease: step('assetRelease', 'AssetReleaseInput'),
  assetSell: step('assetSell', 'AssetSellInput'),
  assetArchive: step('assetArchive', 'AssetArchiveInput'),
};
type Step = keyof typeof steps;
const transfer = `mutation ($input: AssetTransferInput!) {
  assetTransfer(input: $input) { transfer { id status sender { id } receiver { id } } asset { id owner { id } } }
}`;
const answers = {
  accept: `mutation ($input: AssetTransferAcceptInput!) {
    assetTransferAccept(input: $input) { transfer { id status answeredBy { id } } asset { id owner { id } } }
  }`,
  decline:
    'mutation ($input: AssetTransferDeclineInput!) { assetTransferDecline(input: $input) { transfer { id status } } }',
  cancel:
    'mutation ($input: AssetTransferCancelInput!) { assetTransferCancel(input: $input) { transfer { id status } } }',
};
const transfers = `query ($filter: AssetTransferFilter) {
  viewer {
    assetTransfers(filter: $filter) { totalCount nodes { id status assetTitle note createdBy { id } asset { id } } }
  }
}`;

let world: World;
let ann: Person;
let museum: string;
let bea: Person;
let viewer: Person;
let far: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  bea = await world.signUp({ displayName: 'Bea', organization: 'Gallery' });
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  far = await world.inUniverse('other').operator();
});
afterAll(() => world.close());

/** A new asset of the museum that has gone through these steps. */
async function assetAfter(...taken: Step[]): Promise<string> {
  const { assetCreate } = await ann.ask(create, { input: { title: 'Work', kind: 'ART', ownerId: museum } });
  const assetId = assetCreate.asset.id as string;
  for (const each of taken) {
    await ann.ask(steps[each], { input: inputOf(each, assetId) });
    // The worker sets the status after the commit.
    if (each === 'assetIndex') await world.settled();
  }
  return assetId;
}
const inputOf = (name: Step, assetId: string) => (name === 'assetReserve' ? { assetId, place: 'Fair' } : { assetId });
const typesOf = async (key: string) => (await world.facts({ key })).map(({ type }) => type.replace('assets.', ''));
const assetCount = async (id: string) => {
  await world.settled();
  return (await ann.ask('query ($id: ID!) { organization(id: $id) { assetCount } }', { id })).organization.assetCount;
};

type Status = Asset['status'];

/** The steps that bring a new asset to each status. */
const pathTo: Record<Status, Step[]> = {
  DRAFT: [],
  INDEXED: ['assetIndex'],
  PUBLISHED: ['assetPublish'],
  ON_SALE: ['assetPublish', 'assetReserve'],
  SOLD: ['assetPublish', 'assetReserve', 'assetSell'],
  ARCHIVED: ['assetArchive'],
};

/** The new status by each mutation from each status; without an entry it is refused. */
const outcomes: Record<Step, Partial<Record<Status, Status>>> = {
  assetIndex: { DRAFT: 'INDEXED', INDEXED: 'INDEXED' },
  assetReopen: { DRAFT: 'DRAFT', INDEXED: 'DRAFT', ARCHIVED: 'DRAFT' },
  assetPublish: {
    DRAFT: 'PUBLISHED',
    INDEXED: 'PUBLISHED',
    PUBLISHED: 'PUBLISHED',
    SOLD: 'PUBLISHED',
    ARCHIVED: 'PUBLISHED',
  },
  assetReserve: { PUBLISHED: 'ON_SALE', ON_SALE: 'ON_SALE' },
  assetRelease: { ON_SALE: 'PUBLISHED', PUBLISHED: 'PUBLISHED' },
  assetSell: { ON_SALE: 'SOLD', SOLD: 'SOLD' },
  assetArchive: {
    DRAFT: 'ARCHIVED',
    INDEXED: 'ARCHIVED',
    PUBLISHED: 'ARCHIVED',
    SOLD: 'ARCHIVED',
    ARCHIVED: 'ARCHIVED',
  },
};

test.each(Object.keys(pathTo) as Status[])(
  'from %s each mutation leads where it should, or is refused',
  async (from) => {
    for (const [name, moves] of Object.entries(outcomes) as [Step, Partial<Record<Status, Status>>][]) {
      const assetId = await assetAfter(...pathTo[from]);
      const variables = { input: inputOf(name, assetId) };
      const to = moves[from];
      const answered = name === 'assetIndex' ? from : to;
      if (to) expect((await ann.ask(steps[name], variables))[name].asset.status, name).toBe(answered);
      else expect((await refusal(ann, steps[name], variables)).code, name).toBe('CONFLICT');
      if (name === 'assetIndex') await world.settled();
      const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { status } }', { id: assetId });
      expect(asset.status, name).toBe(to ?? from);
    }
  },
);

test('every status is covered', () => {
  expect(Object.keys(pathTo).sort()).toEqual([...AssetStatus.values].sort());
});

describe('the statuses of an asset', () => {
  test('a draft is indexed, published, put on sale, sold and archived, and each step is published as a fact', async () => {
    const id = await assetAfter();
    const seen: string[] = [];
    for (const each of [
      'assetIndex',
      'assetPublish',
      'assetReserve',
      'assetSell',
      'assetArchive',
      'assetReopen',
    ] as const) {
      await ann.ask(steps[each], { input: inputOf(each, id) });
      if (each === 'assetIndex') await world.settled();
      seen.push((await ann.ask('query ($id: ID!) { asset(id: $id) { status } }', { id })).asset.status);
    }
    expect(seen).toEqual(['INDEXED', 'PUBLISHED', 'ON_SALE', 'SOLD', 'ARCHIVED', 'DRAFT']);
    expect(await typesOf(id)).toEqual(
      ['created', 'indexRequested', 'indexed', 'published', 'reserved', 'sold', 'archived', 'reopened'].map(
        (each) => `asset.${each}`,
      ),
    );
  });

  test('published assets, also on sale or sold, are visible to everybody, the others to their owners', async () => {
    const paths: Step[][] = [
      [],
      ['assetIndex'],
      ['assetPublish'],
      ['assetPublish', 'assetReserve'],
      ['assetPublish', 'assetReserve', 'assetSell'],
      ['assetArchive'],
    ];
    for (const [n, path] of paths.entries()) {
      const id = await assetAfter(...path);
      const status = (client: Client) => client.ask('query ($id: ID!) { asset(id: $id) { status } }', { id });
      const expected = (['DRAFT', 'INDEXED', 'PUBLISHED', 'ON_SALE', 'SOLD', 'ARCHIVED'] as const)[n] ?? 'DRAFT';
      expect(await status(viewer)).toEqual({ asset: { status: expected } });
      expect(await status(world.anonymous)).toEqual({ asset: isPublic(expected) ? { status: expected } : null });
      expect(await status(far)).toEqual({ asset: null });
    }
  });

  test('an asset on sale cannot be published, archived, transferred or put on sale elsewhere before it is released', async () => {
    const id = await assetAfter('assetPublish', 'assetReserve');
    const conflict = { code: 'CONFLICT', path: 'input.assetId' };
    expect(await refusal(ann, steps.assetPublish, { input: { assetId: id } })).toEqual(conflict);
    expect((await refusal(ann, steps.assetArchive, { input: { assetId: id } })).code).toBe('CONFLICT');
    expect(await refusal(ann, transfer, { input: { assetId: id, receiverId: bea.id } })).toEqual(conflict);
    expect(await refusal(ann, steps.assetReserve, { input: { assetId: id, place: 'Elsewhere' } })).toEqual(conflict);
    const again = await ann.ask(steps.assetReserve, { input: { assetId: id, place: ' Fair ' } });
    // `saleId` is for sales within the graph; the name of a place has a separate field.
    expect(again.assetReserve.asset).toMatchObject({ saleId: null, salePlace: 'Fair' });
    const { assetRelease } = await ann.ask(steps.assetRelease, { input: { assetId: id } });
    expect(assetRelease.asset).toMatchObject({ status: 'PUBLISHED', saleId: null, salePlace: null });
    await ann.ask(steps.assetRelease, { input: { assetId: id } });
    const told = ['created', 'published', 'reserved', 'reservationRefused', 'released'];
    expect(await typesOf(id)).toEqual(told.map((each) => `asset.${each}`));
  });

  test('a place outside is not an id, and only a published asset can be put on sale', async () => {
    const assetId = await assetAfter();
    const place = { code: 'INVALID', path: 'input.place' };
    expect(await refusal(ann, steps.assetReserve, { input: { assetId, place: ann.id } })).toEqual(place);
    expect(await refusal(ann, steps.assetReserve, { input: { assetId, place: ' ' } })).toEqual(place);
    expect((await refusal(ann, steps.assetReserve, { input: { assetId, place: 'Fair' } })).code).toBe('CONFLICT');
    for (const each of ['assetRelease', 'assetSell'] as const)
      expect((await refusal(ann, steps[each], { input: { assetId } })).code).toBe('CONFLICT');
  });

  const before: Record<Step, Step[]> = {
    assetIndex: [],
    assetReopen: ['assetIndex'],
    assetPublish: [],
    assetReserve: ['assetPublish'],
    assetRelease: ['assetPublish', 'assetReserve'],
    assetSell: ['assetPublish', 'assetReserve'],
    assetArchive: [],
  };
  test.each(Object.keys(steps) as Step[])('%s is for editors of the owner, in one universe', async (name) => {
    const assetId = await assetAfter(...before[name]);
    const input = inputOf(name, assetId);
    expect(await refusal(world.anonymous, steps[name], { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, steps[name], { input })).toEqual({ code: 'FORBIDDEN' });
    const hidden = before[name].includes('assetPublish')
      ? { code: 'FORBIDDEN' }
      : { code: 'NOT_FOUND', path: 'input.assetId' };
    expect(await refusal(bea, steps[name], { input })).toEqual(hidden);
    expect(await refusal(far, steps[name], { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(ann, steps[name], { input: { ...input, assetId: ann.id } })).toEqual({
      code: 'INVALID',
      path: 'input.assetId',
    });
    const ask = steps[name].replace(/\{ id status.*\}/, '{ id } } }');
    const statements = await world.statements(() => ann.ask(ask, { input }));
    expect(statements).toHaveLength(name === 'assetReserve' ? 4 : 3);
  });
});

describe('assetTransfer', () => {
  test('takes effect at once for an organization whose editor the actor is, and the counts of both follow', async () => {
    const friend = await world.signUp({ displayName: 'Fay', organization: 'Friends' });
    await world.grant(friend.organizationId ?? '', ann, 'EDITOR');
    const assetId = await assetAfter('assetPublish');
    const counts = [await assetCount(museum), await assetCount(friend.organizationId ?? '')] as const;
    const { assetTransfer } = await ann.ask(transfer, { input: { assetId, receiverId: friend.organizationId } });
    expect(assetTransfer).toMatchObject({
      transfer: { status: 'ACCEPTED', sender: { id: museum }, receiver: { id: friend.organizationId } },
      asset: { owner: { id: friend.organizationId } },
    });
    expect(await assetCount(museum)).toBe(counts[0] - 1);
    expect(await assetCount(friend.organizationId ?? '')).toBe(counts[1] + 1);
    const [fact] = (await world.facts({ key: assetId })).slice(-1);
    expect(fact).toMatchObject({
      type: 'assets.asset.transferred',
      actor: ann.id,
      payload: { fromId: museum, toId: friend.organizationId, status: 'PUBLISHED' },
    });
  });

  test('waits for other receivers, who see the offer and not the draft, and accept it', async () => {
    const assetId = await assetAfter();
    const offer = await ann.ask(transfer, { input: { assetId, receiverId: bea.id, note: 'Yours' } });
    const { id: transferId, status } = offer.assetTransfer.transfer;
    expect(status).toBe('PENDING');
    expect(offer.assetTransfer.asset.owner.id).toBe(museum);
    expect(await ann.ask(transfer, { input: { assetId, receiverId: bea.id } })).toEqual(offer);
    const filter = { status: { eq: 'PENDING' }, assetId: { eq: assetId } };
    const mine = await bea.ask(transfers, { filter });
    expect(mine.viewer.assetTransfers.nodes).toEqual([
      { id: transferId, status, assetTitle: 'Work', note: 'Yours', createdBy: { id: ann.id }, asset: null },
    ]);
    expect((await far.ask(transfers, { filter })).viewer.assetTransfers.totalCount).toBe(0);
    const accepted = await bea.ask(answers.accept, { input: { transferId } });
    expect(accepted.assetTransferAccept).toMatchObject({
      transfer: { status: 'ACCEPTED', answeredBy: { id: bea.id } },
      asset: { id: assetId, owner: { id: bea.id } },
    });
    expect(await bea.ask(answers.accept, { input: { transferId } })).toEqual(accepted);
    expect(await typesOf(assetId)).toEqual(['asset.created', 'assetTransfer.offered', 'asset.transferred']);
    expect((await ann.ask('query ($id: ID!) { asset(id: $id) { id } }', { id: assetId })).asset).toBeNull();
  });

  test('a receiver who has transferred it again sees nothing of it by accepting again', async () => {
    const assetId = await assetAfter();
    const { transfer: first } = (await ann.ask(transfer, { input: { assetId, receiverId: bea.id } })).assetTransfer;
    await bea.ask(answers.accept, { input: { transferId: first.id } });
    const { transfer: second } = (await bea.ask(transfer, { input: { assetId, receiverId: viewer.id } })).assetTransfer;
    await viewer.ask(answers.accept, { input: { transferId: second.id } });
    // A repeated call returns the transfer, not an error.
    expect((await bea.ask(answers.accept, { input: { transferId: first.id } })).assetTransferAccept).toMatchObject({
      transfer: { status: 'ACCEPTED' },
      asset: null,
    });
  });

  test('an offer is declined by its receiver, cancelled by its sender, and answered once', async () => {
    const assetId = await assetAfter();
    const offered = async () =>
      (await ann.ask(transfer, { input: { assetId, receiverId: bea.id } })).assetTransfer.transfer.id as string;
    const first = { input: { transferId: await offered() } };
    expect(await refusal(ann, transfer, { input: { assetId, receiverId: viewer.id } })).toMatchObject({
      code: 'CONFLICT',
    });
    expect((await bea.ask(answers.decline, first)).assetTransferDecline.transfer.status).toBe('DECLINED');
    expect((await refusal(bea, answers.accept, first)).code).toBe('CONFLICT');
    expect((await refusal(ann, answers.cancel, first)).code).toBe('CONFLICT');
    const second = { input: { transferId: await offered() } };
    expect((await ann.ask(answers.cancel, second)).assetTransferCancel.transfer.status).toBe('CANCELLED');
    expect((await refusal(bea, answers.accept, second)).code).toBe('CONFLICT');
    const told = ['offered', 'declined', 'offered', 'cancelled'].map((each) => `assetTransfer.${each}`);
    expect(await typesOf(assetId)).toEqual(['asset.created', ...told]);
  });

  test('is for administrators of the owner, and the answer for the receiver only', async () => {
    const editor = await world.signUp();
    await world.grant(museum, editor, 'EDITOR');
    const assetId = await assetAfter();
    const input = { assetId, receiverId: bea.id };
    expect(await refusal(world.anonymous, transfer, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(editor, transfer, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(bea, transfer, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(far, transfer, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    for (const toId of [museum, assetId])
      expect(await refusal(ann, transfer, { input: { assetId, receiverId: toId } })).toEqual({
        code: 'INVALID',
        path: 'input.receiverId',
      });
    const transferId = (await ann.ask(transfer, { input })).assetTransfer.transfer.id as string;
    for (const each of [answers.accept, answers.decline]) {
      expect(await refusal(ann, each, { input: { transferId } })).toEqual({ code: 'FORBIDDEN' });
      expect(await refusal(await world.operator(), each, { input: { transferId } })).toEqual({ code: 'FORBIDDEN' });
    }
    expect(await refusal(bea, answers.cancel, { input: { transferId } })).toEqual({ code: 'FORBIDDEN' });
    const stranger = await world.signUp();
    for (const each of Object.values(answers)) {
      expect(await refusal(stranger, each, { input: { transferId } })).toEqual({
        code: 'NOT_FOUND',
        path: 'input.transferId',
      });
      expect(await refusal(ann, each, { input: { transferId: assetId } })).toMatchObject({ code: 'INVALID' });
    }
    expect((await refusal(ann, steps.assetReserve, { input: { assetId, place: 'Fair' } })).code).toBe('CONFLICT');
  });
});

test('the counts of an organization follow sale, archive and publication, each once', async () => {
  const lena = await world.signUp({ organization: 'Label' });
  const label = lena.organizationId ?? '';
  const { assetCreate } = await lena.ask(create, { input: { title: 'A', kind: 'ART', ownerId: label } });
  const assetId = assetCreate.asset.id;
  const counts: number[] = [];
  for (const each of [
    'assetPublish',
    'assetReserve',
    'assetSell',
    'assetPublish',
    'assetArchive',
    'assetPublish',
  ] as const) {
    await lena.ask(steps[each], { input: inputOf(each, assetId) });
    counts.push(await assetCount(label));
  }
  expect(counts).toEqual([1, 1, 1, 1, 0, 1]);
});

test('an asset has its source kind: uploaded, imported, scraped or on chain', async () => {
  const made = `mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { sourceKind } } }`;
  const came = async (more: object): Promise<string> =>
    (await ann.ask(made, { input: { title: 'A', kind: 'ART', ...more } })).assetCreate.asset.sourceKind;
  expect(await came({})).toBe('UPLOADED');
  expect(await came({ sourceKind: 'ON_CHAIN' })).toBe('ON_CHAIN');
  const imports = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }';
  const lines = [{ line: 1, sourceId: '1', title: 'A' }];
  await ann.ask(imports, { input: { source: 'a', run: '1', lines } });
  await ann.ask(imports, { input: { source: 'b', run: '1', sourceKind: 'SCRAPED', lines } });
  const { assets } = await ann.ask(
    '{ assets(filter: { source: { in: ["a", "b"] } }, sort: [CREATED_AT_ASC]) { nodes { source sourceKind } } }',
  );
  expect(assets.nodes).toEqual([
    { source: 'a', sourceKind: 'IMPORTED' },
    { source: 'b', sourceKind: 'SCRAPED' },
  ]);
});
