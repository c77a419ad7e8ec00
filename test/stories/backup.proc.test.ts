import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { subgraphs } from '../../subgraphs/index.ts';
import { startProcess, type TestProcess } from '../testkit/processes.ts';
import { migratedDataFolder } from '../testkit/template.ts';
import { removeFolder, throwawayFolder } from '../testkit/throwaway.ts';
import { run } from './apart.ts';
import { signIn } from './embedded.ts';
import { eventually, Visitor, type Place } from './place.ts';

const patience = 90_000;
const folder = throwawayFolder('backup');
afterAll(() => removeFolder(folder));

const embedded = (dataDir: string) => ({ DATA_DIR: dataDir, DATABASE_URL: null });

function start(dataDir: string) {
  // Nothing here needs the auctions that never stop.
  return startProcess('gateway/start.ts', { args: ['--no-bidders'], env: { ...embedded(dataDir), PORT: '0' } });
}

/** A started house from a client's view, and a person of the demo who may import. */
async function enter(child: TestProcess): Promise<{ place: Place; tomasz: Visitor }> {
  const [, url = ''] = await child.line(/^ {2}GraphiQL +(http\S+)\/$/, patience);
  const [, email, password] = await child.line(/^ {2}(tomasz@\S+) +(\S+) +Tomasz/, patience);
  const place = { url, rightsPatience: 1_000 } as Place;
  return { place, tomasz: new Visitor(place, await signIn(place, email, password)) };
}

const importing = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created unchanged } }';

async function takeIn(visitor: Visitor, sourceId: string): Promise<unknown> {
  const { organizations } = await visitor.ask(
    '{ organizations(filter: { displayName: { eq: "Quillhaven Museum" } }) { nodes { id } } }',
  );
  const ownerId = organizations.nodes[0].id as string;
  const input = { source: 'backup', run: 'one', ownerId, lines: [{ line: 1, sourceId, title: `Work ${sourceId}` }] };
  return (await visitor.ask(importing, { input })).assetImport;
}

/** Excludes the works of collectors, which are added while the house already runs. */
const figures =
  '{ assets(filter: { source: { in: ["demonstration", "backup"] } }) { totalCount } organizations(sort: [DISPLAY_NAME_ASC]) { nodes { id displayName assetCount } } }';

test(
  'a restored house equals the backed up one: rows, sign-ins, tokens, cursors',
  { timeout: 5 * patience },
  async () => {
    const before = join(folder, 'before');
    const after = join(folder, 'after');
    const file = join(folder, 'house.gz');
    await migratedDataFolder(before, subgraphs);
    await using first = start(before);
    const { tomasz } = await enter(first);
    const { viewer } = await tomasz.ask('{ viewer { assetImports(first: 1) { nodes { liveCursor } } } }');
    const cursor = viewer.assetImports.nodes[0].liveCursor as string;
    expect(await takeIn(tomasz, 'a')).toEqual({ created: 1, unchanged: 0 });
    await eventually(async () => {
      const { organizations } = await tomasz.ask(figures);
      expect(organizations.nodes[0]).toMatchObject({ displayName: 'Quillhaven Museum', assetCount: 17 });
    });
    const counted = await tomasz.ask(figures);

    await expect(run('subgraphs/backup.ts', [file], embedded(before))).rejects.toThrow(/is in use by process/);
    await first.stop();
    expect(await run('subgraphs/backup.ts', [file], embedded(before))).toMatch(/^\d+ rows are in /);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(run('subgraphs/backup.ts', [file], embedded(before))).rejects.toThrow(/exists; choose another name/);
    await expect(run('subgraphs/restore.ts', [file], embedded(before))).rejects.toThrow(
      /restored into an empty folder/,
    );

    const cut = join(folder, 'cut.gz');
    writeFileSync(cut, readFileSync(file).subarray(0, -200));
    await expect(run('subgraphs/restore.ts', [cut], embedded(after))).rejects.toThrow(
      /not a complete backup|cut off|not JSON/,
    );
    expect(statSync(join(after, 'database'), { throwIfNoEntry: false })).toBeUndefined();

    expect(await run('subgraphs/restore.ts', [file], embedded(after))).toMatch(/^\d+ rows of /);
    await using second = start(after);
    const { place, tomasz: again } = await enter(second);
    expect(await again.ask(figures)).toEqual(counted);
    await using live = again.subscribe(
      'subscription ($after: String) { assetImportProgressed(after: $after) { created sequence } }',
      { after: cursor },
    );
    const { assetImportProgressed: missed } = await live.next();
    expect(missed.created).toBe(1);
    expect(await takeIn(again, 'a')).toEqual({ created: 0, unchanged: 1 });
    expect(await takeIn(again, 'b')).toEqual({ created: 1, unchanged: 0 });
    const events = [(await live.next()).assetImportProgressed, (await live.next()).assetImportProgressed];
    expect(events.map(({ created }) => created)).toEqual([0, 1]);
    expect(BigInt(events[0].sequence)).toBeGreaterThan(BigInt(missed.sequence));
    expect(await new Visitor(place).code('{ serverTime }')).toBeNull();
    await second.stop();
  },
);

test('for a Postgres they name its own tools', { timeout: patience }, async () => {
  const file = join(folder, 'postgres.gz');
  writeFileSync(join(folder, 'some.gz'), '');
  const env = { DATA_DIR: join(folder, 'none'), DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  await expect(run('subgraphs/backup.ts', [file], env)).rejects.toThrow(
    /DATABASE_URL: a Postgres is backed up with pg_dump/,
  );
  await expect(run('subgraphs/restore.ts', [join(folder, 'some.gz')], env)).rejects.toThrow(
    /DATABASE_URL: a Postgres is restored with pg_restore or psql, and then select facts\.restored\(\)/,
  );
  expect(await run('subgraphs/operator.ts', ['--help'], env)).toContain('whose processes may run');
});
