import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type World } from '../../testkit/world.ts';

const set = 'mutation ($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }';
const agentCreate = 'mutation ($input: AgentCreateInput!) { agentCreate(input: $input) { agent { id } } }';
const agentClose =
  'mutation ($input: AgentCloseInput!) { agentClose(input: $input) { agent { id displayName closedAt } } }';
const userClose = 'mutation ($input: UserCloseInput!) { userClose(input: $input) { user { id } } }';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
});
afterAll(() => world.close());

test('an operator cannot give a role to itself, nor to its own programs', async () => {
  const operator = await world.operator();
  const { agent } = (await operator.ask(agentCreate, { input: { displayName: 'Hand' } })).agentCreate;
  for (const actorId of [operator.id, agent.id]) {
    const input = { actorId, roles: ['OPERATOR', 'FINANCE_ADMIN'] };
    expect(await refusal(operator, set, { input })).toEqual({
      code: 'FORBIDDEN',
      path: 'input.roles',
    });
  }
  const second = await world.signUp({ platformRoles: ['OPERATOR'] });
  await second.ask(set, {
    input: { actorId: operator.id, roles: ['OPERATOR', 'AUDITOR'] },
  });
  await world.settled();
  // Operators can give up their own roles.
  await operator.ask(set, {
    input: { actorId: operator.id, roles: ['OPERATOR'] },
  });
  await operator.ask(set, { input: { actorId: second.id, roles: [] } });
  await world.settled();
});

test('the last operator stays: no role is taken and no account closed', async () => {
  const operator = await world.operator();
  const robot = (await operator.ask(agentCreate, { input: { displayName: 'Robot' } })).agentCreate.agent.id as string;
  await world.database.query(`update identity.actors set platform_roles = '{OPERATOR}' where id = $1`, [robot]);
  const input = { actorId: operator.id, roles: ['AUDITOR'] };
  expect((await refusal(operator, set, { input: { ...input, roles: [] } })).code).toBe('CONFLICT');
  expect(
    (
      await refusal(operator, userClose, {
        input: { password: operator.password },
      })
    ).code,
  ).toBe('CONFLICT');
  const second = await world.signUp({ platformRoles: ['OPERATOR'] });
  await second.ask(userClose, { input: { password: second.password } });
});

test('agentClose closes an agent for good, for callers with the permission', async () => {
  const ann = await world.signUp({ organization: 'Agency' });
  const bob = await world.signUp();
  const { agent } = (await ann.ask(agentCreate, { input: { displayName: 'Scribe' } })).agentCreate;
  const input = { agentId: agent.id };
  expect((await refusal(bob, agentClose, { input })).code).toBe('FORBIDDEN');
  await world.grant(ann.organizationId ?? '', { id: agent.id }, 'EDITOR');
  const closed = (await ann.ask(agentClose, { input })).agentClose;
  expect(closed.agent).toMatchObject({
    id: agent.id,
    displayName: 'Closed account',
  });
  expect(closed.agent.closedAt).not.toBeNull();
  expect((await ann.ask(agentClose, { input })).agentClose).toEqual(closed);
  const told = (await world.facts({ key: agent.id })).map(({ type }) => type);
  expect(told).toEqual(expect.arrayContaining(['identity.actor.closed', 'identity.agent.closed']));
  const left = await world.database.query('select 1 from identity.memberships where actor_id = $1', [agent.id]);
  expect(left).toEqual([]);
  const unknown = { input: { agentId: 'agt_01arz3ndektsv4rrffq69g5fav' } };
  expect(await refusal(ann, agentClose, unknown)).toEqual({
    code: 'NOT_FOUND',
    path: 'input.agentId',
  });
});
