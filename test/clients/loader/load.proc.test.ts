import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as assetOperations from '../../../clients/loader/auctions/assets.ts';
import * as sellerOperations from '../../../clients/loader/auctions/seller.ts';
import * as bidderOperations from '../../../clients/loader/auctions/bidders.ts';
import * as lotOperations from '../../../clients/loader/auctions/lot.ts';
import * as clientOperations from '../../../clients/loader/graph/client.ts';
import * as delegationOperations from '../../../clients/loader/graph/delegation.ts';
import * as ownerOperations from '../../../clients/loader/owner.ts';
import * as categoryOperations from '../../../clients/loader/works/categories.ts';
import * as importOperations from '../../../clients/loader/works/import.ts';
import { startProcess, type TestProcess } from '../../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { jsonOf, startLoader, type ImportJson } from './programs.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const catalogue = join(root, 'test/fixtures/works.ndjson');
const folder = throwawayFolder('loader');
let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

interface Run {
  code: number | null;
  summary: ImportJson;
  child: TestProcess;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function start(person: Pick<Person, 'email' | 'password'>, path: string, ...flags: string[]): TestProcess {
  const password = file(`${person.email}.password`, `${person.password}\n`);
  const args = ['works', path, '--url', `${world.url}/graphql`, '--email', person.email, '--password-file', password];
  return startLoader([...args, ...flags]);
}

async function load(person: Pick<Person, 'email' | 'password'>, path: string, ...flags: string[]): Promise<Run> {
  const child = start(person, path, ...flags);
  const { code } = await child.ended(60_000);
  return { code, child, summary: jsonOf<ImportJson>(child) };
}

const figures = ({ lines, created, updated, unchanged, rejected, finished }: ImportJson): unknown => ({
  lines,
  created,
  updated,
  unchanged,
  rejected,
  finished,
});

async function assetsOf(person: Person, ownerId: string): Promise<Record<string, unknown>[]> {
  const { assets } = await person.ask(
    `query ($owner: ID!) { assets(filter: { ownerId: { eq: $owner } }, first: 100) {
      totalCount nodes { id sourceId title status creators createdEarliest details owner { displayName } } } }`,
    { owner: ownerId },
  );
  return assets.nodes as Record<string, unknown>[];
}

async function ownOrganization(person: Person): Promise<{ id: string; displayName: string }> {
  const { viewer } = await person.ask('{ viewer { memberships { role organization { id displayName } } } }');
  expect(viewer.memberships).toHaveLength(1);
  return viewer.memberships[0].organization as { id: string; displayName: string };
}

test('a catalogue is imported for a new organization, batch by batch and followed live; a repetition changes nothing', async () => {
  const ann = await world.signUp();
  const first = await load(ann, catalogue, '--batch', '25');
  expect(first.code).toBe(0);
  expect(figures(first.summary)).toEqual({
    lines: 60,
    created: 60,
    updated: 0,
    unchanged: 0,
    rejected: 0,
    finished: true,
  });
  const { id, displayName } = await ownOrganization(ann);
  expect(displayName).toBe('Carnegie Museum of Art');
  const assets = await assetsOf(ann, id);
  expect(assets).toHaveLength(60);
  expect(assets.find(({ title }) => title === 'Burial Amulet in the Shape of a Heron')).toMatchObject({
    status: 'PUBLISHED',
    creators: [],
    createdEarliest: null,
    details: { createdEarliest: '-0664-01-08' },
    owner: { displayName: 'Carnegie Museum of Art' },
  });
  expect(assets.some(({ title }) => title === 'Two   Herons (Recto);  Untitled  (Verso)')).toBe(true);
  const progress = await world.facts({ types: ['assets.import.progressed'], key: first.summary.importId });
  expect(progress.map(({ payload }) => [payload['lastLine'], payload['created'], payload['total']])).toEqual([
    [25, 25, 60],
    [50, 25, 60],
    [60, 10, 60],
  ]);

  await using live = await ann.subscribe('subscription { assetImportProgressed { lastLine unchanged import { id } } }');
  const second = await load(ann, catalogue, '--batch', '40');
  expect(figures(second.summary)).toEqual({
    lines: 60,
    created: 0,
    updated: 0,
    unchanged: 60,
    rejected: 0,
    finished: true,
  });
  expect(second.summary.importId).toBe(first.summary.importId);
  expect(await assetsOf(ann, id)).toEqual(assets);
  const event = (lastLine: number, unchanged: number): unknown => ({
    assetImportProgressed: { lastLine, unchanged, import: { id: first.summary.importId } },
  });
  expect([await live.next(), await live.next()]).toEqual([event(40, 40), event(60, 20)]);
}, 90_000);

test('invalid lines are reported by number and the others are imported', async () => {
  const bob = await world.signUp();
  const lines = readFileSync(catalogue, 'utf8').trimEnd().split('\n');
  const change = (number: number, changes: Record<string, unknown>): void => {
    lines[number - 1] = JSON.stringify({ ...(JSON.parse(lines[number - 1] ?? '') as object), ...changes });
  };
  lines[2] = '{"title": "cut off';
  lines[6] = 'null';
  change(11, { title: undefined });
  change(15, { title: '  ' });
  change(19, { id: undefined });
  change(23, { date_acquired: 'soon' });
  change(27, { title: 42 });
  change(31, { web_url: 'not an address' });
  lines[34] = lines[33] ?? '';
  change(59, { medium: 'oil \u0000 on canvas' });
  const path = file('broken.ndjson', `${lines.join('\r\n')}\r\n`);

  const { code, summary, child } = await load(bob, path, '--batch', '30');
  expect(summary.faults.map(({ line, field, code: fault }) => [line, field, fault])).toEqual([
    [3, null, 'invalid_json'],
    [7, null, 'invalid_type'],
    [11, 'title', 'invalid_type'],
    [15, 'title', 'invalid_type'],
    [19, 'sourceId', 'invalid_type'],
    [23, 'acquiredOn', 'invalid_format'],
    [27, 'title', 'invalid_type'],
    [31, 'sourceUrl', 'invalid_format'],
    [35, 'sourceId', 'duplicate_line'],
    [59, 'materials', 'invalid_format'],
  ]);
  expect(figures(summary)).toEqual({ lines: 60, created: 50, updated: 0, unchanged: 0, rejected: 10, finished: true });
  expect(code).toBe(1);
  expect(child.stderr).toContain(
    'line 35, sourceId: The id cmoa:things/00000000-0000-4000-8000-000000000034 is already in line 34',
  );
  const { viewer } = await bob.ask('{ viewer { assetImports { nodes { id created rejected lastLine total } } } }');
  expect(viewer.assetImports.nodes).toEqual([
    { id: summary.importId, created: 50, rejected: 10, lastLine: 60, total: 60 },
  ]);
  expect((await load(bob, path, '--lenient')).code).toBe(0);

  // After a correction only the ten lines are new.
  expect(figures((await load(bob, catalogue)).summary)).toEqual({
    lines: 60,
    created: 10,
    updated: 0,
    unchanged: 50,
    rejected: 0,
    finished: true,
  });
}, 90_000);

test('a killed loader is restarted without creating duplicates', async () => {
  const cem = await world.signUp({ organization: 'The Archive' });
  const killed = start(cem, catalogue, '--batch', '1', '--owner', 'The Archive');
  await killed.line(/^[1-9]\d* of 60 lines/, 60_000);
  expect((await killed.kill()).signal).toBe('SIGKILL');
  const inside = (await assetsOf(cem, cem.organizationId ?? '')).length;
  expect(inside).toBeGreaterThan(0);
  expect(inside).toBeLessThan(60);

  const again = await load(cem, catalogue, '--owner', cem.organizationId ?? '');
  expect(again.summary.created + again.summary.unchanged).toBe(60);
  expect(again.summary.created).toBeGreaterThanOrEqual(60 - inside - 1);
  const sourceIds = (await assetsOf(cem, cem.organizationId ?? '')).map(({ sourceId }) => sourceId);
  expect(sourceIds).toHaveLength(60);
  expect(new Set(sourceIds).size).toBe(60);
  const told = await world.facts({ types: ['assets.asset.imported'] });
  expect(told.filter(({ payload }) => payload['ownerId'] === cem.organizationId)).toHaveLength(60);
}, 120_000);

test('a service key imports for its own organization', async () => {
  const dora = await world.signUp({ organization: 'The Depot' });
  const { serviceCreate } = await dora.ask(
    'mutation ($input: ServiceCreateInput!) { serviceCreate(input: $input) { service { id } } }',
    { input: { organizationId: dora.organizationId, displayName: 'Loader' } },
  );
  const { actorKeyCreate } = await dora.ask(
    'mutation ($input: ActorKeyCreateInput!) { actorKeyCreate(input: $input) { key } }',
    { input: { actorId: serviceCreate.service.id, name: 'loader' } },
  );
  const key = file('service.key', actorKeyCreate.key as string);
  const args = ['works', catalogue, '--url', `${world.url}/graphql`, '--key-file', key];
  const child = startProcess(join(root, 'clients/loader/load.ts'), { args, cwd: root });
  expect(await child.ended(60_000)).toEqual({ code: 0, signal: null });
  expect(child.stdout).toMatch(/60 lines of .* go to The Depot \(org_/);
  expect(child.stdout).toMatch(/created +60\n/);
  expect(await assetsOf(dora, dora.organizationId ?? '')).toHaveLength(60);
}, 90_000);

test('errors of use are reported in one sentence, with exit code 1', async () => {
  const eve = await world.signUp();
  const stranger = await world.signUp({ organization: 'Not Eve’s' });
  const refused = await load(eve, catalogue, '--owner', stranger.organizationId ?? '');
  expect(refused.code).toBe(1);
  expect(refused.summary).toMatchObject({
    finished: false,
    created: 0,
    error: expect.stringContaining('FORBIDDEN, request') as string,
  });
  const wrong = await load({ email: eve.email, password: 'wrong' }, catalogue);
  expect(wrong).toMatchObject({ code: 1, summary: { error: expect.stringContaining('UNAUTHENTICATED') as string } });
  const unnamed = await load(eve, catalogue, '--owner', 'Nobody’s');
  expect(unnamed.summary.error).toContain('There is no organization called "Nobody’s"');
  expect((await load(eve, join(folder, 'none.ndjson'))).summary.error).toMatch(/There is no file .*none\.ndjson/);
}, 90_000);

test('every operation of the loader is valid in the graph', () => {
  const schema = buildSchema(readFileSync(join(root, 'schema/api.graphql'), 'utf8'));
  const modules: object[] = [
    sellerOperations,
    assetOperations,
    lotOperations,
    bidderOperations,
    clientOperations,
    delegationOperations,
  ];
  const operations = [...modules, ownerOperations, importOperations, categoryOperations]
    .flatMap((module) => Object.values(module))
    .filter((value): value is string => typeof value === 'string');
  expect(operations).toHaveLength(21);
  for (const operation of operations) expect(validate(schema, parse(operation)), operation).toEqual([]);
});
