import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const remove =
  'mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { membership { id role endedAt actor { id } organization { id } } } }';
const accept =
  'mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { invitation { id status } membership { id } } }';
const invite = 'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }';
const closeOrganization =
  'mutation ($id: ID!) { organizationClose(input: { organizationId: $id }) { organization { id closedAt } } }';
const address = `mutation ($input: PostalAddressCreateInput!) { postalAddressCreate(input: $input) {
  postalAddress { id isShippingDefault } replacedDefaults { id isShippingDefault isBillingDefault }
} }`;

const closeAgent =
  'mutation ($input: AgentCloseInput!) { agentClose(input: $input) { agent { id closedAt owner { id } } } }';
const revokeKey =
  'mutation ($input: ActorKeyRevokeInput!) { actorKeyRevoke(input: $input) { actorKey { id revokedAt } } }';

let world: World;
let ann: Person;
let house: string;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'House' });
  house = ann.organizationId ?? '';
});
afterAll(() => world.close());

const facts = async (key: string, type: string): Promise<number> =>
  (await world.facts({ key })).filter((fact) => fact.type === type).length;

async function membershipOf(person: Person): Promise<string> {
  const { viewer } = await person.ask('{ viewer { memberships { id } } }');
  return viewer.memberships[0].id as string;
}

/** An agent of the house with a key, by their ids. */
async function agentWithKey(maker: Person = ann): Promise<[agentId: string, actorKeyId: string]> {
  const { agentCreate } = await ann.ask(
    'mutation ($ownerId: ID!) { agentCreate(input: { displayName: "Hand", ownerId: $ownerId }) { agent { id } } }',
    { ownerId: house },
  );
  const { actorKeyCreate } = await maker.ask(
    'mutation ($actorId: ID!) { actorKeyCreate(input: { actorId: $actorId, name: "k" }) { actorKey { id } } }',
    { actorId: agentCreate.agent.id },
  );
  return [agentCreate.agent.id as string, actorKeyCreate.actorKey.id as string];
}

