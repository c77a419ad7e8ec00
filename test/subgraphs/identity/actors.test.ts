import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const actor = `query ($id: ID!) {
  actor(id: $id) { __typename id displayName avatar createdAt ... on User { email } ... on Organization { organizationKind } }
}`;
const setRoles = 'mutation ($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }';
const actOnBehalf = `mutation ($input: SessionActOnBehalfInput!) {
  sessionActOnBehalf(input: $input) { accessToken accessTokenExpiresAt actor { id } }
}`;
const createAsset =
  'mutation ($ownerId: ID) { assetCreate(input: { title: "A", kind: ART, ownerId: $ownerId }) { asset { id createdBy { id } } } }';

let world: World;
let operator: Person;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  operator = await world.operator();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Elsewhere' });
});
afterAll(() => world.close());

describe('actor', () => {
  test('shows a person to everybody, and the e-mail address to the person and to operators', async () => {
    const seenBy = async (client: Person | World['anonymous']) => (await client.ask(actor, { id: ann.id })).actor;
    expect(await seenBy(world.anonymous)).toMatchObject({ __typename: 'User', displayName: 'Ann', email: null });
    expect(await seenBy(bob)).toMatchObject({ email: null });
    expect(await seenBy(ann)).toMatchObject({ email: ann.email });
    expect(await seenBy(operator)).toMatchObject({ email: ann.email });
  });

  test('knows all four kinds', async () => {
    const service = await ann.ask(
      'mutation ($id: ID!) { serviceCreate(input: { displayName: "S", organizationId: $id }) { service { id } } }',
      { id: ann.organizationId },
    );
    const agent = await ann.ask('mutation { agentCreate(input: { displayName: "A" }) { agent { id } } }');
    const kindOf = async (id: string) => (await world.anonymous.ask(actor, { id })).actor.__typename;
    expect(await kindOf(ann.id)).toBe('User');
    expect(await kindOf(ann.organizationId ?? '')).toBe('Organization');
    expect(await kindOf(service.serviceCreate.service.id)).toBe('Service');
    expect(await kindOf(agent.agentCreate.agent.id)).toBe('Agent');
  });

  test('is null in another universe and INVALID for an id of another kind', async () => {
    const far = await world.inUniverse('other').signUp();
    expect(await far.ask(actor, { id: ann.id })).toEqual({ actor: null });
    expect(await refusal(ann, actor, { id: 'ast_01h455vb4pex5vsknk084sn02q' })).toEqual({
      code: 'INVALID',
      path: 'id',
    });
    expect(await refusal(ann, actor, { id: 'x'.repeat(5000) })).toEqual({ code: 'INVALID', path: 'id' });
  });

  test('takes one statement for one and for twenty', async () => {
    expect(await world.statements(() => world.anonymous.ask(actor, { id: ann.id }))).toHaveLength(1);
    const fields = Array.from(
      { length: 20 },
      (_, n) => `a${n}: actor(id: "${n % 2 ? ann.id : bob.id}") { displayName }`,
    );
    expect(await world.statements(() => ann.ask(`{ ${fields.join(' ')} }`))).toHaveLength(1);
  });
});

