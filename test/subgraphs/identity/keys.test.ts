import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';
import { mailsTo, newestToken, tokenIn } from './letters.ts';

const createKey = `mutation ($input: ActorKeyCreateInput!) {
  actorKeyCreate(input: $input) { key actorKey { id scopes actor { id } } }
}`;
const asset = `mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id owner { id } } } }`;
const seen = 'query ($id: ID!) { asset(id: $id) { id title } }';
const found = 'mutation { organizationCreate(input: { displayName: "By a key" }) { organization { id } } }';

let world: World;
let ann: Person;
let museum: string;
let service: string;
let draft: string;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  const { serviceCreate } = await ann.ask(
    'mutation ($id: ID!) { serviceCreate(input: { displayName: "Loader", organizationId: $id }) { service { id } } }',
    { id: museum },
  );
  service = serviceCreate.service.id as string;
  draft = await created(ann, museum);
});
afterAll(() => world.close());

async function created(by: Client, ownerId?: string, more: object = {}): Promise<string> {
  const { assetCreate } = await by.ask(asset, { input: { title: 'A', kind: 'ART', ownerId, ...more } });
  return assetCreate.asset.id as string;
}

async function keyOf(actorId: string, scopes: string[] | null = null, by: Client = ann): Promise<Client> {
  const { actorKeyCreate } = await by.ask(createKey, { input: { actorId, name: 'k', scopes } });
  return world.bearer(actorKeyCreate.key as string);
}

async function agentOf(owner: Person, ownerId?: string): Promise<string> {
  const { agentCreate } = await owner.ask(
    'mutation ($ownerId: ID) { agentCreate(input: { displayName: "Agent", ownerId: $ownerId }) { agent { id } } }',
    { ownerId },
  );
  return agentCreate.agent.id as string;
}

describe('scopes limit everything that a key does', () => {
  test('without any, a key sees what anonymous sees and does what anonymous may', async () => {
    const none = await keyOf(service, []);
    expect((await none.ask(seen, { id: draft })).asset).toBeNull();
    expect((await none.ask('{ assets { totalCount } }')).assets).toEqual(
      (await world.anonymous.ask('{ assets { totalCount } }')).assets,
    );
    const members = 'query ($id: ID!) { organization(id: $id) { displayName members { id } invitations { id } } }';
    expect((await none.ask(members, { id: museum })).organization).toEqual({
      displayName: 'Museum',
      members: [],
      invitations: null,
    });
    for (const ask of ['{ viewer { id } }', '{ memberships { totalCount } }', '{ assetLinks { totalCount } }', found])
      expect((await refusal(none, ask)).code, ask).toBe('FORBIDDEN');
    expect((await refusal(none, asset, { input: { title: 'A', kind: 'ART', ownerId: museum } })).code).toBe(
      'FORBIDDEN',
    );
    await none.ask('{ serverTime }');
  });

  test('each system has a scope for reading, and one for mutations that everybody may use', async () => {
    const reader = await keyOf(service, ['assets.read']);
    expect((await reader.ask(seen, { id: draft })).asset).toEqual({ id: draft, title: 'A' });
    expect((await refusal(reader, '{ viewer { id } }')).code).toBe('FORBIDDEN');
    expect((await refusal(reader, found)).code).toBe('FORBIDDEN');
    const writer = await keyOf(service, ['identity.write']);
    await writer.ask(found);
    expect((await writer.ask(seen, { id: draft })).asset).toBeNull();
  });

  test('the answer of a mutation shows a key only what it may read', async () => {
    const maker = await keyOf(service, ['assets.asset.create']);
    const id = await created(maker, museum);
    expect((await maker.ask(seen, { id })).asset).toBeNull();
    const { organizationCreate } = await (
      await keyOf(service, ['identity.write'])
    ).ask(
      'mutation { organizationCreate(input: { displayName: "x" }) { organization { members { id } invitations { id } } } }',
    );
    expect(organizationCreate.organization).toEqual({ members: [], invitations: null });
  });

  test('a stream for signed-in viewers needs the scope for reading', async () => {
    const none = await keyOf(service, []);
    const live = await none
      .subscribe('subscription { assetImportProgressed { cursor } }')
      .then((stream) => stream.next())
      .catch((error: unknown) => String(error));
    expect(JSON.stringify(live)).toMatch(/FORBIDDEN|not among its scopes/);
  });

  test('an unknown scope is refused, with a list of all scopes', async () => {
    const input = { actorId: service, name: 'k', scopes: ['assets.read', 'assets.asset.steal'] };
    const [error] = await ann.askForErrors(createKey, { input });
    expect(error?.extensions).toMatchObject({
      code: 'INVALID',
      path: ['input', 'scopes'],
      issues: [{ path: ['input', 'scopes', '1'], code: 'unknown_scope' }],
    });
    for (const scope of ['assets.read', 'auction.read', 'identity.write', 'auction.bid.place'])
      expect(error?.message).toContain(scope);
  });

  test('a key cannot create one with more rights than its own', async () => {
    await world.grant(museum, { id: service }, 'ADMIN');
    const limited = await keyOf(service, ['identity.actorKey.create', 'assets.read']);
    const input = { actorId: service, name: 'k' };
    expect(await refusal(limited, createKey, { input })).toEqual({ code: 'FORBIDDEN', path: 'input.scopes' });
    const more = { ...input, scopes: ['assets.read', 'auction.read'] };
    expect(await refusal(limited, createKey, { input: more })).toEqual({ code: 'FORBIDDEN', path: 'input.scopes.1' });
    const { actorKeyCreate } = await limited.ask(createKey, { input: { ...input, scopes: ['assets.read'] } });
    expect(actorKeyCreate.actorKey.scopes).toEqual(['assets.read']);
  });
});

