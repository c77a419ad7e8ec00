import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { openEmbedded } from '../../../platform/database/embedded/embedded.ts';
import { startProcess } from '../../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';

const program = fileURLToPath(new URL('fixtures/write.ts', import.meta.url));
const parent = throwawayFolder('embedded');
afterAll(() => removeFolder(parent));

test('a process killed while writing loses no commit, and its folder can be opened again', async () => {
  const dataDir = join(parent, 'killed');
  let committed = 0;
  let output = '';
  for (const atLeast of [20, 60]) {
    const child = startProcess(program, { args: [dataDir] });
    await child.line(`committed ${atLeast}`, 60_000);
    await expect(openEmbedded({ dataDir, report: () => undefined })).rejects.toMatchObject({
      name: 'DataFolderLocked',
      pid: child.pid,
      message: expect.stringContaining(`process ${child.pid}`) as string,
    });
    await child.kill();
    output = child.stdout;
    committed = Math.max(...[...child.stdout.matchAll(/committed (\d+)\n/g)].map(([, n]) => Number(n)));
  }

  expect(output).toMatch(/report: Took over the lock .* that process has ended/);
  const reports: string[] = [];
  const database = await openEmbedded({ dataDir, report: (message) => reports.push(message) });
  expect(reports.join()).toMatch(/Took over the lock of .*killed from process \d+ .*: that process has ended/);
  const [row] = await database.query<{ n: number; whole: boolean }>(
    'select max(n) as n, count(*) = max(n) and min(length(filler)) = 3000 as whole from written',
  );
  expect(row?.whole).toBe(true);
  expect(row?.n).toBeGreaterThanOrEqual(committed);
  await database.close();
  expect(readdirSync(dataDir).toSorted()).toEqual(['cluster.json', 'postgres']);
}, 180_000);

test('a process cannot open a folder twice, but can after closing it', async () => {
  const dataDir = join(parent, 'twice');
  const first = await openEmbedded({ dataDir, report: () => undefined });
  await first.query('create table t as select 1 as n');
  const tar = await first.dump('none');
  await expect(openEmbedded({ dataDir, report: () => undefined })).rejects.toThrow(`in use by process ${process.pid}`);
  await first.close();
  await expect(openEmbedded({ dataDir, loadDataDir: tar, report: () => undefined })).rejects.toThrow(
    'holds a database',
  );
  const again = await openEmbedded({ dataDir, report: () => undefined });
  expect(await again.query('select n from t')).toEqual([{ n: 1 }]);
  await again.close();

  const restored = await openEmbedded({ dataDir: join(parent, 'restored'), loadDataDir: tar, report: () => undefined });
  expect(await restored.query('select n from t')).toEqual([{ n: 1 }]);
  await restored.close();
}, 120_000);

test('the remains of a killed first start are moved aside', async () => {
  const dataDir = join(parent, 'incomplete');
  mkdirSync(join(dataDir, 'postgres'), { recursive: true });
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '18\n');
  const reports: string[] = [];
  const database = await openEmbedded({ dataDir, report: (message) => reports.push(message) });
  expect(await database.query('select 1 as v')).toEqual([{ v: 1 }]);
  await database.close();
  expect(reports.join()).toContain('A first start did not finish');
  expect(readdirSync(dataDir).filter((name) => name.includes('incomplete'))).toHaveLength(1);
}, 60_000);

test('a cluster of another version is refused and unchanged', async () => {
  const dataDir = join(parent, 'version');
  mkdirSync(join(dataDir, 'postgres'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster.json'), '{"postgres":"17"}');
  await expect(openEmbedded({ dataDir, report: () => undefined })).rejects.toThrow('a cluster of Postgres 17');
  expect(readFileSync(join(dataDir, 'cluster.json'), 'utf8')).toContain('17');
  rmSync(dataDir, { recursive: true });
});
