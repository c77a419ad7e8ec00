import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const create = `mutation ($input: OrganizationCreateInput!) {
  organizationCreate(input: $input) {
    organization { id displayName organizationKind assetCount createdAt }
    membership { id role actor { id } organization { id } }
  }
}`;
const byId = 'query ($id: ID!) { organization(id: $id) { id displayName } }';
const list = `query ($filter: OrganizationFilter, $sort: [OrganizationSort!], $first: Int, $after: String, $last: Int, $before: String) {
  organizations(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id displayName } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const grant = `mutation ($input: MembershipGrantInput!) {
  membershipGrant(input: $input) { membership { id role actor { id } organization { id } createdAt } }
}`;
const remove = 'mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { membership { id } } }';
const memberships = `query ($filter: MembershipFilter, $sort: [MembershipSort!], $first: Int) {
  memberships(filter: $filter, sort: $sort, first: $first) {
    totalCount nodes { id role actor { id displayName } organization { id displayName } }
  }
}`;

let world: World;
let ann: Person;
let museum: string;
let stranger: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
});
afterAll(() => world.close());

/** A member of the museum with this role. */
async function member(
  role: 'GUEST' | 'VIEWER' | 'EDITOR' | 'ADMIN' | 'OWNER',
): Promise<Person & { membershipId: string }> {
  const person = await world.signUp({ displayName: role });
  await world.grant(museum, person, role);
  const { memberships: found } = await person.ask(memberships, { filter: { actorId: { eq: person.id } } });
  return { ...person, membershipId: found.nodes[0].id as string };
}

describe('organizationCreate', () => {
  test('creates an organization owned by its creator', async () => {
    const founder = await world.signUp();
    const { organizationCreate } = await founder.ask(create, {
      input: { displayName: ' Label ', organizationKind: 'BRAND' },
    });
    expect(organizationCreate).toMatchObject({
      organization: { displayName: 'Label', organizationKind: 'BRAND', assetCount: 0 },
      membership: {
        role: 'OWNER',
        actor: { id: founder.id },
        organization: { id: organizationCreate.organization.id },
      },
    });
    const facts = await world.facts({ key: organizationCreate.organization.id });
    expect(facts.map(({ type, actor, payload }) => [type, actor, payload.kind])).toEqual([
      ['identity.organization.created', founder.id, 'BRAND'],
    ]);
  });

  test('is for signed-in viewers, with a name of 1 to 120 characters', async () => {
    expect(await refusal(world.anonymous, create, { input: { displayName: 'X' } })).toEqual({
      code: 'UNAUTHENTICATED',
    });
    for (const displayName of ['', 'x'.repeat(121)]) {
      expect(await refusal(ann, create, { input: { displayName } })).toEqual({
        code: 'INVALID',
        path: 'input.displayName',
      });
    }
  });

  test('takes eight statements', async () => {
    const founder = await world.signUp();
    const ask = 'mutation { organizationCreate(input: { displayName: "Five" }) { organization { id } } }';
    expect(await world.statements(() => founder.ask(ask))).toHaveLength(8);
  });
});

describe('organization and organizations', () => {
  test('names of organizations are visible to everybody within their universe', async () => {
    expect(await world.anonymous.ask(byId, { id: museum })).toEqual({
      organization: { id: museum, displayName: 'Museum' },
    });
    const other = world.inUniverse('other').anonymous;
    expect(await other.ask(byId, { id: museum })).toEqual({ organization: null });
    expect((await other.ask(list)).organizations).toMatchObject({ totalCount: 0, nodes: [] });
  });

  test('an id of another kind is INVALID, an unknown one null', async () => {
    expect(await refusal(world.anonymous, byId, { id: ann.id })).toEqual({ code: 'INVALID', path: 'id' });
    expect(await world.anonymous.ask(byId, { id: 'org_01h455vb4pex5vsknk084sn02q' })).toEqual({ organization: null });
  });

  test('pages forward and backward have the same order', async () => {
    const universe = world.inUniverse('pages');
    const founder = await universe.signUp();
    for (const displayName of ['Cello', 'alto', 'Bass', 'Ähre', 'drum'])
      await founder.ask(create, { input: { displayName } });
    const sort = ['DISPLAY_NAME_ASC'];
    const names = (page: { nodes: { displayName: string }[] }) => page.nodes.map((node) => node.displayName);
    const { organizations: first } = await universe.anonymous.ask(list, { sort, first: 3 });
    expect(names(first)).toEqual(['Ähre', 'alto', 'Bass']);
    expect(first.totalCount).toBe(5);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const { organizations: second } = await universe.anonymous.ask(list, {
      sort,
      first: 3,
      after: first.pageInfo.endCursor,
    });
    expect(names(second)).toEqual(['Cello', 'drum']);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const { organizations: back } = await universe.anonymous.ask(list, {
      sort,
      last: 3,
      before: second.pageInfo.startCursor,
    });
    expect(names(back)).toEqual(names(first));
    const { organizations: end } = await universe.anonymous.ask(list, { sort, last: 2 });
    expect(names(end)).toEqual(names(second));
  });

  test('a cursor of another order and a made-up one are INVALID', async () => {
    const { organizations: page } = await world.anonymous.ask(list, { sort: ['DISPLAY_NAME_ASC'], first: 1 });
    const after = page.pageInfo.endCursor;
    expect(await refusal(world.anonymous, list, { after })).toEqual({ code: 'INVALID', path: 'after' });
    expect(await refusal(world.anonymous, list, { before: 'nonsense' })).toEqual({ code: 'INVALID', path: 'before' });
    expect(await refusal(world.anonymous, list, { first: 101 })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await refusal(world.anonymous, list, { first: 1, last: 1 })).toEqual({ code: 'INVALID', path: 'last' });
  });

  test('a list takes one statement, two with its total, whatever its length', async () => {
    const nodes = '{ organizations(first: 100) { nodes { id displayName } } }';
    expect(await world.statements(() => world.anonymous.ask(nodes))).toHaveLength(1);
    await world.database.query(
      `insert into identity.actors (id, universe_id, created_at, updated_at, kind, organization_kind, display_name, discoverable)
      select 'org_more' || n, 'main', now(), now(), 'ORGANIZATION', 'COMPANY', 'More ' || n, 'EVERYONE' from generate_series(1, 50) n`,
      [],
    );
    expect(await world.statements(() => world.anonymous.ask(nodes))).toHaveLength(1);
    expect(await world.statements(() => world.anonymous.ask(list))).toHaveLength(2);
    expect(await world.statements(() => world.anonymous.ask(byId, { id: museum }))).toHaveLength(1);
  });
});

describe('membershipGrant', () => {
  test('grants and changes a role, effective at once', async () => {
    const bob = await world.signUp();
    await world.grant(museum, bob, 'GUEST');
    const input = { organizationId: museum, actorId: bob.id };
    const asset =
      'mutation ($id: ID!) { assetCreate(input: { title: "A", kind: ART, ownerId: $id }) { asset { id } } }';
    expect(await refusal(bob, asset, { id: museum })).toEqual({ code: 'FORBIDDEN' });
    const { membershipGrant } = await ann.ask(grant, { input: { ...input, role: 'EDITOR' } });
    expect(membershipGrant.membership).toMatchObject({
      role: 'EDITOR',
      actor: { id: bob.id },
      organization: { id: museum },
    });
    await bob.ask(asset, { id: museum });
    await ann.ask(grant, { input: { ...input, role: 'VIEWER' } });
    expect(await refusal(bob, asset, { id: museum })).toEqual({ code: 'FORBIDDEN' });
    const facts = (await world.facts({ key: bob.id })).filter(({ type }) => type.startsWith('identity.membership'));
    expect(facts.map(({ actor, payload }) => [actor, payload.role, payload.previousRole])).toEqual([
      [bob.id, 'GUEST', null],
      [ann.id, 'EDITOR', 'GUEST'],
      [ann.id, 'VIEWER', 'EDITOR'],
    ]);
  });

  test('each role includes those below it: guests read, editors create, admins add members, owners make owners', async () => {
    const asset =
      'mutation ($id: ID!) { assetCreate(input: { title: "A", kind: ART, ownerId: $id }) { asset { id } } }';
    const allowed: Record<string, boolean[]> = {};
    for (const role of ['GUEST', 'VIEWER', 'EDITOR', 'ADMIN', 'OWNER'] as const) {
      const person = await member(role);
      const guest = await member('GUEST');
      const { memberships: own } = await person.ask(memberships, { filter: { actorId: { eq: person.id } } });
      expect(own.nodes).toMatchObject([{ role }]);
      const may = async (operation: string, variables: object) =>
        (await person.answer(operation, { ...variables })).errors.length === 0;
      const input = { organizationId: museum, actorId: guest.id };
      allowed[role] = [
        await may(asset, { id: museum }),
        await may(grant, { input: { ...input, role: 'VIEWER' } }),
        await may(grant, { input: { ...input, role: 'OWNER' } }),
      ];
    }
    expect(allowed).toEqual({
      GUEST: [false, false, false],
      VIEWER: [false, false, false],
      EDITOR: [true, false, false],
      ADMIN: [true, true, false],
      OWNER: [true, true, true],
    });
  });

  test('the same role again changes and publishes nothing', async () => {
    const bob = await member('EDITOR');
    const before = (await world.facts({ key: bob.id })).length;
    await ann.ask(grant, { input: { organizationId: museum, actorId: bob.id, role: 'EDITOR' } });
    expect(await world.facts({ key: bob.id })).toHaveLength(before);
  });

  test('editors, strangers and other organizations’ owners are refused', async () => {
    const bob = await world.signUp();
    const input = { organizationId: museum, actorId: bob.id, role: 'GUEST' };
    expect(await refusal(world.anonymous, grant, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(bob, grant, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(await member('EDITOR'), grant, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, grant, { input })).toEqual({ code: 'FORBIDDEN' });
  });

  test('roles above one’s own can be neither given nor taken', async () => {
    const admin = await member('ADMIN');
    const bob = await world.signUp();
    const path = 'input.role';
    const owner = { organizationId: museum, actorId: bob.id, role: 'OWNER' };
    expect(await refusal(admin, grant, { input: owner })).toEqual({ code: 'FORBIDDEN', path });
    const down = { organizationId: museum, actorId: ann.id, role: 'GUEST' };
    expect(await refusal(admin, grant, { input: down })).toEqual({ code: 'FORBIDDEN', path: 'input.actorId' });
  });

  test('an organization or actor that does not exist is NOT_FOUND, also one of another universe', async () => {
    const other = await world.inUniverse('other').signUp({ organization: 'Far' });
    const input = { organizationId: museum, actorId: other.id, role: 'GUEST' };
    expect(await refusal(ann, grant, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.actorId' });
    const far = { organizationId: other.organizationId, actorId: ann.id, role: 'GUEST' };
    expect(await refusal(ann, grant, { input: far })).toEqual({ code: 'NOT_FOUND', path: 'input.organizationId' });
    const wrong = { organizationId: ann.id, actorId: ann.id, role: 'GUEST' };
    expect(await refusal(ann, grant, { input: wrong })).toEqual({ code: 'INVALID', path: 'input.organizationId' });
  });

  test('the last owner stays owner', async () => {
    const founder = await world.signUp({ organization: 'Alone' });
    const input = { organizationId: founder.organizationId, actorId: founder.id, role: 'ADMIN' };
    expect(await refusal(founder, grant, { input })).toEqual({ code: 'CONFLICT' });
  });

  test('takes six statements', async () => {
    const bob = await member('GUEST');
    const ask = 'mutation ($input: MembershipGrantInput!) { membershipGrant(input: $input) { membership { id } } }';
    const input = { organizationId: museum, actorId: bob.id, role: 'EDITOR' };
    expect(await world.statements(() => ann.ask(ask, { input }))).toHaveLength(6);
  });
});

describe('membershipRemove', () => {
  test('removes a member, who loses the rights at once', async () => {
    const bob = await member('EDITOR');
    expect(await ann.ask(remove, { input: { membershipId: bob.membershipId } })).toEqual({
      membershipRemove: { membership: { id: bob.membershipId } },
    });
    await world.settled();
    expect(await refusal(bob, '{ serverTime }', {}, { actingFor: museum })).toEqual({
      code: 'FORBIDDEN',
      path: 'acting-for',
    });
    const [fact] = (await world.facts({ key: bob.id })).slice(-1);
    expect(fact).toMatchObject({ type: 'identity.membership.removed', actor: ann.id, payload: { role: 'EDITOR' } });
  });

  test('everybody may leave, except the last owner', async () => {
    const guest = await member('GUEST');
    await guest.ask(remove, { input: { membershipId: guest.membershipId } });
    const founder = await world.signUp({ organization: 'Alone' });
    const { memberships: own } = await founder.ask(memberships);
    expect(await refusal(founder, remove, { input: { membershipId: own.nodes[0].id } })).toEqual({ code: 'CONFLICT' });
  });

  test('strangers do not learn that it exists, members without the permission are refused', async () => {
    const bob = await member('GUEST');
    const input = { membershipId: bob.membershipId };
    expect(await refusal(world.anonymous, remove, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(stranger, remove, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.membershipId' });
    const elsewhere = await world.inUniverse('other').operator();
    expect(await refusal(elsewhere, remove, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.membershipId' });
    expect(await refusal(await member('EDITOR'), remove, { input })).toEqual({ code: 'FORBIDDEN' });
    const owner = await member('OWNER');
    const admin = await member('ADMIN');
    expect((await refusal(admin, remove, { input: { membershipId: owner.membershipId } })).code).toBe('FORBIDDEN');
    expect(await refusal(ann, remove, { input: { membershipId: 'usr_1' } })).toEqual({
      code: 'INVALID',
      path: 'input.membershipId',
    });
  });

  test('takes eight statements', async () => {
    const bob = await member('GUEST');
    const input = { membershipId: bob.membershipId };
    expect(await world.statements(() => ann.ask(remove, { input }))).toHaveLength(8);
  });
});

describe('memberships', () => {
  test('shows those of the viewer’s organizations, and no others', async () => {
    const universe = world.inUniverse('members');
    const first = await universe.signUp({ displayName: 'First', organization: 'One' });
    const second = await universe.signUp({ displayName: 'Second', organization: 'Two' });
    const guest = await universe.signUp({ displayName: 'Guest' });
    await universe.grant(first.organizationId ?? '', guest, 'GUEST');
    const seenBy = async (person: Person) =>
      (await person.ask(memberships, { sort: ['CREATED_AT_ASC'] })).memberships.nodes.map(
        (node: { actor: { displayName: string }; role: string }) => `${node.actor.displayName} ${node.role}`,
      );
    expect(await seenBy(first)).toEqual(['First OWNER', 'Guest GUEST']);
    expect(await seenBy(guest)).toEqual(['First OWNER', 'Guest GUEST']);
    expect(await seenBy(second)).toEqual(['Second OWNER']);
    expect(await seenBy(await universe.operator())).toEqual(['First OWNER', 'Second OWNER', 'Guest GUEST']);
    expect(await refusal(universe.anonymous, memberships)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('is filtered by role and actor', async () => {
    const bob = await member('VIEWER');
    const { memberships: found } = await ann.ask(memberships, {
      filter: { role: { in: ['VIEWER'] }, actorId: { eq: bob.id } },
    });
    expect(found).toMatchObject({ totalCount: 1, nodes: [{ role: 'VIEWER', actor: { id: bob.id } }] });
  });

  test('takes three statements, however many there are', async () => {
    const ask = `{ memberships(first: 100) { totalCount nodes { role actor { displayName } organization { displayName } } } }`;
    const lonely = await world.signUp({ organization: 'Small' });
    expect(await world.statements(() => lonely.ask(ask))).toHaveLength(3);
    expect(await world.statements(() => ann.ask(ask))).toHaveLength(3);
  });
});