test('a limited key opens no session on behalf of another actor, which would not be limited', async () => {
  const operator = await world.operator();
  const { agentCreate } = await operator.ask('mutation { agentCreate(input: { displayName: "A" }) { agent { id } } }');
  await world.database.query(`update identity.actors set platform_roles = '{OPERATOR}' where id = any($1)`, [
    [agentCreate.agent.id, service],
  ]);
  const acting =
    'mutation ($id: ID!) { sessionActOnBehalf(input: { actorId: $id, reason: "ticket" }) { accessToken } }';
  const limited = await keyOf(service, ['identity.session.actOnBehalf']);
  for (const key of [limited, await keyOf(agentCreate.agent.id as string, null, operator)])
    expect((await refusal(key, acting, { id: ann.id })).code).toBe('FORBIDDEN');
  await (await keyOf(service)).ask(acting, { id: ann.id });
  await world.database.query(`update identity.actors set platform_roles = '{}' where id = $1`, [service]);
});

describe('agents act with a key', () => {
  test('an agent of a person acts on the person’s behalf, and facts name both', async () => {
    const bob = await world.signUp({ organization: 'Gallery' });
    const agent = await agentOf(bob);
    const acting = await keyOf(agent, null, bob);
    expect((await acting.ask('{ viewer { id platformRoles memberships { role } } }')).viewer).toEqual({
      id: bob.id,
      platformRoles: [],
      memberships: [{ role: 'OWNER' }],
    });
    const id = await created(acting);
    expect(await world.facts({ key: id })).toMatchObject([{ actor: agent, onBehalfOf: bob.id }]);
    const history = `query ($id: ID!) { asset(id: $id) {
      createdBy { id } history { nodes { factType occurredAt actor { id } onBehalfOf { id } } }
    } }`;
    expect((await bob.ask(history, { id })).asset).toMatchObject({
      createdBy: { id: bob.id },
      history: {
        nodes: [{ factType: 'assets.asset.created', actor: { id: agent }, onBehalfOf: { id: bob.id } }],
      },
    });
    await created(acting, bob.organizationId ?? '');
    expect((await refusal(acting, asset, { input: { title: 'A', kind: 'ART', ownerId: museum } })).code).toBe(
      'FORBIDDEN',
    );
  });

  test('it does what its owner and its scopes allow, and nothing reserved for the person', async () => {
    const bob = await world.signUp();
    const agent = await agentOf(bob);
    const id = await created(bob);
    const reader = await keyOf(agent, ['assets.read'], bob);
    expect((await reader.ask(seen, { id })).asset).toEqual({ id, title: 'A' });
    expect((await refusal(reader, asset, { input: { title: 'A', kind: 'ART' } })).code).toBe('FORBIDDEN');
    const whole = await keyOf(agent, null, bob);
    expect((await refusal(whole, 'mutation { userClose(input: {}) { user { id } } }')).code).toBe('FORBIDDEN');
    expect((await refusal(whole, createKey, { input: { actorId: agent, name: 'k' } })).code).toBe('FORBIDDEN');
    expect((await whole.ask('{ viewer { identityExport } }')).viewer.identityExport).toBeNull();
  });

  test('an operator’s agent is not an operator', async () => {
    const operator = await world.operator();
    const acting = await keyOf(await agentOf(operator), null, operator);
    expect((await acting.ask('{ viewer { id platformRoles } }')).viewer).toEqual({
      id: operator.id,
      platformRoles: [],
    });
    expect((await refusal(acting, '{ accountMails { totalCount } }')).code).toBe('FORBIDDEN');
  });

  test('viewer shows the roles and scopes of a request', async () => {
    const rights = '{ viewer { id platformRoles scopes actor { platformRoles } } }';
    const operator = await world.operator();
    const bob = await world.signUp({ platformRoles: ['OPERATOR', 'AUDITOR'] });
    const agent = await agentOf(bob);
    await operator.ask('mutation ($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }', {
      input: { actorId: agent, roles: ['AUDITOR'] },
    });
    await world.settled();
    const actor = { platformRoles: ['OPERATOR', 'AUDITOR'] };
    const shown = async (client: Client) => (await client.ask(rights)).viewer;
    expect(await shown(bob)).toEqual({ id: bob.id, ...actor, scopes: null, actor });
    const both = { id: bob.id, platformRoles: ['AUDITOR'], actor };
    expect(await shown(await keyOf(agent, null, bob))).toEqual({ ...both, scopes: null });
    const scopes = ['identity.read', 'identity.user.invite'];
    expect(await shown(await keyOf(agent, scopes, bob))).toEqual({ ...both, scopes });
    const acting =
      'mutation ($id: ID!) { sessionActOnBehalf(input: { actorId: $id, reason: "ticket" }) { accessToken } }';
    const { sessionActOnBehalf } = await operator.ask(acting, { id: bob.id });
    expect(await shown(world.bearer(sessionActOnBehalf.accessToken as string))).toEqual({
      ...both,
      platformRoles: ['OPERATOR'],
      scopes: null,
    });
  });

  test('an agent of an organization acts as itself, as an editor there', async () => {
    const agent = await agentOf(ann, museum);
    const acting = await keyOf(agent);
    expect((await acting.ask('{ viewer { id actor { __typename } } }')).viewer).toEqual({
      id: agent,
      actor: { __typename: 'Agent' },
    });
    const id = await created(acting, museum);
    expect(await world.facts({ key: id })).toMatchObject([{ actor: agent, onBehalfOf: null }]);
    const editor = await world.signUp();
    await world.grant(museum, editor, 'EDITOR');
    expect((await refusal(editor, createKey, { input: { actorId: agent, name: 'k' } })).code).toBe('FORBIDDEN');
  });

  test('its keys are visible to those who may create one, and end with it', async () => {
    const bob = await world.signUp();
    const agent = await agentOf(bob);
    const acting = await keyOf(agent, ['assets.read'], bob);
    const keys = 'query ($id: ID!) { actor(id: $id) { ... on Agent { keys { scopes actor { id } } } } }';
    expect((await bob.ask(keys, { id: agent })).actor.keys).toEqual([
      { scopes: ['assets.read'], actor: { id: agent } },
    ]);
    for (const asking of [world.anonymous, ann, acting])
      expect((await asking.ask(keys, { id: agent })).actor.keys).toBeNull();
    await bob.ask('mutation { userClose(input: {}) { user { id } } }');
    expect((await refusal(acting, seen, { id: draft })).code).toBe('UNAUTHENTICATED');
  });
});