describe('platformRoleSet', () => {
  test('gives and takes platform roles, effective at once', async () => {
    const person = await world.signUp();
    await operator.ask(setRoles, { input: { actorId: person.id, roles: ['OPERATOR', 'AUDITOR'] } });
    await world.settled();
    expect(await person.ask('{ viewer { platformRoles } }')).toEqual({
      viewer: { platformRoles: ['OPERATOR', 'AUDITOR'] },
    });
    expect((await person.ask(actor, { id: ann.id })).actor.email).toBe(ann.email);
    await operator.ask(setRoles, { input: { actorId: person.id, roles: [] } });
    await world.settled();
    expect((await person.ask(actor, { id: ann.id })).actor.email).toBeNull();
    const told = (await world.facts({ key: person.id })).filter(({ type }) => type === 'identity.platformRole.set');
    expect(told.map(({ actor: by, payload }) => [by, payload.roles, payload.previousRoles])).toEqual([
      [operator.id, ['OPERATOR', 'AUDITOR'], []],
      [operator.id, [], ['OPERATOR', 'AUDITOR']],
    ]);
  });

  test('is for operators alone', async () => {
    const auditor = await world.signUp({ platformRoles: ['AUDITOR', 'SECURITY_ADMIN', 'FINANCE_ADMIN'] });
    const input = { actorId: bob.id, roles: ['AUDITOR'] };
    expect(await refusal(world.anonymous, setRoles, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(ann, setRoles, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(auditor, setRoles, { input })).toEqual({ code: 'FORBIDDEN' });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, setRoles, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.actorId' });
    const organization = { actorId: ann.organizationId, roles: [] };
    expect(await refusal(operator, setRoles, { input: organization })).toEqual({
      code: 'INVALID',
      path: 'input.actorId',
    });
  });

  test('takes four statements', async () => {
    const input = { actorId: (await world.signUp()).id, roles: ['AUDITOR'] };
    expect(await world.statements(() => operator.ask(setRoles, { input }))).toHaveLength(4);
  });
});

describe('sessionActOnBehalf', () => {
  async function behalf(of: string): Promise<ReturnType<World['bearer']>> {
    const { sessionActOnBehalf } = await operator.ask(actOnBehalf, { input: { actorId: of, reason: 'Ticket 7' } });
    return world.bearer(sessionActOnBehalf.accessToken);
  }

  test('acting on behalf of another actor records both', async () => {
    const { sessionActOnBehalf } = await operator.ask(actOnBehalf, { input: { actorId: ann.id, reason: 'Ticket 7' } });
    expect(decodeJwt(sessionActOnBehalf.accessToken)).toMatchObject({ sub: ann.id, act: { sub: operator.id } });
    const client = world.bearer(sessionActOnBehalf.accessToken);
    const { assetCreate } = await client.ask(createAsset, { ownerId: ann.organizationId });
    expect(assetCreate.asset.createdBy.id).toBe(ann.id);
    expect(await world.facts({ key: assetCreate.asset.id })).toMatchObject([
      { actor: operator.id, onBehalfOf: ann.id },
    ]);
    const [began] = (await world.facts({ key: ann.id })).slice(-1);
    expect(began).toMatchObject({
      type: 'identity.session.delegated',
      actor: operator.id,
      payload: { delegateId: operator.id, reason: 'Ticket 7' },
    });
  });

  test('actions of an agent record the agent, the delegate and the time', async () => {
    const { agentCreate } = await ann.ask(
      'mutation { agentCreate(input: { displayName: "Curator" }) { agent { id } } }',
    );
    const agent = agentCreate.agent.id as string;
    const client = await behalf(agent);
    const { assetCreate } = await client.ask(createAsset);
    const history = `query ($id: ID!) { asset(id: $id) { createdBy { id } history(first: 1) {
      nodes { factType occurredAt actor { id } onBehalfOf { id __typename } }
    } } }`;
    const { asset } = await client.ask(history, { id: assetCreate.asset.id });
    expect(asset).toEqual({
      createdBy: { id: agent },
      history: {
        nodes: [
          {
            factType: 'assets.asset.created',
            occurredAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
            actor: { id: operator.id },
            onBehalfOf: { id: agent, __typename: 'Agent' },
          },
        ],
      },
    });
  });

  test('gives the rights that both have, and not those of the operator', async () => {
    const client = await behalf(bob.id);
    expect(await client.ask('{ viewer { id platformRoles } }')).toEqual({ viewer: { id: bob.id, platformRoles: [] } });
    expect(await refusal(client, createAsset, { ownerId: ann.organizationId })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(client, setRoles, { input: { actorId: bob.id, roles: ['OPERATOR'] } })).toEqual({
      code: 'FORBIDDEN',
    });
    expect((await client.ask(actor, { id: ann.id })).actor.email).toBeNull();
  });

  test('acting for an organization is on the fact as well', async () => {
    const { assetCreate } = await ann.ask(createAsset, {}, { actingFor: ann.organizationId ?? '' });
    expect(await world.facts({ key: assetCreate.asset.id })).toMatchObject([
      { actor: ann.id, actingFor: ann.organizationId, payload: { ownerId: ann.organizationId } },
    ]);
    expect(await refusal(bob, createAsset, {}, { actingFor: ann.organizationId ?? '' })).toEqual({
      code: 'FORBIDDEN',
      path: 'acting-for',
    });
  });

  test('ends when the operator loses the role, and when its own session is signed out', async () => {
    const second = await world.signUp({ platformRoles: ['OPERATOR'] });
    const { sessionActOnBehalf } = await second.ask(actOnBehalf, { input: { actorId: ann.id, reason: 'Ticket 8' } });
    const client = world.bearer(sessionActOnBehalf.accessToken);
    await client.ask('{ viewer { id } }');
    await operator.ask(setRoles, { input: { actorId: second.id, roles: [] } });
    await world.settled();
    expect(await refusal(client, '{ viewer { id } }')).toEqual({ code: 'UNAUTHENTICATED' });
    const other = await behalf(ann.id);
    await other.ask('mutation { sessionSignOut { signedOut } }');
    await world.settled();
    expect(await refusal(other, '{ viewer { id } }')).toEqual({ code: 'UNAUTHENTICATED' });
    await ann.ask('{ viewer { id } }');
  });

  test('is for operators, not for oneself, and not while already acting on behalf', async () => {
    const input = { actorId: bob.id, reason: 'Ticket 9' };
    expect(await refusal(world.anonymous, actOnBehalf, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(ann, actOnBehalf, { input })).toEqual({ code: 'FORBIDDEN' });
    const auditor = await world.signUp({ platformRoles: ['AUDITOR'] });
    expect(await refusal(auditor, actOnBehalf, { input })).toEqual({ code: 'FORBIDDEN' });
    const own = { ...input, actorId: operator.id };
    expect(await refusal(operator, actOnBehalf, { input: own })).toEqual({ code: 'INVALID', path: 'input.actorId' });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, actOnBehalf, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.actorId' });
    expect(await refusal(operator, actOnBehalf, { input: { ...input, reason: '    ' } })).toEqual({
      code: 'INVALID',
      path: 'input.reason',
    });
    expect(await refusal(operator, actOnBehalf, { input: { ...input, reason: '' } })).toEqual({
      code: 'INVALID',
      path: 'input.reason',
    });
    const third = await world.signUp({ platformRoles: ['OPERATOR'] });
    expect(await refusal(await behalf(third.id), actOnBehalf, { input })).toEqual({ code: 'FORBIDDEN' });
  });

  test('takes four statements', async () => {
    const input = { actorId: bob.id, reason: 'Ticket 10' };
    expect(await world.statements(() => operator.ask(actOnBehalf, { input }))).toHaveLength(4);
  });
});

describe('Organization.assetCount', () => {
  test('follows publishing and archiving', async () => {
    const { assetCreate } = await bob.ask(createAsset, { ownerId: bob.organizationId });
    const count = async () => {
      await world.settled();
      const { organization } = await bob.ask('query ($id: ID!) { organization(id: $id) { assetCount } }', {
        id: bob.organizationId,
      });
      return organization.assetCount as number;
    };
    const input = { assetId: assetCreate.asset.id };
    expect(await count()).toBe(0);
    await bob.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', { input });
    expect(await count()).toBe(1);
    await bob.ask('mutation ($input: AssetArchiveInput!) { assetArchive(input: $input) { asset { id } } }', { input });
    expect(await count()).toBe(0);
  });
});
