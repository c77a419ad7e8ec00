import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedPostgres } from '../testkit/shared-postgres.ts';
import { openApart, run, systems, type ApartPlace, type System } from './apart.ts';
import { draft, eventually, found, publish, signUp, Visitor, type Signed } from './place.ts';
import { assetCount, stories } from './stories.ts';

const postgres = sharedPostgres();

let place: ApartPlace;
let ada: Signed;
let organizationId: string;
let assetId: string;

beforeAll(async () => {
  place = await openApart(await postgres.createDatabase());
  ada = await signUp(place, 'Ada');
  organizationId = await found(place, ada, 'Two Hares');
  assetId = await draft(ada.visitor, organizationId, 'Shown');
  await publish(ada.visitor, assetId);
  await eventually(async () => {
    if ((await assetCount(place, organizationId)) !== 1) throw new Error('The asset was not counted.');
  });
}, 240_000);
afterAll(() => place?.[Symbol.asyncDispose]());

const page = `query ($asset: ID!, $organization: ID!) {
  node(id: $asset) { id }
  asset(id: $asset) { title owner { displayName } }
  organization(id: $organization) { displayName }
  assets(first: 1) { totalCount }
  organizations(first: 1) { totalCount }
  auctions(first: 1) { totalCount }
  catalog { systems { name } }
}`;

const some = { totalCount: 1 };
const none = { totalCount: 0 };
const catalog = { systems: expect.any(Array) };

/** The page's answer without an OS, whose own fields are null. */
const without: Record<System, { data: unknown; os: string }> = {
  assets: {
    data: {
      node: null,
      asset: null,
      organization: { displayName: 'Two Hares' },
      assets: null,
      organizations: some,
      auctions: none,
      catalog,
    },
    os: 'assets',
  },
  identity: {
    data: {
      node: { id: expect.any(String) },
      asset: { title: 'Shown', owner: null },
      organization: null,
      assets: some,
      organizations: null,
      auctions: none,
      catalog,
    },
    os: 'identity',
  },
  auction: {
    data: {
      node: { id: expect.any(String) },
      asset: { title: 'Shown', owner: { displayName: 'Two Hares' } },
      organization: { displayName: 'Two Hares' },
      assets: some,
      organizations: some,
      auctions: null,
      catalog,
    },
    os: 'auction',
  },
  hub: {
    data: {
      node: null,
      asset: { title: 'Shown', owner: { displayName: 'Two Hares' } },
      organization: { displayName: 'Two Hares' },
      assets: some,
      organizations: some,
      auctions: none,
      catalog: null,
    },
    os: 'hub',
  },
};

const asked = (visitor: Visitor) => visitor.answer(page, { asset: assetId, organization: organizationId });

test.each(systems)(
  'without %s its own fields are null with its name, the rest is answered, and everything recovers',
  { timeout: 180_000 },
  async (system) => {
    const anybody = new Visitor(place);
    const whole = await asked(anybody);
    expect(whole.errors).toEqual([]);

    await place.stop(system);
    const { data, errors } = await asked(anybody);
    expect(data).toEqual(without[system].data);
    expect(errors.length).toBeGreaterThan(0);
    for (const { extensions } of errors)
      expect(extensions).toMatchObject({ code: 'UNAVAILABLE', os: without[system].os, retryable: true });
    const { status } = await fetch(`${place.url}/health/live`);
    expect(status).toBe(200);
    await eventually(async () => {
      const ready = await fetch(`${place.url}/health/ready`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ waitingFor: [system] });
    });

    await place.start(system);
    await eventually(async () => {
      const again = await asked(anybody);
      expect(again.errors).toEqual([]);
      expect(again.data).toMatchObject({ asset: { owner: { displayName: 'Two Hares' } }, node: { id: assetId } });
      expect((await fetch(`${place.url}/health/ready`)).status).toBe(200);
    });
  },
);

