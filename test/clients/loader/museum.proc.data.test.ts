import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testConfig } from '../../testkit/config.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { openWorld } from '../../testkit/world.ts';
import { jsonOf, patience, startLoader } from './programs.ts';

test('the 3,000 works of the museum are imported once without errors, with the counts of the catalogue', async () => {
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
    const child = startLoader(['works', catalogue, ...signedIn]);
    expect(await child.ended(patience)).toEqual({ code: 0, signal: null });
    return jsonOf(child);
  };

  expect(await load()).toMatchObject({
    lines: works.length,
    created: works.length,
    updated: 0,
    rejected: 0,
    faults: [],
  });
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