describe('repeating a call returns the same and changes nothing', () => {
  test('membershipRemove, for those who may remove it; strangers learn nothing', async () => {
    const bob = await world.signUp();
    await world.grant(house, bob, 'EDITOR');
    const input = { membershipId: await membershipOf(bob) };
    const first = await ann.ask(remove, { input });
    expect(first.membershipRemove.membership).toEqual({
      id: input.membershipId,
      role: 'EDITOR',
      endedAt: expect.any(String) as string,
      actor: { id: bob.id },
      organization: { id: house },
    });
    expect(await ann.ask(remove, { input })).toEqual(first);
    expect(await bob.ask(remove, { input })).toEqual(first);
    expect(await facts(bob.id, 'identity.membership.removed')).toBe(1);
    const stranger = await world.signUp({ organization: 'Elsewhere' });
    expect(await refusal(stranger, remove, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.membershipId' });
    const editor = await world.signUp();
    await world.grant(house, editor, 'EDITOR');
    expect((await refusal(editor, remove, { input })).code).toBe('NOT_FOUND');
  });

  test('organizationClose', async () => {
    const eva = await world.signUp({ organization: 'Short' });
    const first = await eva.ask(closeOrganization, { id: eva.organizationId });
    expect(await eva.ask(closeOrganization, { id: eva.organizationId })).toEqual(first);
    expect(await facts(eva.organizationId ?? '', 'identity.organization.closed')).toBe(1);
  });

  test('agentClose and actorKeyRevoke, for the owners of the agent', async () => {
    const [agentId, actorKeyId] = await agentWithKey();
    const admin = await world.signUp();
    await world.grant(house, admin, 'ADMIN');
    const closed = await ann.ask(closeAgent, { input: { agentId } });
    expect(closed.agentClose.agent).toMatchObject({ id: agentId, owner: null });
    const revoked = await ann.ask(revokeKey, { input: { actorKeyId } });
    for (const person of [ann, admin]) {
      expect(await person.ask(closeAgent, { input: { agentId } })).toEqual(closed);
      expect(await person.ask(revokeKey, { input: { actorKeyId } })).toEqual(revoked);
    }
    expect(await facts(agentId, 'identity.agent.closed')).toBe(1);
  });

  test('invitationAccept, until the membership has ended', async () => {
    const bob = await world.signUp();
    const input = { organizationId: house, actorId: bob.id, role: 'GUEST' };
    const { invitationSend } = await ann.ask(invite, { input });
    const mine = { input: { invitationId: invitationSend.invitation.id } };
    const first = await bob.ask(accept, mine);
    expect(await bob.ask(accept, mine)).toEqual(first);
    expect(await facts(invitationSend.invitation.id as string, 'identity.invitation.accepted')).toBe(1);
    await bob.ask(remove, { input: { membershipId: first.invitationAccept.membership.id } });
    expect((await refusal(bob, accept, mine)).code).toBe('EXPIRED');
  });

  test('platformRoleSet publishes a change once', async () => {
    const operator = await world.operator();
    const auditor = await world.signUp();
    const set = `mutation ($id: ID!) { platformRoleSet(input: { actorId: $id, roles: [AUDITOR] }) { actor { platformRoles } } }`;
    for (let n = 0; n < 2; n++)
      expect((await operator.ask(set, { id: auditor.id })).platformRoleSet.actor.platformRoles).toEqual(['AUDITOR']);
    expect(await facts(auditor.id, 'identity.platformRole.set')).toBe(1);
    const { actor } = await ann.ask('query ($id: ID!) { actor(id: $id) { platformRoles } }', { id: auditor.id });
    expect(actor.platformRoles).toBeNull();
  });
});

describe('a stranger gets the same answer as before the end', () => {
  async function sameBeforeAndAfter(asks: () => Promise<unknown>, end: () => Promise<unknown>, code: string) {
    const before = await asks();
    expect(before).toMatchObject({ code });
    await end();
    expect(await asks()).toEqual(before);
  }

  test('agentClose', async () => {
    const [agentId] = await agentWithKey();
    const stranger = await world.signUp({ organization: 'Elsewhere' });
    const input = { agentId };
    const end = () => ann.ask(closeAgent, { input });
    await sameBeforeAndAfter(() => refusal(stranger, closeAgent, { input }), end, 'FORBIDDEN');
  });

  test('organizationClose', async () => {
    const eva = await world.signUp({ organization: 'Short' });
    const stranger = await world.signUp({ organization: 'Elsewhere' });
    const id = eva.organizationId;
    const end = () => eva.ask(closeOrganization, { id });
    await sameBeforeAndAfter(() => refusal(stranger, closeOrganization, { id }), end, 'FORBIDDEN');
    const operator = await world.operator();
    expect((await refusal(operator, closeOrganization, { id })).code).toBe('FORBIDDEN');
  });

  test('actorKeyRevoke, also for the former creator of the key', async () => {
    const admin = await world.signUp();
    await world.grant(house, admin, 'ADMIN');
    const [, actorKeyId] = await agentWithKey(admin);
    await ann.ask(remove, { input: { membershipId: await membershipOf(admin) } });
    await world.settled();
    const input = { actorKeyId };
    const end = () => ann.ask(revokeKey, { input });
    await sameBeforeAndAfter(() => refusal(admin, revokeKey, { input }), end, 'NOT_FOUND');
  });
});

test('a new default address returns the replaced one', async () => {
  const eva = await world.signUp();
  const text = { name: 'Eva', lines: ['Weg 1'], locality: 'Bern', postalCode: '3000', country: 'CH' };
  const first = await eva.ask(address, { input: { ...text, isShippingDefault: true, isBillingDefault: true } });
  expect(first.postalAddressCreate.replacedDefaults).toEqual([]);
  const { postalAddressCreate } = await eva.ask(address, { input: { ...text, isShippingDefault: true } });
  expect(postalAddressCreate.replacedDefaults).toEqual([
    { id: first.postalAddressCreate.postalAddress.id, isShippingDefault: false, isBillingDefault: true },
  ]);
});

test('child organizations are found by the filter parentId', async () => {
  const eva = await world.signUp({ organization: 'Above' });
  const { organizationCreate } = await eva.ask(
    'mutation { organizationCreate(input: { displayName: "Below", organizationKind: BRAND }) { organization { id organizationKind } } }',
  );
  expect(organizationCreate.organization.organizationKind).toBe('BRAND');
  await eva.ask('mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor { id } } }', {
    input: { actorId: organizationCreate.organization.id, parentId: eva.organizationId },
  });
  const list = 'query ($filter: OrganizationFilter) { organizations(filter: $filter) { nodes { id } } }';
  const { organizations } = await eva.ask(list, { filter: { parentId: { eq: eva.organizationId } } });
  expect(organizations.nodes).toEqual([{ id: organizationCreate.organization.id }]);
});