test('facts recorded while identity is down are counted when it is back', { timeout: 180_000 }, async () => {
  const before = await assetCount(place, organizationId);
  const waiting = await Promise.all([1, 2, 3].map((n) => draft(ada.visitor, organizationId, `While away ${n}`)));
  await place.stop('identity');
  // The gateway caches Ada's rights for some seconds, but no other person's.
  const outcomes = await Promise.all(
    waiting.map((id) =>
      ada.visitor.code('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id }),
    ),
  );
  expect(outcomes).toEqual([null, null, null]);
  expect(await new Visitor(place).ask('{ serverTime }')).toEqual({ serverTime: expect.any(String) });
  await place.start('identity');
  await eventually(async () => expect(await assetCount(place, organizationId)).toBe(before + 3));
});

test('a subscription continues without gap or duplicate after its OS was down', { timeout: 180_000 }, async () => {
  const importing = async (n: number): Promise<void> => {
    await eventually(async () => {
      await ada.visitor.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
        input: {
          source: 'away',
          run: 'one',
          ownerId: organizationId,
          lines: [{ line: n, sourceId: `a-${n}`, title: `Away ${n}` }],
        },
      });
    });
  };
  await importing(1);
  const { viewer } = await ada.visitor.ask('{ viewer { assetImports(first: 1) { nodes { liveCursor } } } }');
  await using live = ada.visitor.subscribe(
    'subscription ($after: String) { assetImportProgressed(after: $after) { lastLine } }',
    {
      after: viewer.assetImports.nodes[0].liveCursor,
    },
  );
  await importing(2);
  let first = await live.next();
  // The cursor covers delivered facts. The first batch may have been committed but not yet delivered: it then arrives again.
  if (first['assetImportProgressed']?.['lastLine'] === 1) first = await live.next();
  expect(first).toEqual({ assetImportProgressed: { lastLine: 2 } });
  await place.kill('assets');
  await place.start('assets');
  await importing(3);
  await importing(4);
  expect(await live.next()).toEqual({ assetImportProgressed: { lastLine: 3 } });
  expect(await live.next()).toEqual({ assetImportProgressed: { lastLine: 4 } });
  expect(live.pending()).toEqual([]);
});

test('an OS refuses a database that was not migrated, and one of a newer program', { timeout: 180_000 }, async () => {
  const empty = await postgres.createDatabase();
  const env = {
    DATABASE_URL: empty,
    ROUTER_SECRET: place.routerSecret,
    SECRET_KEY: 'a sealing secret of thirty-two characters',
    PORT: '0',
    NATS_URL: null,
  };
  await expect(run('subgraphs/serve.ts', ['identity'], env)).rejects.toThrow(
    /^Run "npm run migrate" with .* Migrations: \d+ pending \(facts\/001-log, .* and \d+ more\)\.$/m,
  );
  await expect(run('subgraphs/migrate.ts', ['--status'], env)).rejects.toThrow(
    /ended with 1:.*facts\/001-log: pending/s,
  );
  expect(await run('subgraphs/migrate.ts', [], env)).toContain('assets/001-assets: applied\n');
  expect(await run('subgraphs/migrate.ts', [], env)).toBe('All migrations were already applied.\n');
  expect(await run('subgraphs/migrate.ts', ['--status'], env)).toMatch(/^identity\/001-identity: applied \d{4}-/m);
  const { openDatabase } = await import('../../platform/database/database.ts');
  const database = await openDatabase({ url: empty });
  await database.query(`insert into platform.migrations (os, name, checksum) values ('identity', '999-later', 'x')`);
  await database.close();
  await expect(run('subgraphs/serve.ts', ['identity'], env)).rejects.toThrow(
    /Migrations: 1 unknown \(identity\/999-later\)/,
  );
});

