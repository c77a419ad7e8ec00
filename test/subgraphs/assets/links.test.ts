import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const add = `mutation ($input: AssetLinkAddInput!) { assetLinkAdd(input: $input) { link { id status targetOwner { id } } } }`;
const remove = `mutation ($input: AssetLinkRemoveInput!) { assetLinkRemove(input: $input) { asset { id } } }`;
const accept = `mutation ($id: ID!) { assetLinkAccept(input: { linkId: $id }) { link { status answeredBy { id } } } }`;
const decline = `mutation ($id: ID!) { assetLinkDecline(input: { linkId: $id }) { link { status } } }`;
const links = `query ($id: ID!) { asset(id: $id) { links { id status targetId relation } } }`;
const found = `query ($id: ID!) { assets(filter: { linked: { targetId: $id } }) { totalCount } }`;
const waiting = `{ assetLinks(filter: { status: { eq: PROPOSED } }, first: 100) { totalCount nodes { id source { id } targetAsset { id } } } }`;

let world: World;
let artist: Person;
let museum: Person;
let editor: Person;
let stranger: Person;
/** Owned by the museum. */
let famous: string;
beforeAll(async () => {
  world = await openWorld();
  artist = await world.signUp({ displayName: 'Artist' });
  museum = await world.signUp({ organization: 'Museum' });
  editor = await world.signUp();
  await world.grant(museum.organizationId ?? '', editor, 'EDITOR');
  stranger = await world.signUp({ organization: 'Elsewhere' });
  famous = await published(museum, museum.organizationId ?? museum.id);
});
afterAll(() => world.close());

async function published(owner: Person, ownerId = owner.id, shown = true): Promise<string> {
  const { assetCreate } = await owner.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title: 'Work', kind: 'ART', ownerId } },
  );
  const { id } = assetCreate.asset;
  if (shown) await owner.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id });
  return id as string;
}
const propose = async (assetId: string, targetId = famous, who = artist, relation = 'study for') =>
  (await who.ask(add, { input: { assetId, kind: 'ASSET', targetId, relation } })).assetLinkAdd.link as {
    id: string;
    status: string;
  };
const linksOf = async (client: Client, id: string) => (await client.ask(links, { id })).asset.links as { id: string }[];

test('a link to an asset of another owner needs that owner’s consent', async () => {
  const assetId = await published(artist);
  const { id, status } = await propose(assetId);
  expect(status).toBe('PROPOSED');
  for (const client of [world.anonymous, stranger]) {
    expect(await linksOf(client, assetId)).toEqual([]);
    expect((await client.ask(found, { id: famous })).assets.totalCount).toBe(0);
    expect((await client.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).node).toBeNull();
  }
  for (const client of [artist, museum, editor]) {
    expect(await linksOf(client, assetId)).toEqual([{ id, status, targetId: famous, relation: 'study for' }]);
    expect((await client.ask(waiting)).assetLinks.nodes).toEqual([
      { id, source: { id: assetId }, targetAsset: { id: famous } },
    ]);
  }
  expect((await stranger.ask(waiting)).assetLinks.totalCount).toBe(0);
  expect(await refusal(stranger, accept, { id })).toEqual({ code: 'NOT_FOUND', path: 'input.linkId' });
  expect(await refusal(artist, accept, { id })).toEqual({ code: 'FORBIDDEN' });
  // Not an operator either: only the owner accepts.
  expect(await refusal(await world.operator(), accept, { id })).toEqual({ code: 'FORBIDDEN' });
  for (let n = 0; n < 2; n += 1)
    expect((await editor.ask(accept, { id })).assetLinkAccept.link).toEqual({
      status: 'ACCEPTED',
      answeredBy: { id: editor.id },
    });
  expect(await linksOf(world.anonymous, assetId)).toHaveLength(1);
  expect((await world.anonymous.ask(found, { id: famous })).assets.totalCount).toBe(1);
  const facts = await world.facts({ key: assetId });
  expect(facts.map(({ type }) => type.replace('assets.', '')).slice(-2)).toEqual([
    'assetLink.proposed',
    'assetLink.added',
  ]);
  // Another relation is another proposal.
  expect((await propose(assetId, famous, artist, 'replaces')).status).toBe('PROPOSED');
  expect(await linksOf(world.anonymous, assetId)).toEqual([]);
});

test('Viewer.assetLinks: links of the viewer’s own assets and organizations at either end, and no others', async () => {
  const mine = `query ($filter: AssetLinkFilter) { viewer { id assetLinks(filter: $filter) { totalCount nodes { id status } } } }`;
  const [painter, owner] = [await world.signUp(), await world.signUp({ organization: 'Collection' })];
  const [assetId, target] = [await published(painter), await published(owner, owner.organizationId ?? '')];
  const asked = await propose(assetId, target, painter);
  const { id: agreed } = await propose(await published(owner), target, owner);
  const linksBy = async (client: Client, variables = {}) => (await client.ask(mine, variables)).viewer.assetLinks;
  const proposal = { id: asked.id, status: 'PROPOSED' };
  expect(await linksBy(painter)).toEqual({ totalCount: 1, nodes: [proposal] });
  expect((await linksBy(owner)).nodes).toEqual([{ id: agreed, status: 'ACCEPTED' }, proposal]);
  expect((await linksBy(owner, { filter: { status: { eq: 'PROPOSED' } } })).nodes).toEqual([proposal]);
  // Public links are not the viewer's own, and an operator sees everything and owns nothing.
  for (const client of [stranger, await world.operator()]) expect((await linksBy(client)).totalCount).toBe(0);
  expect((await world.anonymous.ask(mine)).viewer).toBeNull();
});

