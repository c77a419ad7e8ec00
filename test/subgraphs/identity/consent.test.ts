import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const grant = 'mutation ($input: MembershipGrantInput!) { membershipGrant(input: $input) { membership { id role } } }';
const send =
  'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id email actor { id } } } }';
const accept = `mutation ($id: ID!) {
  invitationAccept(input: { invitationId: $id }) { membership { id role actor { id } } }
}`;
const decline = 'mutation ($id: ID!) { invitationDecline(input: { invitationId: $id }) { invitation { id status } } }';
const waiting = '{ viewer { invitations { id role organization { id } } memberships { id } } }';
const profile = 'query ($id: ID!) { actor(id: $id) { profile { biography } } }';
const create = 'mutation { organizationCreate(input: { displayName: "Little" }) { organization { id } } }';
const members = 'query ($id: ID!) { organization(id: $id) { members { role actor { id } } } }';
const onBehalf =
  'mutation ($id: ID!) { sessionActOnBehalf(input: { actorId: $id, reason: "a ticket" }) { accessToken } }';

let world: World;
let ann: Person;
let museum: string;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
});
afterAll(() => world.close());

async function invited(person: { id: string }, role = 'GUEST', by: Client = ann): Promise<string> {
  const { invitationSend } = await by.ask(send, {
    input: { organizationId: museum, actorId: person.id, role },
  });
  return invitationSend.invitation.id as string;
}

async function actingFor(id: string): Promise<Client> {
  const { sessionActOnBehalf } = await (await world.operator()).ask(onBehalf, { id });
  return world.bearer(sessionActOnBehalf.accessToken as string);
}

describe('membership needs consent', () => {
  test('granting a role makes no person a member', async () => {
    const bob = await world.signUp();
    const input = { organizationId: museum, actorId: bob.id, role: 'GUEST' };
    expect(await refusal(ann, grant, { input })).toEqual({
      code: 'CONFLICT',
      path: 'input.actorId',
    });
    expect(await refusal(await world.operator(), grant, { input })).toEqual({
      code: 'FORBIDDEN',
    });
    expect((await bob.ask(waiting)).viewer).toEqual({
      invitations: [],
      memberships: [],
    });
  });

  test('operators and agents cannot create an organization on behalf of a person', async () => {
    const bob = await world.signUp();
    const { agentCreate } = await bob.ask('mutation { agentCreate(input: { displayName: "A" }) { agent { id } } }');
    const { actorKeyCreate } = await bob.ask(
      'mutation ($id: ID!) { actorKeyCreate(input: { actorId: $id, name: "k" }) { key } }',
      { id: agentCreate.agent.id },
    );
    for (const client of [await actingFor(bob.id), world.bearer(actorKeyCreate.key as string)])
      expect(await refusal(client, create)).toEqual({ code: 'FORBIDDEN' });
    expect((await bob.ask(waiting)).viewer.memberships).toEqual([]);
  });

  test('a person invited by id gets no mail, reveals nothing more, and joins by accepting', async () => {
    const bob = await world.signUp();
    const id = await invited(bob, 'EDITOR');
    await world.settled();
    expect(world.mails.filter(({ to }) => to.includes(bob.email))).toEqual([]);
    expect((await ann.ask(profile, { id: bob.id })).actor.profile).toBeNull();
    expect((await bob.ask(waiting)).viewer).toMatchObject({
      invitations: [{ id, role: 'EDITOR', organization: { id: museum } }],
      memberships: [],
    });
    expect((await refusal(await world.signUp(), accept, { id })).code).toBe('NOT_FOUND');
    const { invitationAccept } = await bob.ask(accept, { id });
    expect(invitationAccept.membership).toMatchObject({
      role: 'EDITOR',
      actor: { id: bob.id },
    });
    expect((await ann.ask(profile, { id: bob.id })).actor.profile).not.toBeNull();
    const input = { organizationId: museum, actorId: bob.id, role: 'GUEST' };
    expect(await refusal(ann, send, { input })).toEqual({
      code: 'CONFLICT',
      path: 'input.actorId',
    });
  });

  test('an invitation names exactly one person', async () => {
    const bob = await world.signUp();
    const input = { organizationId: museum, role: 'GUEST' };
    expect(await refusal(ann, send, { input })).toEqual({
      code: 'INVALID',
      path: 'input',
    });
    const both = { ...input, email: bob.email, actorId: bob.id };
    expect(await refusal(ann, send, { input: both })).toEqual({
      code: 'INVALID',
      path: 'input',
    });
    const path = 'input.actorId';
    expect(await refusal(ann, send, { input: { ...input, actorId: museum } })).toEqual({ code: 'INVALID', path });
    const far = await world.inUniverse('other').signUp();
    expect(await refusal(ann, send, { input: { ...input, actorId: far.id } })).toEqual({ code: 'NOT_FOUND', path });
  });

  test('after declining only a new invitation can be accepted', async () => {
    const bob = await world.signUp();
    const id = await invited(bob);
    for (let n = 0; n < 2; n++)
      expect((await bob.ask(decline, { id })).invitationDecline.invitation).toEqual({ id, status: 'DECLINED' });
    expect((await world.facts({ key: id })).map(({ type }) => type)).toEqual([
      'identity.invitation.sent',
      'identity.invitation.declined',
    ]);
    expect((await refusal(bob, accept, { id })).code).toBe('EXPIRED');
    expect((await bob.ask(waiting)).viewer.invitations).toEqual([]);
    const again = await invited(bob);
    expect(again).not.toBe(id);
    await bob.ask(accept, { id: again });
    expect((await refusal(bob, decline, { id: again })).code).toBe('CONFLICT');
  });

  test('at most a hundred invitations of one person are open', async () => {
    const bob = await world.signUp();
    await world.database.query(
      `insert into identity.invitations (id, universe_id, created_at, updated_at, organization_id, actor_id, role, invited_by, expires_at)
      select 'inv_wait' || n, 'main', now(), now(), 'org_' || n, $1, 'GUEST', 'usr_x', now() + interval '1 day' from generate_series(1, 100) n`,
      [bob.id],
    );
    const input = { organizationId: museum, actorId: bob.id, role: 'GUEST' };
    expect(await refusal(ann, send, { input })).toEqual({
      code: 'CONFLICT',
      path: 'input.actorId',
    });
    await bob.ask(decline, { id: 'inv_wait1' }).catch(() => undefined);
    await world.database.query(`update identity.invitations set declined_at = now() where id = 'inv_wait1'`);
    await invited(bob);
  });

  test('an agent or service is added by a caller who also manages it', async () => {
    const { agentCreate } = await ann.ask('mutation { agentCreate(input: { displayName: "A" }) { agent { id } } }');
    const input = {
      organizationId: museum,
      actorId: agentCreate.agent.id,
      role: 'VIEWER',
    };
    expect((await ann.ask(grant, { input })).membershipGrant.membership.role).toBe('VIEWER');
    const sam = await world.signUp({ organization: 'Elsewhere' });
    const theirs = {
      organizationId: sam.organizationId,
      actorId: agentCreate.agent.id,
      role: 'VIEWER',
    };
    expect(await refusal(sam, grant, { input: theirs })).toEqual({
      code: 'CONFLICT',
      path: 'input.actorId',
    });
  });
});

