import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const createService = `mutation ($input: ServiceCreateInput!) {
  serviceCreate(input: $input) { service { id displayName owner { id } } }
}`;
const createKey = `mutation ($input: ActorKeyCreateInput!) {
  actorKeyCreate(input: $input) { key actorKey { id name scopes expiresAt revokedAt createdAt actor { id } } }
}`;
const revokeKey =
  'mutation ($input: ActorKeyRevokeInput!) { actorKeyRevoke(input: $input) { actorKey { id revokedAt } } }';
const createAgent =
  'mutation ($input: AgentCreateInput!) { agentCreate(input: $input) { agent { id displayName owner { id } } } }';
const createAsset =
  'mutation ($ownerId: ID) { assetCreate(input: { title: "A", kind: ART, ownerId: $ownerId }) { asset { id } } }';

let world: World;
let ann: Person;
let museum: string;
let editor: Person;
let stranger: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  await world.operator();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  editor = await world.signUp({ displayName: 'Ed' });
  await world.grant(museum, editor, 'EDITOR');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

async function service(): Promise<string> {
  const { serviceCreate } = await ann.ask(createService, { input: { displayName: 'Loader', organizationId: museum } });
  return serviceCreate.service.id as string;
}

async function keyOf(serviceId: string, more: object = {}): Promise<{ id: string; key: string }> {
  const { actorKeyCreate } = await ann.ask(createKey, { input: { actorId: serviceId, name: 'Nightly', ...more } });
  return { id: actorKeyCreate.actorKey.id, key: actorKeyCreate.key };
}

