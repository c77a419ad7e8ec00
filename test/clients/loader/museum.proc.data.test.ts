import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { testConfig } from '../../testkit/config.ts';
import { startProcess } from '../../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { openWorld } from '../../testkit/world.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('the 3,000 works of the museum go in without a fault, once, and are counted as the catalogue counts them', async () => {
  const catalogue = join(testConfig().datasets ?? '', 'cmoa-works.ndjson');
  const works = readFileSync(catalogue, 'utf8').trimEnd().split('\n');
  const inDepartments = new Map<string, number>();
  for (const work of works) {
    const { department } = JSON.parse(work) as { department: string };
    inDepartments.set(department, (inDepartments.get(department) ?? 0) + 1);
  }
  const folder = throwawayFolder('museum');
  await using world = await openWorld();
  const ann = await world.signUp();
  const password = join(folder, 'password');
  writeFileSync(password, ann.password);
  const load = async (): Promise<unknown> => {
    const signedIn = ['--email', ann.email, '--password-file', password, '--url', `${world.url}/graphql`];
    const child = startProcess(join(root, 'clients/loader/load.ts'), {
      args: ['works', catalogue, ...signedIn, '--json', '--strict'],
      cwd: root,
    });
    expect(await child.ended(120_000)).toEqual({ code: 0, signal: null });
    return JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '');
  };

  expect(await load()).toMatchObject({
    lines: works.length,
    created: works.length,
    updated: 0,
    rejected: 0,
    faults: [],
  });
  expect(await load()).toMatchObject({ created: 0, updated: 0, unchanged: works.length, rejected: 0 });
  const { assets, assetAggregate } = await world.anonymous.ask(
    '{ assets { totalCount } assetAggregate(groupBy: [DEPARTMENT]) { rows { department count } } }',
  );
  expect(assets.totalCount).toBe(works.length);
  const { categories } = await world.anonymous.ask(
    '{ categories(filter: { path: { in: ["art", "art/prints"] } }) { nodes { path assetCount } } }',
  );
  const classified = (name: string): number =>
    works.filter((work) => (JSON.parse(work) as { classification: string }).classification.includes(name)).length;
  expect(categories.nodes[1]).toEqual({
    path: 'art/prints',
    assetCount: classified('prints') + classified('printing'),
  });
  expect(categories.nodes[0].assetCount).toBeGreaterThan(2900);
  const rows = assetAggregate.rows as { department: string; count: number | string }[];
  expect(Object.fromEntries(rows.map(({ department, count }) => [department, Number(count)]))).toEqual(
    Object.fromEntries(inDepartments),
  );
  removeFolder(folder);
}, 300_000);
