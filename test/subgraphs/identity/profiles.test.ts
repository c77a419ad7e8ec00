import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const update = `mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor {
  id displayName avatar profile { biography links { label url } locale timeZone discoverable version }
  ... on Organization { organizationKind parent { id } }
} } }`;
const profile = `query ($id: ID!) { actor(id: $id) {
  displayName avatar profile { biography links { label url } locale timeZone discoverable version }
} }`;
const tree =
  'query ($id: ID!) { organization(id: $id) { organizationKind parent { id } children { id displayName parent { id } } } }';

let world: World;
let operator: Person;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  operator = await world.operator();
  ann = await world.signUp({ displayName: 'Ann Updater', organization: 'Museum' });
  bob = await world.signUp({ displayName: 'Bob Other', organization: 'Elsewhere' });
});
afterAll(() => world.close());

async function change(client: Client, input: Record<string, unknown>) {
  return (await client.ask(update, { input })).actorUpdate.actor;
}
/** Creates an organization on a new day: at most ten can be created per day. */
async function found(client: Client, displayName: string): Promise<string> {
  await world.database.query('delete from identity.request_allowances');
  const { organizationCreate } = await client.ask(
    'mutation ($name: String!) { organizationCreate(input: { displayName: $name }) { organization { id } } }',
    { name: displayName },
  );
  await world.settled();
  return organizationCreate.organization.id as string;
}
async function under(client: Client, child: string, parent: string | null) {
  return change(client, { actorId: child, parentId: parent });
}

describe('actorUpdate', () => {
  test('changes a profile, leaves absent fields and clears null ones', async () => {
    const links = [{ label: 'Site', url: 'https://ann.example.org/a?b=c' }];
    const first = await change(ann, {
      displayName: ' Ann of the Museum ',
      avatar: 'https://img.example.org/ann.png',
      biography: 'Collects prints.',
      links,
      locale: 'de-ch',
      timeZone: 'Europe/Zurich',
      discoverable: 'EVERYONE',
    });
    expect(first).toMatchObject({
      displayName: 'Ann of the Museum',
      avatar: 'https://img.example.org/ann.png',
      profile: {
        biography: 'Collects prints.',
        links,
        locale: 'de-CH',
        timeZone: 'Europe/Zurich',
        discoverable: 'EVERYONE',
      },
    });
    const second = await change(ann, { biography: null, links: null, timeZone: null });
    expect(second.profile).toEqual({
      biography: null,
      links: [],
      locale: 'de-CH',
      timeZone: null,
      discoverable: 'EVERYONE',
      version: first.profile.version + 1,
    });
    expect((await world.anonymous.ask(profile, { id: ann.id })).actor.profile).toMatchObject({
      biography: null,
      locale: null,
      discoverable: null,
    });
  });

  test('publishes which fields changed, without values; the same again publishes nothing', async () => {
    const eva = await world.signUp();
    const input = { biography: 'A secret garden', locale: 'fr' };
    await change(eva, input);
    await change(eva, input);
    const told = (await world.facts({ key: eva.id })).filter(({ type }) => type === 'identity.actor.updated');
    expect(told.map(({ payload }) => payload)).toEqual([
      { actorId: eva.id, kind: 'USER', changed: ['biography', 'locale'] },
    ]);
  });

  test('refuses invalid addresses, languages, time zones and names, with the path of the field', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ avatar: 'http://example.org/a.png' }, 'input.avatar'],
      [{ avatar: 'javascript:alert(1)' }, 'input.avatar'],
      [{ links: [{ label: 'x', url: 'ftp://example.org' }] }, 'input.links.0.url'],
      [{ links: Array.from({ length: 11 }, () => ({ label: 'x', url: 'https://example.org' })) }, 'input.links'],
      [{ biography: 'x'.repeat(2001) }, 'input.biography'],
      [{ locale: 'not a tag' }, 'input.locale'],
      [{ locale: 'xq-CH' }, 'input.locale'],
      [{ timeZone: 'Europe/Atlantis' }, 'input.timeZone'],
      [{ timeZone: '+01:00' }, 'input.timeZone'],
      [{ displayName: ' ' }, 'input.displayName'],
      [{ displayName: null }, 'input.displayName'],
      [{ discoverable: null }, 'input.discoverable'],
      [{ organizationKind: 'BRAND' }, 'input.organizationKind'],
      [{ parentId: ann.organizationId }, 'input.parentId'],
      [{ actorId: 'ast_01h455vb4pex5vsknk084sn02q' }, 'input.actorId'],
    ];
    for (const [input, path] of cases) expect(await refusal(bob, update, { input })).toEqual({ code: 'INVALID', path });
  });

  test('an outdated version is CONFLICT', async () => {
    const { profile: now } = await change(ann, { biography: 'One' });
    await change(ann, { biography: 'Two', ifVersion: now.version });
    const late = { biography: 'Three', ifVersion: now.version };
    expect(await refusal(ann, update, { input: late })).toEqual({ code: 'CONFLICT', path: 'input.ifVersion' });
  });

  test('organizations are changed by their administrators, agents and services by their owners', async () => {
    const { serviceCreate } = await ann.ask(
      'mutation ($id: ID!) { serviceCreate(input: { displayName: "S", organizationId: $id }) { service { id } } }',
      { id: ann.organizationId },
    );
    const { agentCreate } = await ann.ask('mutation { agentCreate(input: { displayName: "A" }) { agent { id } } }');
    const editor = await world.signUp();
    await world.grant(ann.organizationId ?? '', editor, 'EDITOR');
    const theirs = [ann.organizationId, serviceCreate.service.id, agentCreate.agent.id];
    for (const actorId of theirs) {
      const input = { actorId, biography: 'Changed' };
      expect(await refusal(world.anonymous, update, { input })).toEqual({ code: 'UNAUTHENTICATED' });
      expect(await refusal(bob, update, { input })).toEqual({ code: 'FORBIDDEN' });
      expect(await refusal(editor, update, { input })).toEqual({ code: 'FORBIDDEN' });
      expect((await change(ann, input)).profile.biography).toBe('Changed');
      expect((await change(operator, { actorId, biography: null })).profile.biography).toBeNull();
    }
    expect(await refusal(bob, update, { input: { actorId: ann.id, displayName: 'Not Ann' } })).toEqual({
      code: 'FORBIDDEN',
    });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, update, { input: { actorId: ann.id, displayName: 'X' } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.actorId',
    });
  });

  test('takes four statements', async () => {
    expect(await world.statements(() => ann.ask(update, { input: { biography: 'Three' } }))).toHaveLength(4);
  });
});