test('serve reports missing settings', { timeout: 60_000 }, async () => {
  const env = { DATABASE_URL: place.databaseUrl, ROUTER_SECRET: place.routerSecret, SECRET_KEY: null, PORT: '0' };
  await expect(run('subgraphs/serve.ts', ['identity'], env)).rejects.toThrow(/SECRET_KEY: is needed/);
  await expect(run('subgraphs/serve.ts', ['nobody'], env)).rejects.toThrow(/There is no OS "nobody"/);
  await expect(run('subgraphs/serve.ts', ['hub'], { ...env, DATABASE_URL: null })).rejects.toThrow(
    /DATABASE_URL: is needed/,
  );
});

// Run last, on processes that have all been restarted: they must work as before.
test.each(stories)('$name', { timeout: 60_000 }, async ({ tell }) => tell(place));

test('another router may call an OS with the user’s own token', { timeout: 60_000 }, async () => {
  const ada = await signUp(place, 'Ada');
  const organizationId = await found(place, ada);
  const asked = async (words: Record<string, string>) => {
    const response = await fetch(place.urlOf('assets'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...words },
      body: JSON.stringify({
        query: 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { owner { id } } } }',
        variables: { input: { title: 'By another way', kind: 'ART' } },
      }),
    });
    const body = (await response.json()) as {
      data?: unknown;
      errors?: { extensions: { code: string } }[];
    };
    return {
      status: response.status,
      data: body.data,
      code: body.errors?.[0]?.extensions.code,
    };
  };
  const printed = await run('subgraphs/router-credentials.ts', [], { ROUTER_SECRET: place.routerSecret });
  const router = { 'router-authorization': /^assets (\S+)$/m.exec(printed)?.[1] ?? '' };
  const authorization = `Bearer ${ada.accessToken}`;
  expect(await asked({ ...router, authorization, 'acting-for': organizationId })).toMatchObject({
    status: 200,
    data: { assetCreate: { asset: { owner: { id: organizationId } } } },
  });
  for (const wrong of [place.routerSecret, /^auction (\S+)$/m.exec(printed)?.[1] ?? ''])
    expect(await asked({ 'router-authorization': wrong, authorization })).toMatchObject({ status: 401 });
  expect(await asked({ authorization })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  expect(await asked({ ...router, authorization: `${authorization}x` })).toMatchObject({
    status: 401,
    code: 'UNAUTHENTICATED',
  });
  const bo = await signUp(place);
  const other = { ...router, authorization: `Bearer ${bo.accessToken}`, 'acting-for': organizationId };
  expect(await asked(other)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
});

test('a killed OS leaves no partial writes', { timeout: 120_000 }, async () => {
  const ada = await signUp(place);
  const organizationId = await found(place, ada);
  const importing = Array.from({ length: 20 }, (_, n) =>
    ada.visitor.answer('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
      input: {
        source: 'killed',
        run: `batch ${n}`,
        ownerId: organizationId,
        lines: Array.from({ length: 50 }, (__, m) => ({
          line: m + 1,
          sourceId: `${n}-${m}`,
          title: `Work ${n}-${m}`,
        })),
      },
    }),
  );
  await Promise.race(importing);
  await place.kill('assets');
  const answers = await Promise.all(importing);
  expect(answers.filter(({ errors }) => errors.some(({ extensions }) => extensions.code !== 'UNAVAILABLE'))).toEqual(
    [],
  );
  await place.start('assets');
  await eventually(async () => {
    const { organization, assets } = await new Visitor(place).ask(
      `query ($id: ID!) {
        organization(id: $id) { assetCount }
        assets(filter: { ownerId: { eq: $id } }, first: 1) { totalCount }
      }`,
      { id: organizationId },
    );
    expect(assets.totalCount % 50).toBe(0);
    expect(assets.totalCount).toBeGreaterThanOrEqual(50 * answers.filter(({ errors }) => errors.length === 0).length);
    expect(organization.assetCount).toBe(assets.totalCount);
  });
});