test('a link to one’s own target is accepted at once, and a hidden target is NOT_FOUND', async () => {
  const [one, two] = [await published(editor), await published(museum, museum.organizationId ?? '')];
  expect((await propose(one, famous, editor)).status).toBe('ACCEPTED');
  expect((await propose(two, famous, museum)).status).toBe('ACCEPTED');
  const hidden = await published(museum, museum.organizationId ?? '', false);
  const input = { assetId: await published(artist), kind: 'ASSET', targetId: hidden };
  expect(await refusal(artist, add, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.targetId' });
  // Accepted and then hidden: others do not learn its id.
  await museum.ask(add, { input: { assetId: two, kind: 'ASSET', targetId: hidden } });
  const seen = (await linksOf(world.anonymous, two)) as unknown as { targetId: string | null }[];
  expect(seen.map(({ targetId }) => targetId)).toEqual([famous, null]);
  expect((await world.anonymous.ask(found, { id: hidden })).assets.totalCount).toBe(0);
  const draft = await published(artist, artist.id, false);
  expect(await refusal(artist, add, { input: { assetId: draft, kind: 'ASSET', targetId: famous } })).toEqual({
    code: 'CONFLICT',
    path: 'input.assetId',
  });
});

test('a refusal holds for thirty days for all proposals from its proposer to the same owner', async () => {
  const painter = await world.signUp();
  const owner = await world.signUp();
  const [assetId, other] = [await published(painter), await published(painter)];
  const [target, second] = [await published(owner), await published(owner)];
  const { id } = await propose(assetId, target, painter);
  for (let n = 0; n < 2; n += 1)
    expect((await owner.ask(decline, { id })).assetLinkDecline.link.status).toBe('DECLINED');
  expect(await refusal(owner, accept, { id })).toEqual({ code: 'CONFLICT', path: 'input.linkId' });
  await painter.ask(remove, { input: { assetId, linkId: id } });
  for (const [from, to] of [
    [assetId, target],
    [other, second],
  ])
    expect(await refusal(painter, add, { input: { assetId: from, kind: 'ASSET', targetId: to } })).toEqual({
      code: 'CONFLICT',
      path: 'input.targetId',
    });
  expect(await linksOf(painter, assetId)).toEqual([]);
  // Others may propose, and so may the painter after thirty days.
  expect((await propose(await published(artist), target)).status).toBe('PROPOSED');
  await world.database.query(`update assets.asset_links set answered_at = now() - interval '31 days' where id = $1`, [
    id,
  ]);
  expect((await propose(assetId, target, painter)).status).toBe('PROPOSED');
});

test('an accepted link can be removed by the owner of either end, and the target’s refusal is kept', async () => {
  const [collector, owner] = [await world.signUp(), await world.signUp()];
  const [assetId, target] = [await published(collector), await published(owner)];
  const { id } = await propose(assetId, target, collector);
  await owner.ask(accept, { id });
  expect(await refusal(stranger, remove, { input: { assetId, linkId: id } })).toEqual({ code: 'FORBIDDEN' });
  await owner.ask(remove, { input: { assetId, linkId: id } });
  expect(await linksOf(collector, assetId)).toEqual([]);
  expect(await refusal(collector, add, { input: { assetId, kind: 'ASSET', targetId: target } })).toEqual({
    code: 'CONFLICT',
    path: 'input.targetId',
  });
});

test('at most twenty proposals from one owner to another are open', async () => {
  const [eager, owner] = [await world.signUp(), await world.signUp()];
  const target = await published(owner);
  const sources: string[] = [];
  for (let n = 0; n < 21; n += 1) sources.push(await published(eager));
  for (const assetId of sources.slice(0, 20)) await propose(assetId, target, eager);
  const last = { assetId: sources[20], kind: 'ASSET', targetId: target };
  expect(await refusal(eager, add, { input: last })).toEqual({ code: 'TOO_MANY', path: 'input.targetId' });
  const { nodes } = (await owner.ask(waiting)).assetLinks;
  expect(nodes).toHaveLength(20);
  await owner.ask(accept, { id: nodes[0].id });
  expect((await eager.ask(add, { input: last })).assetLinkAdd.link.status).toBe('PROPOSED');
});

test('a proposal ends when either asset gets another owner, who can remove an accepted link', async () => {
  const [collector, owner, heir] = [await world.signUp(), await world.signUp(), await world.signUp()];
  const target = await published(owner);
  const [kept, open] = [await published(collector), await published(collector)];
  const { id } = await propose(kept, target, collector);
  await owner.ask(accept, { id });
  await propose(open, target, collector);
  const { assetTransfer } = await owner.ask(
    'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }',
    { input: { assetId: target, receiverId: heir.id } },
  );
  await heir.ask('mutation ($id: ID!) { assetTransferAccept(input: { transferId: $id }) { asset { id } } }', {
    id: assetTransfer.transfer.id,
  });
  expect(await linksOf(collector, open)).toEqual([]);
  expect(await linksOf(world.anonymous, kept)).toHaveLength(1);
  expect((await heir.ask(waiting)).assetLinks.totalCount).toBe(0);
  expect(await refusal(owner, remove, { input: { assetId: kept, linkId: id } })).toEqual({ code: 'FORBIDDEN' });
  await heir.ask(remove, { input: { assetId: kept, linkId: id } });
  expect(await linksOf(world.anonymous, kept)).toEqual([]);
});
