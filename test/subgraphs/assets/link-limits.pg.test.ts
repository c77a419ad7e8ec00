import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../../platform/ids/ids.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const add = `mutation ($input: AssetLinkAddInput!) { assetLinkAdd(input: $input) { link { status } } }`;
const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
const publish = 'mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], database: 'postgres' });
});
afterAll(() => world.close());

async function works(owner: Person, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { assetCreate } = await owner.ask(create, { input: { title: `Work ${n}`, kind: 'ART' } });
    const id = assetCreate.asset.id as string;
    await owner.ask(publish, { id });
    ids.push(id);
  }
  return ids;
}

/** Open proposals to an owner, as if made one by one. */
async function waiting(
  source: string,
  target: string,
  proposerId: string,
  ownerId: string,
  count: number,
): Promise<void> {
  const rows = Array.from({ length: count }, () => newId('aln'));
  await world.database.query(
    `insert into assets.asset_links (id, universe_id, created_at, updated_at, asset_id, kind, target, relation, created_by, status, proposer_id, target_owner_id)
    select id, 'main', now(), now(), $2, 'ASSET', $3 || ' ' || id, null, $4, 'PROPOSED', $4, $5 from unnest($1::text[]) as r(id)`,
    [rows, source, target, proposerId, ownerId],
  );
}

/** The outcomes of simultaneous proposals from these works. */
async function proposedAtOnce(by: [Person, string][], targets: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    by.map(([who, assetId], n) =>
      who.answer(add, { input: { assetId, kind: 'ASSET', targetId: targets[n % targets.length] } }),
    ),
  );
  return answers
    .map(({ data, errors }) => errors[0]?.extensions.code ?? (data?.assetLinkAdd.link.status as string))
    .sort();
}

const count = async (ownerId: string, proposerId: string | null = null): Promise<number> =>
  (
    await world.database.query<{ n: number }>(
      `select count(*)::int as n from assets.asset_links
      where target_owner_id = $1 and status = 'PROPOSED' and ($2::text is null or proposer_id = $2)`,
      [ownerId, proposerId],
    )
  )[0]?.n ?? -1;

test('two of six simultaneous proposals from one owner to another succeed if two are left of twenty', async () => {
  const [artist, museum] = [await world.signUp(), await world.signUp()];
  const [mine, theirs] = [await works(artist, 6), await works(museum, 6)];
  await waiting(mine[0] ?? '', theirs[0] ?? '', artist.id, museum.id, 18);
  const found = await proposedAtOnce(
    mine.map((id): [Person, string] => [artist, id]),
    theirs,
  );
  expect(found).toEqual(['PROPOSED', 'PROPOSED', 'TOO_MANY', 'TOO_MANY', 'TOO_MANY', 'TOO_MANY']);
  expect(await count(museum.id, artist.id)).toBe(20);
});

test('two of six owners who propose simultaneously to one owner succeed if two are left of two hundred', async () => {
  const museum = await world.signUp();
  const targets = await works(museum, 6);
  const artists: [Person, string][] = [];
  for (let n = 0; n < 6; n += 1) {
    const artist = await world.signUp();
    artists.push([artist, (await works(artist, 1))[0] ?? '']);
  }
  for (let n = 0; n < 11; n += 1) await waiting(newId('ast'), targets[0] ?? '', `usr_waits_${n}`, museum.id, 18);
  const found = await proposedAtOnce(artists, targets);
  expect(found).toEqual(['PROPOSED', 'PROPOSED', 'TOO_MANY', 'TOO_MANY', 'TOO_MANY', 'TOO_MANY']);
  expect(await count(museum.id)).toBe(200);
});