describe('an idempotency key returns its outcome only to the same actor in the same role', () => {
  test('not for another organization, not on behalf, not with another key’s scopes', async () => {
    const other = (await ann.ask(found)).organizationCreate.organization.id as string;
    const input = { title: 'Once', kind: 'ART', idempotencyKey: randomUUID() };
    const first = await ann.ask(asset, { input }, { actingFor: museum });
    expect(await ann.ask(asset, { input }, { actingFor: museum })).toEqual(first);
    const conflict = { code: 'CONFLICT', path: 'input.idempotencyKey' };
    expect(await refusal(ann, asset, { input }, { actingFor: other })).toEqual(conflict);
    expect(await refusal(ann, asset, { input })).toEqual(conflict);
    const agent = await keyOf(await agentOf(ann));
    expect(await refusal(agent, asset, { input }, { actingFor: museum })).toEqual(conflict);
    const mine = { ...input, ownerId: museum, idempotencyKey: randomUUID() };
    const [wide, narrow] = [await keyOf(service), await keyOf(service, ['assets.asset.create'])];
    const made = await wide.ask(asset, { input: mine });
    expect(await (await keyOf(service)).ask(asset, { input: mine })).toEqual(made);
    expect(await refusal(narrow, asset, { input: mine })).toEqual(conflict);
  });
});

