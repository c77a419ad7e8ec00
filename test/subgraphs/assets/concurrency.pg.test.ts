import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], database: 'postgres' });
  ann = await world.signUp({ organization: 'Museum' });
});
afterAll(() => world.close());

const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { version } } }';
const imports = `mutation ($input: AssetImportInput!) {
  assetImport(input: $input) { created updated unchanged import { id created updated unchanged } }
}`;
const codeOf = ({ errors }: { errors: { extensions: { code: string } }[] }) => errors[0]?.extensions.code ?? 'OK';

test('one of five simultaneous changes of the same version succeeds', async () => {
  const { assetCreate } = await ann.ask(create, { input: { title: 'A', kind: 'ART' } });
  const assetId = assetCreate.asset.id;
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map((n) => ann.answer(update, { input: { assetId, title: `Title ${n}`, ifVersion: 1 } })),
  );
  expect(answers.map(codeOf).sort()).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'OK']);
});

test('changes without a version wait for each other, and are published in order', async () => {
  const { assetCreate } = await ann.ask(create, { input: { title: 'A', kind: 'ART' } });
  const assetId = assetCreate.asset.id;
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map((n) => ann.answer(update, { input: { assetId, title: `Title ${n}` } })),
  );
  expect(answers.map(codeOf)).toEqual(['OK', 'OK', 'OK', 'OK', 'OK']);
  const facts = await world.facts({ key: assetId, types: ['assets.asset.updated'] });
  expect(facts.map(({ keySeq }) => keySeq)).toEqual([2, 3, 4, 5, 6]);
  let title = 'A';
  for (const { payload } of facts) {
    expect(payload.changed.title.from).toBe(title);
    title = payload.changed.title.to;
  }
});

test('two simultaneous calls with one idempotency key create one asset, and both return it', async () => {
  const input = { title: 'Once', kind: 'ART', idempotencyKey: 'in flight' };
  const answers = await Promise.all([1, 2, 3, 4].map(() => ann.answer(create, { input })));
  expect(answers.map(codeOf)).toEqual(['OK', 'OK', 'OK', 'OK']);
  expect(new Set(answers.map(({ data }) => data?.assetCreate.asset.id)).size).toBe(1);
  const others = await Promise.all(
    ['x', 'y'].map((title) => ann.answer(create, { input: { ...input, title, idempotencyKey: 'two inputs' } })),
  );
  expect(others.map(codeOf).sort()).toEqual(['CONFLICT', 'OK']);
});

test('a key whose first call is refused is free for the second that waited', async () => {
  const stranger = await world.signUp();
  const input = { title: 'X', kind: 'ART', idempotencyKey: 'refused', ownerId: ann.organizationId };
  const answers = await Promise.all([1, 2, 3].map(() => stranger.answer(create, { input })));
  expect(answers.map(codeOf)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
});

const lines = (title: string) =>
  Array.from({ length: 40 }, (_, n) => ({ line: n + 1, sourceId: `s${n}`, title: `${title} ${n}`, kind: 'ART' }));

test('the same new lines imported twice at once are created once', async () => {
  for (const runs of [
    ['same', 'same'],
    ['one', 'other'],
  ]) {
    const source = `twice ${runs.join(' ')}`;
    const answers = await Promise.all(
      runs.map((run) => ann.ask(imports, { input: { source, run, lines: lines('A') } })),
    );
    const made = answers.map(({ assetImport }) => `${assetImport.created} new, ${assetImport.unchanged} known`);
    expect(new Set(made)).toEqual(new Set(['40 new, 0 known', '0 new, 40 known']));
    const { assets } = await ann.ask('query ($s: String) { assets(filter: { source: { eq: $s } }) { totalCount } }', {
      s: source,
    });
    expect(assets.totalCount).toBe(40);
  }
});

test('two runs that change the same assets at once both succeed', async () => {
  const source = 'changed';
  await ann.ask(imports, { input: { source, run: 'first', lines: lines('A') } });
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([
      ann.answer(imports, { input: { source, run: 'b', lines: lines(`B${round}`) } }),
      ann.answer(imports, { input: { source, run: 'c', lines: lines(`C${round}`).reverse() } }),
      ann.answer(imports, { input: { source, run: 'd', lines: lines(`D${round}`) } }),
    ]);
    expect(answers.map(codeOf)).toEqual(['OK', 'OK', 'OK']);
    expect(answers.map(({ data }) => data.assetImport.updated)).toEqual([40, 40, 40]);
  }
});

test('an import and an edit of one of its assets at once both succeed', async () => {
  const source = 'beside';
  await ann.ask(imports, { input: { source, run: 'first', lines: lines('A') } });
  const { assets } = await ann.ask('query ($s: String) { assets(filter: { source: { eq: $s } }) { nodes { id } } }', {
    s: source,
  });
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([
      ann.answer(imports, { input: { source, run: 'b', lines: lines(`B${round}`) } }),
      ...assets.nodes
        .slice(0, 4)
        .map(({ id }: { id: string }) => ann.answer(update, { input: { assetId: id, title: `By hand ${round}` } })),
    ]);
    expect(answers.map(codeOf)).toEqual(['OK', 'OK', 'OK', 'OK', 'OK']);
  }
});