describe('Organization.parent', () => {
  test('companies, brands and groups form a tree', async () => {
    const group = await found(ann, 'Group');
    const company = await found(ann, 'Company');
    const brands = [await found(ann, 'Brand B'), await found(ann, 'Brand A')];
    await change(ann, { actorId: group, organizationKind: 'GROUP' });
    await under(ann, company, group);
    for (const brand of brands) await change(ann, { actorId: brand, organizationKind: 'BRAND', parentId: company });
    const { organization } = await world.anonymous.ask(tree, { id: company });
    expect(organization).toEqual({
      organizationKind: 'COMPANY',
      parent: { id: group },
      children: [
        { id: brands[1], displayName: 'Brand A', parent: { id: company } },
        { id: brands[0], displayName: 'Brand B', parent: { id: company } },
      ],
    });
    expect((await world.anonymous.ask(tree, { id: group })).organization.organizationKind).toBe('GROUP');
    expect((await world.anonymous.ask(tree, { id: brands[0] })).organization.organizationKind).toBe('BRAND');
    const [fact] = (await world.facts({ key: company })).slice(-1);
    expect(fact?.payload).toEqual({
      actorId: company,
      kind: 'ORGANIZATION',
      changed: ['parentId'],
      parentId: group,
      previousParentId: null,
    });
    expect((await under(ann, company, null)).parent).toBeNull();
  });

  test('there are no cycles and at most five levels', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await found(ann, `Level ${n}`));
    for (let n = 1; n < 5; n++) await under(ann, ids[n] ?? '', ids[n - 1] ?? '');
    const invalid = { code: 'INVALID', path: 'input.parentId' };
    const move = (child?: string, parent?: string) =>
      refusal(ann, update, { input: { actorId: child, parentId: parent } });
    expect(await move(ids[0], ids[0])).toEqual(invalid);
    expect(await move(ids[0], ids[4])).toEqual(invalid);
    expect(await move(ids[5], ids[4])).toEqual(invalid);
    expect(await move(ids[0], ids[5])).toEqual(invalid);
    expect(await move(ids[0], ann.id)).toEqual(invalid);
  });

  test('moving an organization requires permission in both', async () => {
    const own = await found(bob, 'Own');
    const input = { actorId: own, parentId: ann.organizationId };
    expect(await refusal(bob, update, { input })).toEqual({ code: 'FORBIDDEN' });
    await world.grant(ann.organizationId ?? '', bob, 'ADMIN');
    expect((await under(bob, own, ann.organizationId)).parent.id).toBe(ann.organizationId);
  });

  test('at most a hundred children of each are shown', async () => {
    const [crowded, small] = [await found(ann, 'A crowd'), await found(ann, 'Small')];
    await world.database.query(
      `insert into identity.actors (id, universe_id, created_at, updated_at, kind, organization_kind, display_name, owner_id, discoverable)
      select 'org_crowd' || n, 'main', now(), now(), 'ORGANIZATION', 'BRAND', 'A', $1, 'EVERYONE' from generate_series(1, 10001) n`,
      [crowded],
    );
    await under(ann, await found(ann, 'Z'), small);
    const both = `query ($small: ID!, $crowded: ID!) {
      organization(id: $small) { children { displayName } } other: organization(id: $crowded) { children { displayName } }
    }`;
    const { organization, other } = await world.anonymous.ask(both, { small, crowded });
    expect(organization.children).toEqual([{ displayName: 'Z' }]);
    expect(other.children).toHaveLength(100);
    await world.database.query(`delete from identity.actors where id like 'org_crowd%'`);
  });

  test('parents and children of many take three statements', async () => {
    const ask = (first: number) =>
      `{ organizations(first: ${first}) { nodes { parent { displayName } children { displayName } } } }`;
    await world.anonymous.ask(ask(1));
    expect(await world.statements(() => world.anonymous.ask(ask(100)))).toHaveLength(3);
  });
});
