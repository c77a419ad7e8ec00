import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient as createEventClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManifests } from '../../gateway/documents/manifest.ts';
import { openRaw } from './world/raw.ts';
import { auctions } from './world/subgraphs.ts';
import { compose, openWorld, until, type Answer, type World, type WorldOptions } from './world/world.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const listed = 'query Title($id: ID!) { auction(id: $id) { title } }';
const stream = 'subscription Bids { bidPlaced { cursor auction { asset { name } } } }';
const unlisted = '{ auction(id: "auc_1") { id } }';
const id = sha256(listed);
const variables = { id: 'auc_1' };
const answered = { auction: { title: 'Auction auc_1' } };

let folder = '';
let manifest = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  manifest = join(folder, 'persisted.json');
  await writeFile(manifest, JSON.stringify({ [id]: listed, 'bids-1': stream }));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (env: Record<string, string> = {}, options: WorldOptions = {}): Promise<World> =>
  openWorld({ ...options, env: { TRUSTED_MANIFESTS: manifest, ...env } });

async function post(world: World, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return answerOf(response);
}

async function get(world: World, parameters: Record<string, string>): Promise<Answer> {
  return answerOf(await fetch(`${world.url}/graphql?${new URLSearchParams(parameters)}`));
}

async function answerOf(response: Response): Promise<Answer> {
  const { data, errors = [], extensions } = (await response.json()) as Partial<Answer>;
  return { status: response.status, headers: response.headers, data, errors, extensions };
}

const codeOf = ({ status, errors }: Answer): unknown[] => [status, errors[0]?.extensions['code']];

describe('a document is named by its id', () => {
  test.each<[string, object]>([
    ['documentId with the prefix of the draft', { documentId: `sha256:${id}` }],
    ['documentId as in the manifest', { documentId: id }],
    ['the hash of Apollo’s protocol', { extensions: { persistedQuery: { version: 1, sha256Hash: id } } }],
    ['documentId beside its text', { documentId: `sha256:${id}`, query: listed }],
  ])('by %s', async (_, named) => {
    await using world = await open();
    expect(await post(world, { ...named, variables })).toMatchObject({ status: 200, data: answered, errors: [] });
  });

  test.each<[string, Record<string, string>]>([
    ['documentId', { documentId: `sha256:${id}` }],
    ['Apollo’s hash', { extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: id } }) }],
  ])('in the address of a GET by %s', async (_, named) => {
    await using world = await open();
    expect(await get(world, { ...named, variables: JSON.stringify(variables) })).toMatchObject({
      status: 200,
      data: answered,
    });
  });

  test('over a socket and on event streams', async () => {
    await using world = await open();
    const named = { extensions: { persistedQuery: { version: 1, sha256Hash: 'bids-1' } } };
    const over = world.listen('', named);
    await until(() => world.auctions.service.streams === 1);
    world.auctions.bid();
    await until(() => over.events.length === 1);
    over.stop();
    const raw = await openRaw(world);
    raw.say({ id: 'a', type: 'subscribe', payload: { documentId: id, variables } });
    await until(() => raw.messages.some(({ type }) => type === 'complete'));
    expect(raw.messages).toContainEqual({ id: 'a', type: 'next', payload: { data: answered } });
    const events = createEventClient({ url: `${world.url}/graphql`, retryAttempts: 0 });
    const results: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      events.subscribe({ documentId: id, variables } as never, {
        next: (result) => void results.push(result),
        error: () => resolve(),
        complete: () => resolve(),
      });
    });
    await done;
    expect(results).toEqual([{ data: answered }]);
    events.dispose();
  });

  test('and is measured like a text', async () => {
    await using world = await open();
    const large = '{ auctions(first: 5000) { nodes { id } } }';
    const persistedQuery = { version: 1, sha256Hash: sha256(large) };
    const refused = [400, 'LIMIT_EXCEEDED'];
    expect(codeOf(await post(world, { query: large, extensions: { persistedQuery } }))).toEqual(refused);
    expect(codeOf(await post(world, { extensions: { persistedQuery } }))).toEqual(refused);
  });

  test.each<[string, object]>([
    ['a number', { documentId: 7 }],
    ['digits of another length', { documentId: 'sha256:ab' }],
    ['an id and another text', { documentId: `sha256:${id}`, query: unlisted }],
    ['a hash and another text', { extensions: { persistedQuery: { version: 1, sha256Hash: id } }, query: unlisted }],
    ['another version', { extensions: { persistedQuery: { version: 2, sha256Hash: id } } }],
    ['no hash', { extensions: { persistedQuery: { version: 1 } } }],
  ])('but %s is BAD_QUERY', async (_, body) => {
    await using world = await open();
    expect(codeOf(await post(world, body))).toEqual([400, 'BAD_QUERY']);
  });
});