describe('an intruder in an account keeps no keys of its agents', () => {
  const password = 'another horse battery';
  const ways: [string, (person: Person) => Promise<unknown>][] = [
    [
      'passwordReset',
      async ({ email }) => {
        await world.anonymous.ask(
          'mutation ($email: String!) { passwordResetRequest(input: { email: $email }) { requested } }',
          { email },
        );
        const input = { token: await newestToken(world, email), password };
        const reset = 'mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { accessToken } }';
        return world.anonymous.ask(reset, { input });
      },
    ],
    [
      'emailChangeStop',
      async (person) => {
        const change = 'mutation ($input: EmailChangeInput!) { emailChange(input: $input) { requested } }';
        await person.ask(change, { input: { email: `thief.${person.email}`, password: person.password } });
        const token = tokenIn((await mailsTo(world, person.email)).at(-1));
        const stop = 'mutation ($input: EmailChangeStopInput!) { emailChangeStop(input: $input) { user { id } } }';
        return world.anonymous.ask(stop, { input: { token } });
      },
    ],
    [
      'passwordChange',
      (person) => {
        const change = 'mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { revokedCount } }';
        return person.ask(change, { input: { currentPassword: person.password, password } });
      },
    ],
  ];

  test.each(ways)('%s revokes them at once, and leaves those of organizations', async (_name, take) => {
    const bob = await world.signUp({ organization: 'Gallery' });
    const agents = [await agentOf(bob), await agentOf(bob)];
    const own = await Promise.all(agents.map((agent) => keyOf(agent, null, bob)));
    const ofGallery = await keyOf(await agentOf(bob, bob.organizationId ?? ''), null, bob);
    const ofAnn = await keyOf(await agentOf(ann));
    const all = [...own, ofGallery, ofAnn];
    // From here on the gateway has their rights cached.
    for (const key of all) await key.ask('{ viewer { id } }');
    await take(bob);
    for (const key of own) expect(await refusal(key, '{ viewer { id } }')).toEqual({ code: 'UNAUTHENTICATED' });
    for (const key of [ofGallery, ofAnn]) await key.ask('{ viewer { id } }');
    await world.settled();
    for (const agent of agents) {
      const types = (await world.facts({ key: agent })).map(({ type }) => type);
      expect(types.filter((type) => type === 'identity.actorKey.revoked')).toHaveLength(1);
    }
  });
});
