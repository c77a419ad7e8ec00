import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { printContracts } from '../../schema/contracts.ts';
import { subgraphs } from '../../subgraphs/index.ts';

const schema = new URL('../../schema/', import.meta.url);

test('schema/ matches what this build prints', async () => {
  const contracts = await printContracts(subgraphs);
  const stale: string[] = [];
  for (const [path, text] of contracts) {
    const found = await readFile(new URL(path, schema), 'utf8').catch(() => null);
    if (found !== text) stale.push(path);
  }
  expect(stale, 'run "npm run schema" and look at what it changes').toEqual([]);
  for (const folder of ['subgraphs', 'audiences', 'events', 'tables']) {
    for (const name of await readdir(new URL(folder, schema)))
      expect([...contracts.keys()], 'a contract that is no longer printed').toContain(`${folder}/${name}`);
  }
});
