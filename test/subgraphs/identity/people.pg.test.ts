import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBeginnings } from '../../../platform/search/search.ts';
import { nameWords } from '../../../subgraphs/identity/actor/name-words.ts';
import { openWorld, type World } from '../../testkit/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'], database: 'postgres' });
});
afterAll(() => world.close());

async function codesOf(calls: Promise<{ errors: { extensions: { code: string } }[] }>[]): Promise<string[]> {
  return (await Promise.all(calls)).map(({ errors }) => errors[0]?.extensions.code ?? 'OK').sort();
}

describe('actorUpdate', () => {
  const update = 'mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor { id } } }';

  test('two organizations moved below one another at once create no cycle', async () => {
    const ann = await world.signUp({ organization: 'Here' });
    const bob = await world.signUp({ organization: 'There' });
    const [here, there] = [ann.organizationId ?? '', bob.organizationId ?? ''];
    await world.grant(there, ann, 'OWNER');
    for (let round = 0; round < 5; round++) {
      for (const actorId of [here, there]) await ann.ask(update, { input: { actorId, parentId: null } });
      const move = (actorId: string, parentId: string) => ann.answer(update, { input: { actorId, parentId } });
      expect(await codesOf([move(here, there), move(there, here)])).toEqual(['INVALID', 'OK']);
    }
  });

  test('one of two changes of the same version succeeds', async () => {
    const ann = await world.signUp();
    const change = (biography: string) => ann.answer(update, { input: { biography, ifVersion: 1 } });
    expect(await codesOf([change('One'), change('Two'), change('Three')])).toEqual(['CONFLICT', 'CONFLICT', 'OK']);
  });
});

test('simultaneous default addresses leave one default', async () => {
  const ann = await world.signUp();
  const create =
    'mutation ($input: PostalAddressCreateInput!) { postalAddressCreate(input: $input) { postalAddress { id } } }';
  const base = { name: 'Ann', lines: ['Weg 1'], locality: 'Bern', postalCode: '3000', country: 'CH' };
  const input = { ...base, isShippingDefault: true, isBillingDefault: true };
  expect(await codesOf(Array.from({ length: 6 }, () => ann.answer(create, { input })))).toEqual(Array(6).fill('OK'));
  const { viewer } = await ann.ask('{ viewer { postalAddresses { isShippingDefault isBillingDefault } } }');
  expect(viewer.postalAddresses).toHaveLength(6);
  for (const field of ['isShippingDefault', 'isBillingDefault'])
    expect(viewer.postalAddresses.filter((each: Record<string, boolean>) => each[field])).toHaveLength(1);
});

test('if the last two owners close their accounts at once, one of them stays', async () => {
  const close = 'mutation { userClose(input: {}) { user { id } } }';
  for (let round = 0; round < 3; round++) {
    const ann = await world.signUp({ organization: 'Pair' });
    const bob = await world.signUp();
    await world.grant(ann.organizationId ?? '', bob, 'OWNER');
    expect(await codesOf([ann.answer(close), bob.answer(close)])).toEqual(['CONFLICT', 'OK']);
  }
});

test('a search of the directory uses the index of names, not the table', async () => {
  await world.database.query(
    `insert into identity.actors (id, universe_id, created_at, updated_at, kind, display_name, words)
    select 'usr_many' || n, 'crowd', now(), now(), 'USER', 'Many ' || n, ('''many'':1A ''' || n || ''':2A')::tsvector
    from generate_series(1, 20000) n`,
  );
  await world.database.query(
    `update identity.actors set display_name = 'Zoë 浪裏', words = $1::tsvector where id = 'usr_many77'`,
    [nameWords('Zoë 浪裏')],
  );
  await world.database.query('analyze identity.actors');
  const found = `select id from identity.actors where words @@ ${readBeginnings('zo 浪裏')}`;
  expect(await world.database.query(found)).toEqual([{ id: 'usr_many77' }]);
  const plan = await world.database.query<Record<string, string>>(`explain ${found}`);
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('actors_by_words');
});
