import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { subgraphs } from '../../subgraphs/index.ts';
import { startProcess, type TestProcess } from '../testkit/processes.ts';
import { migratedDataFolder } from '../testkit/template.ts';
import { throwawayFolder } from '../testkit/throwaway.ts';

/** Milliseconds. A first start creates a database cluster, which takes seconds without a prepared one. */
const patience = 90_000;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function dataDir(): string {
  const folder = throwawayFolder('start');
  folders.push(folder);
  return join(folder, 'data');
}

function start(dataDir: string, args: string[] = [], env: Record<string, string> = {}) {
  return startProcess('gateway/start.ts', { args, env: { DATA_DIR: dataDir, PORT: '0', DATABASE_URL: '', ...env } });
}

/** Waits until the start has printed everything; returns the gateway's address. */
async function ready(child: TestProcess): Promise<string> {
  const [, url = ''] = await child.line(/^ {2}GraphiQL +(http\S+)\/$/, patience);
  await child.line(/^ {2}Health +http/, patience);
  return url;
}

async function ask(url: string, query: string, variables: object = {}, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, never>; errors?: unknown };
  expect(errors).toBeUndefined();
  return data as Record<string, { [name: string]: never } & Record<string, unknown>>;
}

async function signIn(url: string, email: string, password: string): Promise<string> {
  const data = await ask(
    url,
    'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }',
    { input: { email, password } },
  );
  return data['sessionSignIn']?.['accessToken'] as unknown as string;
}

/** The demo world without the works of collectors, which are added while the house already runs. */
const world = `{
  assets(first: 1, filter: { source: { eq: "demonstration" } }) { totalCount }
  organizations(sort: [DISPLAY_NAME_ASC]) { nodes { displayName assetCount } }
}`;

test(
  'a first start prints its addresses, GraphiQL first, demo sign-ins and an operator; its data survive',
  { timeout: 3 * patience },
  async () => {
    const folder = dataDir();
    const operatorFile = join(folder, 'operator.json');
    await using first = start(folder);
    const url = await ready(first);
    const [, password = ''] = await first.line(/operator@ensemble\.localhost +(\S{20,})$/, patience);
    const said = first.stdout.split('\n').filter((line) => !line.startsWith('{'));
    expect(said.findIndex((line) => line.includes('GraphiQL'))).toBeLessThan(
      said.findIndex((line) => line.includes('/graphql')),
    );
    expect(first.stdout).toContain(`${url.replace('http', 'ws')}/graphql`);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);

    expect(statSync(operatorFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'demo.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(operatorFile, 'utf8'))).toMatchObject({
      email: 'operator@ensemble.localhost',
      password,
    });
    const operator = await signIn(url, 'operator@ensemble.localhost', password);
    const { viewer } = await ask(url, '{ viewer { platformRoles } }', {}, operator);
    expect(viewer).toEqual({ platformRoles: ['OPERATOR'] });

    const [, email = '', demoPassword = ''] = await first.line(/^ {2}(ines@\S+) +(\S+) +Ines/, patience);
    const ines = await signIn(url, email, demoPassword);
    const shown = await ask(url, world);
    const own = await ask(
      url,
      '{ assetAggregate(groupBy: [STATUS], filter: { source: { eq: "demonstration" } }) { rows { count status } } }',
      {},
      operator,
    );
    expect(shown['assets']).toEqual({ totalCount: 28 });
    expect(shown['organizations']).toEqual({
      nodes: [
        { displayName: 'Quillhaven Museum', assetCount: 16 },
        { displayName: 'Saltmarsh Records', assetCount: 12 },
      ],
    });
    const rows = own['assetAggregate']?.['rows'] as unknown as { count: number; status: string }[];
    expect(Object.fromEntries(rows.map(({ status, count }) => [status, count]))).toEqual({
      PUBLISHED: 28,
      DRAFT: 1,
      ARCHIVED: 1,
    });
    const { organizationCreate } = await ask(
      url,
      'mutation { organizationCreate(input: { displayName: "Third House" }) { organization { id } } }',
      {},
      ines,
    );
    const founded = (organizationCreate as unknown as { organization: { id: string } }).organization.id;

    // A second process on the same folder refuses, with the reason.
    await using second = start(folder);
    expect((await second.ended(patience)).code).toBe(1);
    expect(second.stderr).toMatch(/is in use by process \d+/);
    expect(second.stderr).not.toContain('    at ');

    expect(await first.stop()).toEqual({ code: 0, signal: null });
    expect(first.stdout).toContain('drained');

    await using again = start(folder);
    const newUrl = await ready(again);
    await again.line('operator@ensemble.localhost', patience);
    expect(again.output).not.toContain(password);
    expect(again.stdout).toContain(demoPassword);
    const kept = await ask(
      newUrl,
      `query ($id: ID!) {
        organization(id: $id) { displayName }
        assets(first: 1, filter: { source: { eq: "demonstration" } }) { totalCount }
      }`,
      { id: founded },
      ines,
    );
    // A session from before the restart is still valid, and sees the museum's draft too.
    expect(kept).toEqual({ organization: { displayName: 'Third House' }, assets: { totalCount: 29 } });
    expect(await again.stop()).toEqual({ code: 0, signal: null });
  },
);

