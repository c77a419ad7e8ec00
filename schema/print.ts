import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { subgraphs } from '../subgraphs/index.ts';
import { printContracts, type Contracts } from './contracts.ts';

/** Folders whose files are all printed; a file that is no longer printed is stale. */
const printedFolders = ['subgraphs', 'events', 'tables', ...subgraphs.map(({ name }) => `operations/${name}/printed`)];

const root = fileURLToPath(new URL('./', import.meta.url));

/** The files that differ from this build's contracts. */
export async function staleContracts(contracts: Contracts): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of contracts) {
    const found = await readFile(root + path, 'utf8').catch(() => null);
    if (found !== text) stale.push(path);
  }
  return [...stale, ...(await leftovers(contracts))];
}

async function leftovers(contracts: Contracts): Promise<string[]> {
  const found: string[] = [];
  for (const folder of printedFolders) {
    for (const name of await readdir(root + folder).catch(() => [])) {
      if (!contracts.has(`${folder}/${name}`)) found.push(`${folder}/${name}`);
    }
  }
  return found;
}

async function main(): Promise<void> {
  const names = await readFile(`${root}names.tsv`, 'utf8').catch(() => null);
  const contracts = await printContracts(subgraphs);
  if (process.argv.includes('--check')) {
    const stale = await staleContracts(contracts);
    if (stale.length === 0)
      return void process.stdout.write(`The ${contracts.size} contracts in schema/ match this build.\n`);
    process.stderr.write(`Stale in schema/: ${stale.join(', ')}. Run "npm run schema" and commit what it writes.\n`);
    process.exit(1);
  }
  for (const path of await leftovers(contracts)) await rm(root + path);
  for (const [path, text] of contracts) {
    await mkdir(dirname(root + path), { recursive: true });
    await writeFile(root + path, text);
  }
  process.stdout.write(`Printed ${contracts.size} contracts into schema/.\n`);
  // The hub loads the names of all entities, so its own contract depends on new ones.
  if (names !== contracts.get('names.tsv'))
    spawnSync(process.argv0, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
}

await main();