describe('automatic persisted queries', () => {
  const persistedQuery = { version: 1, sha256Hash: sha256(unlisted) };

  test('ask for the text once, and then run by the hash, on every transport', async () => {
    await using world = await openWorld();
    const first = await post(world, { extensions: { persistedQuery } });
    expect([...codeOf(first), first.errors[0]?.message]).toEqual([
      200,
      'PERSISTED_QUERY_NOT_FOUND',
      'PersistedQueryNotFound',
    ]);
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(await post(world, { query: unlisted, extensions: { persistedQuery } })).toMatchObject({ errors: [] });
    const data = { auction: { id: 'auc_1' } };
    expect(await post(world, { extensions: { persistedQuery } })).toMatchObject({ data, errors: [] });
    expect(await get(world, { extensions: JSON.stringify({ persistedQuery }) })).toMatchObject({ data, errors: [] });
    expect(await get(world, { documentId: `sha256:${sha256(unlisted)}` })).toMatchObject({ data });
    const over = world.listen('', { extensions: { persistedQuery } });
    await until(() => over.events.length === 1);
    expect(over.events).toEqual([data]);
  });

  test('are refused where they are switched off', async () => {
    await using world = await openWorld({ env: { PERSISTED_QUERIES: 'off' } });
    expect(await post(world, { query: unlisted, extensions: { persistedQuery } })).toMatchObject({ errors: [] });
    const answer = await post(world, { extensions: { persistedQuery } });
    expect(answer.errors[0]).toMatchObject({
      message: 'PersistedQueryNotSupported',
      extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
    });
  });

  test('keep as many documents as fit, the last used ones', async () => {
    await using world = await openWorld();
    const named = (n: number): string => `query Q${n} { __typename } #${'x'.repeat(200_000)}`;
    const idOf = (n: number) => ({ persistedQuery: { version: 1, sha256Hash: sha256(named(n)) } });
    for (let n = 0; n < 45; n += 1) await post(world, { query: named(n), extensions: idOf(n) });
    expect(codeOf(await post(world, { extensions: idOf(0) }))).toEqual([200, 'PERSISTED_QUERY_NOT_FOUND']);
    expect(await post(world, { extensions: idOf(44) })).toMatchObject({ data: { __typename: 'Query' } });
  });
});