test(
  'a first start that is killed at any moment is completed by the next one, without duplicates',
  { timeout: 6 * patience },
  async () => {
    const folder = dataDir();
    // It is killed while it creates its world, after the migrations.
    await migratedDataFolder(folder, subgraphs);
    // The second round interrupts the continuation of the first.
    for (const delay of [0, 250]) {
      await using child = start(folder, [], { LOG_LEVEL: 'silent' });
      await worldBegun(child, folder);
      await sleep(delay);
      await child.kill();
    }
    await using child = start(folder);
    const url = await ready(child);
    const shown = await ask(url, world);
    expect(shown['assets']).toEqual({ totalCount: 28 });
    expect(shown['organizations']).toEqual({
      nodes: [
        { displayName: 'Quillhaven Museum', assetCount: 16 },
        { displayName: 'Saltmarsh Records', assetCount: 12 },
      ],
    });
    const { password, id } = JSON.parse(readFileSync(join(folder, 'operator.json'), 'utf8')) as {
      password: string;
      id: string;
    };
    expect(id).toMatch(/^usr_/);
    const token = await signIn(url, 'operator@ensemble.localhost', password);
    const { viewer } = await ask(url, '{ viewer { platformRoles memberships { role } } }', {}, token);
    expect(viewer).toEqual({ platformRoles: ['OPERATOR'], memberships: [] });
    await child.stop();
  },
);

/** Waits until a start has recorded what it is going to create. */
async function worldBegun(child: TestProcess, folder: string): Promise<void> {
  const end = Date.now() + patience;
  while (!existsSync(join(folder, 'demo.json'))) {
    if (Date.now() > end) throw new Error(`There was no world to interrupt:\n${child.output}`);
    await sleep(2);
  }
}

test(
  '--no-demo creates only an operator; the folder is free after a process is killed or fails to get its port',
  { timeout: 4 * patience },
  async () => {
    const folder = dataDir();
    await migratedDataFolder(folder, subgraphs);
    await using child = start(folder, ['--no-demo']);
    const url = await ready(child);
    const empty = '{ assets(first: 1) { totalCount } organizations(first: 1) { totalCount } }';
    expect(await ask(url, empty)).toEqual({ assets: { totalCount: 0 }, organizations: { totalCount: 0 } });
    expect(child.stdout).not.toContain('Demo');
    const [, first = ''] = await child.line(/operator@ensemble\.localhost +(\S{20,})$/, patience);
    const founder = await signIn(url, 'operator@ensemble.localhost', first);
    const founding = 'mutation { organizationCreate(input: { displayName: "Founded" }) { organization { id } } }';
    await ask(url, founding, {}, founder);
    await child.kill();

    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    await using portless = start(folder, ['--no-demo'], { PORT: String(port) });
    expect((await portless.ended(patience)).code).toBe(1);
    expect(portless.stderr.trim().split('\n').at(-1)).toBe(
      `PORT: ${port} is in use by another program; choose another one`,
    );
    await new Promise((resolve) => taken.close(resolve));
    expect(statSync(join(folder, 'database', 'lock'), { throwIfNoEntry: false })).toBeUndefined();

    const create = (email: string) =>
      startProcess('subgraphs/operator.ts', {
        args: ['create', '--email', email, '--name', 'Kim'],
        env: { DATA_DIR: folder, DATABASE_URL: '' },
      });
    await using created = create('Kim@Example.org');
    expect((await created.ended(patience)).code).toBe(0);
    const [, password = ''] = await created.line(/^Password, shown only once: (\S+)$/);
    await using again = create('kim@example.org');
    expect((await again.ended(patience)).code).toBe(1);
    expect(again.stderr).toMatch(/^--email: an account with kim@example\.org already exists/);

    await using restarted = start(folder);
    const newUrl = await ready(restarted);
    const token = await signIn(newUrl, 'kim@example.org', password);
    const { viewer } = await ask(newUrl, '{ viewer { displayName platformRoles } }', {}, token);
    expect(viewer).toEqual({ displayName: 'Kim', platformRoles: ['OPERATOR'] });
    // Changes from before the kill are kept, and a world that is not empty gets no demo.
    expect(await ask(newUrl, empty)).toEqual({ assets: { totalCount: 0 }, organizations: { totalCount: 1 } });
  },
);

test.each([
  ['asset', ['identity', 'asset', 'auction', 'hub'], 'names "asset", and the supergraph has only assets, auction,'],
  ['no hub', ['identity', 'assets', 'auction'], 'must also name "hub", which the supergraph has; with --apart'],
])('a gateway alone whose SUBGRAPH_URLS has %s does not start', async (_what, names, message) => {
  const subgraphUrls = names.map((name) => `${name}=http://127.0.0.1:1/graphql`).join(',');
  await using child = start(dataDir(), ['--apart'], {
    SUBGRAPH_URLS: subgraphUrls,
    ROUTER_SECRET: 'r'.repeat(32),
  });
  expect((await child.ended(patience)).code).toBe(1);
  expect(child.stderr).toContain(`SUBGRAPH_URLS: ${message}`);
  expect(child.stderr.trim().split('\n')).toHaveLength(1);
});

test('an invalid configuration is reported with the variable’s name in one line', async () => {
  await using child = start(dataDir(), [], { PORT: 'http' });
  expect((await child.ended(patience)).code).toBe(1);
  expect(child.stderr).toMatch(/^PORT: .*\n$/);
});
