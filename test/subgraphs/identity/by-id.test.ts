import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

let world: World;
let ann: Person;
let member: Person;
let stranger: Person;
let operator: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  member = await world.signUp({ displayName: 'Member' });
  await world.grant(ann.organizationId ?? '', member, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Stranger' });
  operator = await world.operator();
});
afterAll(() => world.close());

/** The answers of a noun's root and of `node` for an id; both must agree. */
async function seen(client: Client, root: string, id: string): Promise<boolean> {
  const answer = await client.ask(`query ($id: ID!) { ${root}(id: $id) { id } node(id: $id) { id } }`, { id });
  expect(answer[root] === null, `${root} agrees with node`).toBe(answer.node === null);
  return answer[root] !== null;
}

const invite = 'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }';
const keyOf = `mutation ($id: ID!) { actorKeyCreate(input: { actorId: $id, name: "Key" }) { actorKey { id } } }`;
const address = `mutation { postalAddressCreate(input: {
  name: "Ann", lines: ["Weg 1"], locality: "Bern", postalCode: "3000", country: "CH"
}) { postalAddress { id } } }`;

test('users, agents and services are visible by id to everybody, and an id of another kind is refused', async () => {
  const { agentCreate } = await ann.ask('mutation { agentCreate(input: { displayName: "A" }) { agent { id } } }');
  const { serviceCreate } = await ann.ask(
    'mutation ($id: ID!) { serviceCreate(input: { displayName: "S", organizationId: $id }) { service { id } } }',
    { id: ann.organizationId },
  );
  expect(await seen(world.anonymous, 'user', ann.id)).toBe(true);
  expect(await seen(world.anonymous, 'agent', agentCreate.agent.id as string)).toBe(true);
  expect(await seen(world.anonymous, 'service', serviceCreate.service.id as string)).toBe(true);
  expect((await refusal(world.anonymous, '{ user(id: "org_01h455vb4pex5vsknk084sn02q") { id } }')).code).toBe(
    'INVALID',
  );
});

test('a membership is seen by the members of its organization and by operators', async () => {
  const { viewer } = await ann.ask('{ viewer { memberships { id } } }');
  const id = viewer.memberships[0].id as string;
  for (const client of [ann, member, operator]) expect(await seen(client, 'membership', id)).toBe(true);
  expect(await seen(stranger, 'membership', id)).toBe(false);
  expect((await refusal(world.anonymous, 'query ($id: ID!) { membership(id: $id) { id } }', { id })).code).toBe(
    'UNAUTHENTICATED',
  );
});

test('a session and a postal address are visible to their owner, and not to operators', async () => {
  const { viewer } = await ann.ask('{ viewer { sessions { nodes { id } } } }');
  const session = viewer.sessions.nodes[0].id as string;
  const { postalAddressCreate } = await ann.ask(address);
  const postalAddress = postalAddressCreate.postalAddress.id as string;
  for (const [root, id] of [
    ['session', session],
    ['postalAddress', postalAddress],
  ] as const) {
    expect(await seen(ann, root, id)).toBe(true);
    for (const client of [stranger, operator]) expect(await seen(client, root, id)).toBe(false);
  }
});

test('a key is visible to those who may create one, and to operators', async () => {
  const { agentCreate } = await ann.ask('mutation { agentCreate(input: { displayName: "K" }) { agent { id } } }');
  const { serviceCreate } = await ann.ask(
    'mutation ($id: ID!) { serviceCreate(input: { displayName: "K", organizationId: $id }) { service { id } } }',
    { id: ann.organizationId },
  );
  for (const of of [agentCreate.agent.id, serviceCreate.service.id] as string[]) {
    const id = (await ann.ask(keyOf, { id: of })).actorKeyCreate.actorKey.id as string;
    for (const client of [ann, operator]) expect(await seen(client, 'actorKey', id)).toBe(true);
    for (const client of [member, stranger]) expect(await seen(client, 'actorKey', id)).toBe(false);
  }
});

test('an invitation is visible to the invited person, also by a confirmed address, and to those who may invite', async () => {
  const guest = await world.signUp();
  const unconfirmed = await world.signUp({ isUnconfirmed: true });
  const send = async (input: object): Promise<string> =>
    (await ann.ask(invite, { input: { organizationId: ann.organizationId, role: 'GUEST', ...input } })).invitationSend
      .invitation.id as string;
  const byId = await send({ actorId: guest.id });
  const byAddress = await send({ email: stranger.email });
  const toUnconfirmed = await send({ email: unconfirmed.email });
  for (const client of [guest, ann, operator]) expect(await seen(client, 'invitation', byId)).toBe(true);
  for (const client of [member, stranger]) expect(await seen(client, 'invitation', byId)).toBe(false);
  expect(await seen(stranger, 'invitation', byAddress)).toBe(true);
  expect(await seen(guest, 'invitation', byAddress)).toBe(false);
  expect(await seen(unconfirmed, 'invitation', toUnconfirmed)).toBe(false);
});

test('a mail about an account is for operators', async () => {
  const { accountMails } = await operator.ask('{ accountMails(first: 1) { nodes { id } } }');
  const id = accountMails.nodes[0].id as string;
  expect(await seen(operator, 'accountMail', id)).toBe(true);
  const ask = 'query ($id: ID!) { accountMail(id: $id) { id } }';
  expect((await refusal(stranger, ask, { id })).code).toBe('FORBIDDEN');
});

test('viewer shows the viewer’s own address, picture, profile and agents with their keys', async () => {
  const eva = await world.signUp({ displayName: 'Eva' });
  const { agentCreate } = await eva.ask('mutation { agentCreate(input: { displayName: "Own" }) { agent { id } } }');
  await eva.ask(keyOf, { id: agentCreate.agent.id });
  await eva.ask(
    'mutation { actorUpdate(input: { avatar: "https://example.org/eva.png", biography: "B" }) { actor { id } } }',
  );
  const { viewer } = await eva.ask(`{ viewer {
    email emailConfirmed avatar profile { biography discoverable } agents { totalCount nodes { id keys { name } } }
  } }`);
  expect(viewer).toEqual({
    email: eva.email,
    emailConfirmed: true,
    avatar: 'https://example.org/eva.png',
    profile: { biography: 'B', discoverable: 'MEMBERS' },
    agents: { totalCount: 1, nodes: [{ id: agentCreate.agent.id, keys: [{ name: 'Key' }] }] },
  });
});