describe('with TRUSTED_DOCUMENTS=enforce', () => {
  const enforce = { TRUSTED_DOCUMENTS: 'enforce' };
  const persistedQuery = { version: 1, sha256Hash: sha256(unlisted) };

  test('listed documents run by id, by text, and by text that is indented in another way', async () => {
    await using world = await open(enforce);
    const indented = `# Shows a title.\nquery Title(\n  $id: ID!,\n) {\n  auction(id: $id) {\n    title\n  }\n}\n`;
    for (const named of [{ documentId: id }, { query: listed }, { query: indented }])
      expect(await post(world, { ...named, variables })).toMatchObject({ status: 200, data: answered });
  });

  test.each<[string, object]>([
    ['a text', { query: unlisted }],
    ['a text with its hash', { query: unlisted, extensions: { persistedQuery } }],
    ['a hash alone', { extensions: { persistedQuery } }],
    ['an id', { documentId: 'other' }],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
    ['no document at all', { query: 'some text' }],
  ])('%s of no manifest is refused', async (_, body) => {
    await using world = await open(enforce);
    expect(codeOf(await post(world, body))).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
    expect(world.auctions.service.executed).toBe(0);
  });

  test('so is one by GET, over a socket, on event streams and in multipart', async () => {
    await using world = await open(enforce);
    expect(codeOf(await get(world, { query: unlisted }))).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
    for (const query of [unlisted, 'subscription { bidPlaced { cursor } }']) {
      const over = world.listen(query);
      await until(() => over.errors.length === 1);
      expect(over.errors[0]?.extensions['code']).toBe('DOCUMENT_NOT_TRUSTED');
    }
    const body = { query: 'subscription { bidPlaced { cursor } }' };
    for (const accept of ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'])
      expect(codeOf(await post(world, body, { accept }))).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
    const token = await (await fetch(`${world.url}/graphql`, { method: 'PUT' })).text();
    const reserved = fetch(`${world.url}/graphql?token=${token}`, { headers: { accept: 'text/event-stream' } });
    const on = await post(
      world,
      { ...body, extensions: { operationId: 'a' } },
      { 'x-graphql-event-stream-token': token },
    );
    expect(codeOf(on)).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
    await (await reserved).body?.cancel();
    expect([world.auctions.service.executed, world.auctions.service.streamsEver]).toEqual([0, 0]);
  });

  test('operators may explore', async () => {
    await using world = await open(enforce);
    world.identity.people.set('usr_op', { platformRoles: ['OPERATOR'] });
    world.identity.people.set('usr_au', { platformRoles: ['AUDITOR'] });
    const as = async (actor: string) => ({ authorization: `Bearer ${await world.identity.token(actor)}` });
    expect(await post(world, { query: unlisted }, await as('usr_op'))).toMatchObject({
      data: { auction: { id: 'auc_1' } },
    });
    expect(codeOf(await post(world, { query: unlisted }, await as('usr_au')))).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
  });

  test('a manifest that is read again decides at once', async () => {
    await using world = await open(enforce);
    const other = join(folder, 'other.json');
    await writeFile(other, JSON.stringify({ other: unlisted }));
    world.gateway.trust(await readManifests([other]));
    expect(await post(world, { documentId: 'other' })).toMatchObject({ data: { auction: { id: 'auc_1' } } });
    expect(codeOf(await post(world, { query: listed, variables }))).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
  });
});

test('with TRUSTED_DOCUMENTS=log other documents run and are logged once, with hash and client, and not without bound', async () => {
  await using world = await open({ TRUSTED_DOCUMENTS: 'log' });
  const lines = () => world.log.filter(({ msg }) => msg === 'no manifest lists this document');
  const shop = { 'apollographql-client-name': 'shop', 'apollographql-client-version': '1.2' };
  for (const headers of [shop, shop, { 'user-agent': 'curl/8' }])
    expect(await post(world, { query: unlisted }, headers)).toMatchObject({ data: { auction: { id: 'auc_1' } } });
  await post(world, { query: listed, variables }, shop);
  const hash = sha256(unlisted);
  expect(lines()).toMatchObject([
    { document: hash, client: 'shop 1.2', actor: null, outcome: 'ran' },
    { document: hash, client: 'curl/8', actor: null, outcome: 'ran' },
  ]);
  const over = world.listen(unlisted);
  await until(() => over.events.length === 1);
  for (let n = 0; n < 150; n += 1) await post(world, { query: `query Q${n} { __typename }` });
  expect(lines().length).toBeGreaterThan(50);
  expect(lines().length).toBeLessThan(140);
});

describe('trusted documents are planned ahead', () => {
  const warmed = (world: World) => world.log.filter(({ msg }) => msg === 'trusted documents are planned');
  const planning = async (world: World): Promise<unknown> => {
    const answer = await post(world, { documentId: id, variables, extensions: { explain: true } });
    return (answer.extensions?.['timing'] as { planning: number } | undefined)?.planning;
  };

  test('at the start, and after a swap for the new supergraph', async () => {
    await using world = await open();
    await until(() => warmed(world).length === 1);
    expect(warmed(world)[0]).toMatchObject({ documents: 2, planned: 2 });
    expect(await planning(world)).toBe(0);
    expect([world.auctions.service.executed, world.auctions.service.streamsEver]).toEqual([1, 0]);
    await world.gateway.swap(compose([world.identity.service, auctions('grown: String').service, world.assets]));
    await until(() => warmed(world).length === 2);
    expect(await planning(world)).toBe(0);
  });

  test('and those that do not fit the supergraph are logged', async () => {
    const other = join(folder, 'unfit.json');
    await writeFile(other, JSON.stringify({ a: '{ nothing }', b: '{ __typename }' }));
    await using world = await openWorld({ env: { TRUSTED_MANIFESTS: other } });
    const unfit = () => world.log.find(({ msg }) => msg === 'trusted documents are not valid in this supergraph');
    await until(() => unfit() !== undefined);
    expect(unfit()).toMatchObject({ unfit: 1, first: [{ document: sha256('{ nothing }') }] });
  });
});

describe('manifests', () => {
  const read = async (value: unknown): Promise<Awaited<ReturnType<typeof readManifests>>> => {
    const path = join(folder, 'read.json');
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
    return readManifests([path]);
  };
  const apollo = { format: 'apollo-persisted-query-manifest', version: 1 };

  test('may have Apollo’s form', async () => {
    const { byId, texts } = await read({
      ...apollo,
      operations: [{ id: 'a', name: 'Title', type: 'query', body: listed }],
    });
    expect([byId.get('a'), byId.get(id), texts]).toEqual([listed, listed, [listed]]);
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /is not valid JSON/],
    ['a list', [], /is no manifest/],
    ['a text for a document', { a: 'query {' }, /has as "a" no GraphQL document/],
    ['a number for a document', { a: 1 }, /is no manifest/],
    ['another version', { ...apollo, version: 2, operations: [] }, /is no manifest/],
    ['an operation without an id', { ...apollo, operations: [{ body: listed }] }, /is no manifest/],
    ['the hash of one document as the id of another', { [id]: unlisted, b: listed }, /has another document as/],
  ])('%s is refused with the name of the file', async (_, value, message) => {
    await expect(read(value)).rejects.toThrow(message);
    await expect(read(value)).rejects.toThrow(/^TRUSTED_MANIFESTS: .*read\.json /);
  });

  test('a missing file is refused', async () => {
    await expect(readManifests([join(folder, 'nowhere.json')])).rejects.toThrow(/nowhere\.json cannot be read/);
  });
});