describe('rights are given and accepted only by the actor itself', () => {
  test('an operator on behalf of an owner adds no members, including themselves', async () => {
    const operator = await world.operator();
    const acting = await actingFor(ann.id);
    const input = {
      organizationId: museum,
      actorId: operator.id,
      role: 'EDITOR',
    };
    for (const by of [acting, operator]) {
      expect(await refusal(by, send, { input })).toEqual({ code: 'FORBIDDEN' });
      expect((await refusal(by, grant, { input })).code).toBe('FORBIDDEN');
    }
    expect((await operator.ask(waiting)).viewer).toEqual({
      invitations: [],
      memberships: [],
    });
  });

  test('an operator on behalf of a person neither joins nor declines', async () => {
    const bob = await world.signUp();
    const id = await invited(bob);
    const acting = await actingFor(bob.id);
    for (const answer of [accept, decline]) expect((await refusal(acting, answer, { id })).code).toBe('FORBIDDEN');
    expect((await bob.ask(waiting)).viewer).toMatchObject({
      invitations: [{ id }],
      memberships: [],
    });
  });

  test('an operator creates no key for a bidder’s service or agent, on anybody’s behalf', async () => {
    const { serviceCreate } = await ann.ask(
      'mutation ($id: ID!) { serviceCreate(input: { displayName: "Bidder", organizationId: $id }) { service { id } } }',
      { id: museum },
    );
    const key = 'mutation ($input: ActorKeyCreateInput!) { actorKeyCreate(input: $input) { key } }';
    const input = { actorId: serviceCreate.service.id, name: 'k' };
    for (const by of [await world.operator(), await actingFor(ann.id)])
      expect(await refusal(by, key, { input })).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('limits', () => {
  test('an account creates at most ten organizations within a day', async () => {
    const bob = await world.signUp();
    for (let n = 0; n < 10; n++) await bob.ask(create);
    const [error] = await bob.askForErrors(create);
    expect(error?.extensions).toMatchObject({
      code: 'TOO_MANY',
      retryAfter: expect.any(Number) as number,
    });
  });

  test('an owner of fifty creates none, and an actor is a member of at most a hundred', async () => {
    const bob = await world.signUp();
    const fill = (role: string, from: number, to: number) =>
      world.database.query(
        `insert into identity.memberships (id, universe_id, created_at, updated_at, organization_id, actor_id, role)
        select 'mbr_' || $2 || n, 'main', now(), now(), 'org_fill' || n, $1, $3 from generate_series($4::int, $5::int) n`,
        [bob.id, bob.id, role, from, to],
      );
    await fill('OWNER', 1, 50);
    expect((await refusal(bob, create)).code).toBe('CONFLICT');
    await fill('GUEST', 51, 100);
    expect((await refusal(bob, accept, { id: await invited(bob) })).code).toBe('CONFLICT');
  });
});

describe('Organization.members', () => {
  test('are visible to members and operators only', async () => {
    const founder = await world.signUp({ organization: 'Hall' });
    const guest = await world.signUp();
    const id = founder.organizationId ?? '';
    await world.grant(id, guest, 'GUEST');
    const both = [
      { role: 'OWNER', actor: { id: founder.id } },
      { role: 'GUEST', actor: { id: guest.id } },
    ];
    for (const asking of [founder, guest, await world.operator()])
      expect((await asking.ask(members, { id })).organization.members).toEqual(both);
    for (const asking of [world.anonymous, await world.signUp()])
      expect((await asking.ask(members, { id })).organization.members).toEqual([]);
  });

  test('take as many statements for many organizations as for one', async () => {
    const founder = await world.signUp({ organization: 'First' });
    for (let n = 0; n < 3; n++) await founder.ask(create);
    const ask = (first: number) =>
      `{ organizations(first: ${first}) { nodes { members { role actor { displayName } } } } }`;
    const one = (await world.statements(() => founder.ask(ask(1)))).length;
    expect((await world.statements(() => founder.ask(ask(4)))).length).toBe(one);
  });
});
