import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

let world: World;
let ann: Person;
let bea: Person;
let operator: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], database: 'postgres' });
  ann = await world.signUp({ organization: 'Museum' });
  bea = await world.signUp({ organization: 'Gallery' });
  operator = await world.operator();
});
afterAll(() => world.close());

const transfer =
  'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id status } asset { owner { id } } } }';
const accept = 'mutation ($id: ID!) { assetTransferAccept(input: { transferId: $id }) { asset { owner { id } } } }';
const cancel = 'mutation ($id: ID!) { assetTransferCancel(input: { transferId: $id }) { transfer { status } } }';
const reserve = 'mutation ($input: AssetReserveInput!) { assetReserve(input: $input) { asset { saleId } } }';
const arrange = 'mutation ($input: AssetArrangeInput!) { assetArrange(input: $input) { asset { id } } }';
const codeOf = ({ errors }: { errors: { extensions: { code: string } }[] }) => errors[0]?.extensions.code ?? 'OK';

async function published(): Promise<string> {
  const { assetCreate } = await ann.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title: 'A', kind: 'ART', ownerId: ann.organizationId } },
  );
  const { id } = assetCreate.asset;
  await ann.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id });
  return id as string;
}

test('two transfers at once to two organizations: each is from the present owner, and the counts agree', async () => {
  const [one, two] = await Promise.all(
    ['One', 'Two'].map(async (name) => (await world.signUp({ organization: name })).organizationId ?? ''),
  );
  for (const organizationId of [one, two]) await world.grant(organizationId ?? '', ann, 'ADMIN');
  const assetId = await published();
  const answers = await Promise.all(
    [one, two].map((toId) => ann.answer(transfer, { input: { assetId, receiverId: toId } })),
  );
  expect(answers.map(codeOf)).toEqual(['OK', 'OK']);
  const facts = await world.facts({ key: assetId, types: ['assets.asset.transferred'] });
  expect(facts).toHaveLength(2);
  expect(facts[0]?.payload.fromId).toBe(ann.organizationId);
  expect(facts[1]?.payload.fromId).toBe(facts[0]?.payload.toId);
  const last = facts[1]?.payload.toId;
  const counts =
    'query ($one: ID!, $two: ID!) { one: organization(id: $one) { assetCount } two: organization(id: $two) { assetCount } }';
  expect(await ann.ask(counts, { one, two })).toEqual({
    one: { assetCount: last === one ? 1 : 0 },
    two: { assetCount: last === two ? 1 : 0 },
  });
});

test('two offers at once to two people: one waits, the other is refused', async () => {
  const assetId = await published();
  const answers = await Promise.all(
    [bea.id, operator.id].map((toId) => ann.answer(transfer, { input: { assetId, receiverId: toId } })),
  );
  expect(answers.map(codeOf).sort()).toEqual(['CONFLICT', 'OK']);
});

test('an offer accepted and cancelled at once ends one way', async () => {
  for (let round = 0; round < 4; round++) {
    const assetId = await published();
    const { id } = (await ann.ask(transfer, { input: { assetId, receiverId: bea.id } })).assetTransfer.transfer;
    const [accepted, cancelled] = await Promise.all([bea.answer(accept, { id }), ann.answer(cancel, { id })]);
    expect([codeOf(accepted), codeOf(cancelled)].sort()).toEqual(['CONFLICT', 'OK']);
    const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { owner { id } } }', { id: assetId });
    expect(asset.owner.id).toBe(codeOf(accepted) === 'OK' ? bea.id : ann.organizationId);
  }
});

test('put on sale in five places at once, it is on sale in one', async () => {
  const assetId = await published();
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map((n) => ann.answer(reserve, { input: { assetId, place: `Fair ${n}` } })),
  );
  expect(answers.map(codeOf).sort()).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'OK']);
  const told = (await world.facts({ key: assetId })).map(({ type }) => type).filter((type) => type.includes('reserv'));
  expect(told.sort()).toEqual([...Array(4).fill('assets.asset.reservationRefused'), 'assets.asset.reserved']);
});

test('put on sale and offered at once, one of both succeeds', async () => {
  for (let round = 0; round < 4; round++) {
    const assetId = await published();
    const answers = await Promise.all([
      ann.answer(reserve, { input: { assetId, place: 'Fair' } }),
      ann.answer(transfer, { input: { assetId, receiverId: bea.id } }),
    ]);
    expect(answers.map(codeOf).sort()).toEqual(['CONFLICT', 'OK']);
  }
});

test('two halves of a cycle at once: one is refused', async () => {
  for (let round = 0; round < 4; round++) {
    const [a, b, c, d] = await Promise.all([published(), published(), published(), published()]);
    await ann.ask(arrange, { input: { assetId: b, partIds: [c] } });
    await ann.ask(arrange, { input: { assetId: d, partIds: [a] } });
    const answers = await Promise.all([
      ann.answer(arrange, { input: { assetId: a, partIds: [b] } }),
      ann.answer(arrange, { input: { assetId: c, partIds: [d] } }),
    ]);
    expect(answers.map(codeOf).sort()).toEqual(['INVALID', 'OK']);
  }
});

test('two categories moved below each other at once: one is refused', async () => {
  const create = 'mutation ($input: CategoryCreateInput!) { categoryCreate(input: $input) { category { id } } }';
  const move = 'mutation ($input: CategoryUpdateInput!) { categoryUpdate(input: $input) { category { path } } }';
  for (let round = 0; round < 4; round++) {
    const [a, b] = await Promise.all(
      ['a', 'b'].map(
        async (name) =>
          (await operator.ask(create, { input: { name: `${name} ${round}` } })).categoryCreate.category.id as string,
      ),
    );
    const answers = await Promise.all([
      operator.answer(move, { input: { categoryId: a, parentId: b } }),
      operator.answer(move, { input: { categoryId: b, parentId: a } }),
    ]);
    expect(answers.map(codeOf).sort()).toEqual(['INVALID', 'OK']);
  }
});
