import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) {
  created updated unchanged kept rejected { line field code } import { kept }
} }`;
const update = `mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }`;
const restore = `mutation ($input: AssetFieldRestoreInput!) { assetFieldRestore(input: $input) { asset { id title creditLine kind } } }`;
const whole = `query ($id: ID!) { asset(id: $id) {
  title description kind materials department creationDate createdEarliest createdLatest acquiredOn accessionNumber creditLine provenanceText
  sourceUrl details creators tags structure { json } handEdits { field editedAt imported editedBy { id } }
} }`;

let world: World;
let owner: Person;
let editor: Person;
let museum: string;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  owner = await world.signUp({ organization: 'Museum' });
  museum = owner.organizationId ?? '';
  editor = await world.signUp();
  await world.grant(museum, editor, 'EDITOR');
});
afterAll(() => world.close());

let source = 0;
/** A work of an import, and the same import again with other values. */
async function imported(
  line: object,
): Promise<{ id: string; again: (changed: object) => Promise<Record<string, unknown>> }> {
  source += 1;
  const named = `source ${source}`;
  let run = 0;
  const again = async (changed: object) => {
    run += 1;
    const lines = [{ line: 1, sourceId: 's1', kind: 'ART', title: 'Imported', ...line, ...changed }];
    const { assetImport } = await owner.ask(imports, {
      input: { source: named, run: `${run}`, ownerId: museum, lines },
    });
    return assetImport as Record<string, unknown>;
  };
  await again({});
  const found = `query ($source: String) { assets(filter: { source: { eq: $source } }) { nodes { id } } }`;
  return { id: (await owner.ask(found, { source: named })).assets.nodes[0].id as string, again };
}
const of = async (id: string, client: Client = owner) => (await client.ask(whole, { id })).asset;

const byHand = {
  department: 'Prints',
  creationDate: 'before 1650',
  createdEarliest: '1640-01-01',
  createdLatest: '1650-12-31',
  acquiredOn: '1999-05-01',
  accessionNumber: '1999.5',
  creditLine: 'Gift of somebody',
  provenanceText: 'Sold in 1921.',
  sourceUrl: 'https://museum.example/1999.5',
  details: { room: '12' },
};

test('a registrar edits every importable field by hand, of new works and of imported ones', async () => {
  const { assetCreate } = await owner.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title: 'By hand', kind: 'ART', ownerId: museum, ...byHand } },
  );
  expect(await of(assetCreate.asset.id)).toMatchObject({ ...byHand, handEdits: [] });
  const { id } = await imported({ department: 'Paintings' });
  await editor.ask(update, { input: { assetId: id, ...byHand } });
  expect(await of(id)).toMatchObject(byHand);
  await editor.ask(update, { input: { assetId: id, createdLatest: null, details: null } });
  expect(await of(id)).toMatchObject({ createdLatest: null, details: null });
  for (const [input, path] of [
    [{ createdEarliest: '1700-01-01', createdLatest: '1600-01-01' }, 'input.createdLatest'],
    [{ sourceUrl: 'javascript:alert(1)' }, 'input.sourceUrl'],
    [{ details: ['no', 'object'] }, 'input.details'],
    [{ details: { room: 'é'.repeat(64_000) } }, 'input.details'],
    [{ accessionNumber: 'x'.repeat(101) }, 'input.accessionNumber'],
    [{ title: null }, 'input.title'],
  ] as const)
    expect(await refusal(editor, update, { input: { assetId: id, ...input } })).toEqual({ code: 'INVALID', path });
});

test('an import keeps fields edited by hand, and counts them', async () => {
  const { id, again } = await imported({
    creditLine: 'Fund A',
    department: 'Paintings',
    materials: 'oil',
    creators: ['A'],
  });
  await editor.ask(update, { input: { assetId: id, creditLine: 'Fund B', creators: ['B', 'C'] } });
  expect(await again({ creditLine: 'Fund C', materials: 'tempera' })).toMatchObject({
    updated: 1,
    unchanged: 0,
    kept: 2,
    import: { kept: 2 },
  });
  const { assets } = await owner.ask(`{ assets(filter: { creator: { eq: "B" } }) { nodes { id } } }`);
  expect(assets.nodes).toEqual([{ id }]);
  const asset = await of(id);
  expect(asset).toMatchObject({
    creditLine: 'Fund B',
    materials: 'tempera',
    department: 'Paintings',
    creators: ['B', 'C'],
  });
  expect(asset.handEdits).toEqual([
    {
      field: 'CREATORS',
      editedAt: expect.any(String),
      editedBy: { id: editor.id },
      imported: { creators: ['A'], creator: 'A' },
    },
    {
      field: 'CREDIT_LINE',
      editedAt: expect.any(String),
      editedBy: { id: editor.id },
      imported: { creditLine: 'Fund C' },
    },
  ]);
  // Only kept fields differ: the asset stays unchanged.
  expect(await again({ creditLine: 'Fund D', materials: 'tempera' })).toMatchObject({
    updated: 0,
    unchanged: 1,
    kept: 2,
  });
  const facts = await world.facts({ key: id });
  expect(facts.map(({ type }) => type.replace('assets.asset.', ''))).toEqual(['imported', 'updated', 'imported']);
  expect(facts.at(-1)?.payload.changed).toEqual({ medium: { from: 'oil', to: 'tempera' } });
  // Set back to the value of the import, the field follows the import again.
  await editor.ask(update, { input: { assetId: id, creditLine: 'Fund D' } });
  expect(await again({ creditLine: 'Fund E', materials: 'tempera' })).toMatchObject({ updated: 1, kept: 1 });
  expect((await of(id)).creditLine).toBe('Fund E');
});

test('a restored field gets the value of the import at once and later', async () => {
  const { id, again } = await imported({ title: 'One', creditLine: 'Fund A' });
  await editor.ask(update, { input: { assetId: id, title: 'By hand', creditLine: 'Fund B' } });
  await again({ title: 'Two', creditLine: 'Fund A' });
  const stranger = await world.signUp();
  const viewer = await world.signUp();
  await world.grant(museum, viewer, 'VIEWER');
  const input = { assetId: id, fields: ['TITLE'] };
  expect(await refusal(viewer, restore, { input })).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(stranger, restore, { input })).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(editor, restore, { input: { ...input, ifVersion: 1 } })).toEqual({
    code: 'CONFLICT',
    path: 'input.ifVersion',
  });
  expect((await of(id, viewer)).handEdits).toHaveLength(2);
  for (const client of [stranger, world.anonymous]) expect((await of(id, client)).handEdits).toEqual([]);
  for (let n = 0; n < 2; n += 1)
    expect((await editor.ask(restore, { input })).assetFieldRestore.asset).toMatchObject({
      title: 'Two',
      creditLine: 'Fund B',
    });
  const facts = await world.facts({ key: id, types: ['assets.assetField.restored'] });
  expect(facts.map(({ payload }) => payload)).toMatchObject([
    { fields: ['TITLE'], changed: { title: { from: 'By hand', to: 'Two' } } },
  ]);
  expect(await again({ title: 'Three', creditLine: 'Fund A' })).toMatchObject({ updated: 1, kept: 1 });
  expect(await of(id)).toMatchObject({ title: 'Three', creditLine: 'Fund B' });
});

test('a kind or structure edited by hand must match the line, and the restored fields', async () => {
  const structured = { structureType: 'ARTWORK', structure: { signed: true } };
  const { id, again } = await imported(structured);
  const track = { structureType: 'MUSIC_TRACK', structure: { position: 3 } };
  await editor.ask(update, { input: { assetId: id, kind: 'MUSIC', ...track } });
  expect(await again({ materials: 'oil' })).toMatchObject({ updated: 1, kept: 2 });
  expect(await of(id)).toMatchObject({ kind: 'MUSIC', structure: { json: { position: 3 } } });
  const input = { assetId: id, fields: ['KIND'] };
  expect(await refusal(editor, restore, { input })).toEqual({ code: 'CONFLICT', path: 'input.fields' });
  await editor.ask(restore, { input: { ...input, fields: ['KIND', 'STRUCTURE'] } });
  expect(await of(id)).toMatchObject({ kind: 'ART', structure: { json: { signed: true } }, handEdits: [] });
  await editor.ask(update, { input: { assetId: id, structure: { signed: false } } });
  expect(await again({ kind: 'MUSIC', structureType: 'MUSIC_TRACK', structure: {} })).toMatchObject({
    rejected: [{ line: 1, field: 'kind', code: 'structure_kind' }],
  });
});

test('edits by hand and values of the import stay with the owner of that time', async () => {
  const { id } = await imported({ creditLine: 'Fund A' });
  await editor.ask(update, { input: { assetId: id, creditLine: 'Fund B' } });
  const buyer = await world.signUp();
  const { assetTransfer } = await owner.ask(
    'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }',
    { input: { assetId: id, receiverId: buyer.id } },
  );
  await buyer.ask('mutation ($id: ID!) { assetTransferAccept(input: { transferId: $id }) { asset { id } } }', {
    id: assetTransfer.transfer.id,
  });
  await buyer.ask(update, { input: { assetId: id, title: 'Mine' } });
  expect((await of(id, buyer)).handEdits).toEqual([
    { field: 'TITLE', editedAt: expect.any(String), editedBy: { id: buyer.id }, imported: null },
    { field: 'CREDIT_LINE', editedAt: null, editedBy: null, imported: null },
  ]);
  expect((await of(id, owner)).handEdits).toEqual([]);
  expect(await refusal(buyer, restore, { input: { assetId: id, fields: ['CREDIT_LINE'] } })).toEqual({
    code: 'CONFLICT',
    path: 'input.assetId',
  });
});

test('dates in the wrong order are imported as the source has them, and refused in edits by hand', async () => {
  const { id, again } = await imported({ createdEarliest: '1950-01-01', createdLatest: '1960-01-01' });
  expect(await again({ createdEarliest: '1970-01-01' })).toMatchObject({ updated: 1, rejected: [] });
  expect(await of(id)).toMatchObject({ createdEarliest: '1970-01-01', createdLatest: '1960-01-01' });
  // Edits of other fields do not check unchanged dates.
  await editor.ask(update, { input: { assetId: id, title: 'Still editable' } });
  expect(await refusal(editor, update, { input: { assetId: id, createdEarliest: '1961-01-01' } })).toEqual({
    code: 'INVALID',
    path: 'input.createdLatest',
  });
  await editor.ask(update, { input: { assetId: id, createdEarliest: '1955-01-01' } });
  const fields = { input: { assetId: id, fields: ['CREATED_EARLIEST'] } };
  await editor.ask(restore, fields);
  expect(await of(id)).toMatchObject({ createdEarliest: '1970-01-01', createdLatest: '1960-01-01' });
});