describe('serviceCreate', () => {
  test('creates a service of an organization', async () => {
    const { serviceCreate } = await ann.ask(createService, {
      input: { displayName: 'Loader', organizationId: museum },
    });
    expect(serviceCreate.service).toMatchObject({ displayName: 'Loader', owner: { id: museum } });
    expect(await world.facts({ key: serviceCreate.service.id })).toMatchObject([
      { type: 'identity.service.created', actor: ann.id, payload: { organizationId: museum } },
    ]);
  });

  test('is for admins of the organization', async () => {
    const input = { displayName: 'Loader', organizationId: museum };
    expect(await refusal(world.anonymous, createService, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(editor, createService, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, createService, { input })).toEqual({ code: 'FORBIDDEN' });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, createService, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.organizationId' });
    expect(await refusal(ann, createService, { input: { ...input, organizationId: ann.id } })).toEqual({
      code: 'INVALID',
      path: 'input.organizationId',
    });
  });

  test('takes four statements', async () => {
    const ask = 'mutation ($input: ServiceCreateInput!) { serviceCreate(input: $input) { service { id } } }';
    const input = { displayName: 'Loader', organizationId: museum };
    expect(await world.statements(() => ann.ask(ask, { input }))).toHaveLength(4);
  });
});

describe('actorKeyCreate', () => {
  test('shows the key once, and it signs in as the service with the rights of an editor', async () => {
    const serviceId = await service();
    const { key } = await keyOf(serviceId);
    expect(key).toMatch(/^esk_[\w-]{43}$/);
    const loader = world.bearer(key);
    expect(await loader.ask('{ viewer { id actor { __typename id } memberships { id } } }')).toEqual({
      viewer: { id: serviceId, actor: { __typename: 'Service', id: serviceId }, memberships: [] },
    });
    const { assetCreate } = await loader.ask(createAsset, { ownerId: museum });
    expect(await world.facts({ key: assetCreate.asset.id })).toMatchObject([{ actor: serviceId, onBehalfOf: null }]);
    expect(await refusal(loader, createService, { input: { displayName: 'X', organizationId: museum } })).toEqual({
      code: 'FORBIDDEN',
    });
    expect(await refusal(loader, createAsset, { ownerId: stranger.organizationId })).toEqual({ code: 'FORBIDDEN' });
  });

  test('scopes limit what a key may do', async () => {
    const serviceId = await service();
    const { key } = await keyOf(serviceId, { scopes: ['assets.asset.create'] });
    const loader = world.bearer(key);
    const { assetCreate } = await loader.ask(createAsset, { ownerId: museum });
    const publish = 'mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }';
    expect(await refusal(loader, publish, { id: assetCreate.asset.id })).toEqual({ code: 'FORBIDDEN' });
    const { key: none } = await keyOf(serviceId, { scopes: [] });
    expect(await refusal(world.bearer(none), createAsset, { ownerId: museum })).toEqual({ code: 'FORBIDDEN' });
  });

  test('expires at the given time', async () => {
    const serviceId = await service();
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { key } = await keyOf(serviceId, { expiresAt });
    await world.bearer(key).ask('{ viewer { id } }');
    const past = await keyOf(serviceId, { expiresAt });
    await world.database.query(
      `update identity.actor_keys set expires_at = now() - interval '1 second' where id = $1`,
      [past.id],
    );
    expect(await refusal(world.bearer(past.key), '{ viewer { id } }')).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('belongs to its universe', async () => {
    const { key } = await keyOf(await service());
    expect((await refusal(world.inUniverse('other').bearer(key), '{ viewer { id } }')).code).toBe('INVALID');
  });

  test('the fact of a key does not contain its text, and callers without the permission are refused', async () => {
    const serviceId = await service();
    const { id, key } = await keyOf(serviceId);
    const facts = await world.facts({ key: serviceId });
    expect(facts.at(-1)).toMatchObject({ type: 'identity.actorKey.created', payload: { actorKeyId: id } });
    expect(JSON.stringify(facts)).not.toContain(key);
    const input = { actorId: serviceId, name: 'X' };
    expect(await refusal(world.anonymous, createKey, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(editor, createKey, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, createKey, { input })).toEqual({ code: 'FORBIDDEN' });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, createKey, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.actorId' });
    const long = { actorId: serviceId, name: 'x'.repeat(81) };
    expect(await refusal(ann, createKey, { input: long })).toEqual({ code: 'INVALID', path: 'input.name' });
  });

  test('at most fifty are valid at a time, and each expires in the future', async () => {
    const serviceId = await service();
    const past = { actorId: serviceId, name: 'X', expiresAt: '2020-01-01T00:00:00.000Z' };
    expect(await refusal(ann, createKey, { input: past })).toEqual({ code: 'INVALID', path: 'input.expiresAt' });
    expect(await refusal(ann, createKey, { input: { actorId: serviceId, name: ' ' } })).toEqual({
      code: 'INVALID',
      path: 'input.name',
    });
    await world.database.query(
      `insert into identity.actor_keys (id, universe_id, created_at, updated_at, actor_id, name, hash)
      select 'sky_full' || n, 'main', now(), now(), $1, 'X', 'full' || n from generate_series(1, 49) n`,
      [serviceId],
    );
    const { actorKeyCreate } = await ann.ask(createKey, { input: { actorId: serviceId, name: 'The fiftieth' } });
    const input = { actorId: serviceId, name: 'One more' };
    expect(await refusal(ann, createKey, { input })).toEqual({ code: 'CONFLICT' });
    await ann.ask(revokeKey, { input: { actorKeyId: actorKeyCreate.actorKey.id } });
    await ann.ask(createKey, { input });
  });

  test('takes four statements', async () => {
    const input = { actorId: await service(), name: 'X' };
    const ask = 'mutation ($input: ActorKeyCreateInput!) { actorKeyCreate(input: $input) { key actorKey { id } } }';
    expect(await world.statements(() => ann.ask(ask, { input }))).toHaveLength(4);
  });
});

describe('Service.keys', () => {
  const keys = 'query ($id: ID!) { actor(id: $id) { ... on Service { keys { id name scopes revokedAt } } } }';

  test('are the valid ones, for those who may create one', async () => {
    const id = await service();
    const [first, second] = [await keyOf(id, { name: 'First' }), await keyOf(id, { name: 'Second' })];
    const revoked = await keyOf(id);
    await ann.ask(revokeKey, { input: { actorKeyId: revoked.id } });
    expect((await ann.ask(keys, { id })).actor.keys).toEqual([
      { id: second.id, name: 'Second', scopes: null, revokedAt: null },
      { id: first.id, name: 'First', scopes: null, revokedAt: null },
    ]);
    for (const asking of [world.anonymous, editor, stranger])
      expect((await asking.ask(keys, { id })).actor.keys).toBeNull();
    expect((await world.inUniverse('other').anonymous.ask(keys, { id })).actor).toBeNull();
  });

  test('take one statement for many services', async () => {
    const many = [await service(), await service(), await service()];
    const ask = `{ ${many.map((id, n) => `s${n}: actor(id: "${id}") { ... on Service { keys { id } } }`).join(' ')} }`;
    expect(await world.statements(() => ann.ask(ask))).toHaveLength(2);
  });
});

describe('actorKeyRevoke', () => {
  test('revokes a key at once; repeating it changes nothing', async () => {
    const serviceId = await service();
    const { id, key } = await keyOf(serviceId);
    await world.bearer(key).ask('{ viewer { id } }');
    const { actorKeyRevoke } = await ann.ask(revokeKey, { input: { actorKeyId: id } });
    expect(actorKeyRevoke.actorKey.revokedAt).not.toBeNull();
    await world.settled();
    expect(await refusal(world.bearer(key), '{ viewer { id } }')).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await ann.ask(revokeKey, { input: { actorKeyId: id } })).toEqual({ actorKeyRevoke });
    const told = (await world.facts({ key: serviceId })).filter(({ type }) => type === 'identity.actorKey.revoked');
    expect(told).toHaveLength(1);
  });

  test('callers who may not revoke a key do not learn that it exists', async () => {
    const { id } = await keyOf(await service());
    const input = { actorKeyId: id };
    const path = 'input.actorKeyId';
    expect(await refusal(world.anonymous, revokeKey, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(editor, revokeKey, { input })).toEqual({ code: 'NOT_FOUND', path });
    expect(await refusal(stranger, revokeKey, { input })).toEqual({ code: 'NOT_FOUND', path });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, revokeKey, { input })).toEqual({ code: 'NOT_FOUND', path });
    expect(await refusal(ann, revokeKey, { input: { actorKeyId: 'sky_1' } })).toEqual({ code: 'INVALID', path });
  });

  test('takes six statements', async () => {
    const { id } = await keyOf(await service());
    expect(await world.statements(() => ann.ask(revokeKey, { input: { actorKeyId: id } }))).toHaveLength(6);
  });
});

describe('agentCreate', () => {
  test('creates an agent of the viewer or of an organization', async () => {
    const own = await ann.ask(createAgent, { input: { displayName: 'Helper' } });
    expect(own.agentCreate.agent).toMatchObject({ displayName: 'Helper', owner: { id: ann.id } });
    const theirs = await editor.ask(createAgent, { input: { displayName: 'Clerk', ownerId: museum } });
    expect(theirs.agentCreate.agent.owner).toEqual({ id: museum });
    expect(await world.facts({ key: theirs.agentCreate.agent.id })).toMatchObject([
      { type: 'identity.agent.created', actor: editor.id, payload: { ownerId: museum } },
    ]);
  });

  test('is refused for other owners', async () => {
    const viewer = await world.signUp();
    await world.grant(museum, viewer, 'VIEWER');
    const input = { displayName: 'X', ownerId: museum };
    expect(await refusal(world.anonymous, createAgent, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, createAgent, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, createAgent, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, createAgent, { input: { displayName: 'X', ownerId: ann.id } })).toEqual({
      code: 'FORBIDDEN',
    });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, createAgent, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.ownerId' });
    expect(await refusal(ann, createAgent, { input: { displayName: '' } })).toEqual({
      code: 'INVALID',
      path: 'input.displayName',
    });
  });

  test('an owner has at most a thousand agents and services', async () => {
    const bob = await world.signUp();
    await world.database.query(
      `insert into identity.actors (id, universe_id, created_at, updated_at, kind, display_name, owner_id)
      select 'agt_full' || n, 'main', now(), now(), 'AGENT', 'Agent', $1 from generate_series(1, 1000) n`,
      [bob.id],
    );
    const ask = 'mutation { agentCreate(input: { displayName: "X" }) { agent { id } } }';
    expect(await refusal(bob, ask)).toEqual({ code: 'CONFLICT' });
  });

  test('takes four statements', async () => {
    const ask = 'mutation { agentCreate(input: { displayName: "X" }) { agent { id } } }';
    expect(await world.statements(() => ann.ask(ask))).toHaveLength(4);
  });
});
