import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { runProgram } from '../platform/config/program.ts';
import type { Subgraph } from '../platform/subgraph/subgraph.ts';
import type { Contracts } from './contracts.ts';

/** Folders whose files are all printed; a file that is no longer printed is stale. */
const foldersOf = (subgraphs: readonly Subgraph[]): string[] => [
  'subgraphs',
  'audiences',
  'events',
  'tables',
  ...subgraphs.map(({ name }) => `operations/${name}/printed`),
];

const root = fileURLToPath(new URL('./', import.meta.url));

/** The files that differ from this build's contracts. */
async function staleContracts(contracts: Contracts, folders: readonly string[]): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of contracts) {
    const found = await readFile(root + path, 'utf8').catch(() => null);
    if (found !== text) stale.push(path);
  }
  return [...stale, ...(await leftovers(contracts, folders))];
}

async function leftovers(contracts: Contracts, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(root + folder).catch(() => [])) {
      if (!contracts.has(`${folder}/${name}`)) found.push(`${folder}/${name}`);
    }
  }
  return found;
}

/** Refuses changes since the last release that break clients, and prints all of them into the changelog. */
async function checkRelease(manifests: readonly string[]): Promise<number> {
  const { changesSince, changelogOf, manifestOperations, readRelease } = await import('./release.ts');
  const release = await readRelease();
  if (!release) {
    process.stderr.write('There is no release yet: run "npm run schema -- release NAME".\n');
    return 1;
  }
  const more = (await Promise.all(manifests.map(manifestOperations))).flat();
  const api = buildSchema(await readFile(`${root}api.graphql`, 'utf8'));
  const { refused, allowed, dangerous, added, deprecated } = changesSince(release, api, more);
  const changelog = await readFile(`${root}CHANGELOG.md`, 'utf8').catch(() => '');
  // Without the operations of manifests, which are not in the repository.
  await writeFile(`${root}CHANGELOG.md`, changelogOf(changelog, changesSince(release, api)));
  const counts = { allowed, dangerous, deprecated, added };
  const told = Object.entries(counts).map(([kind, list]) => `${list.length} ${kind}`);
  process.stdout.write(`Since the last release: ${told.join(', ')}; see schema/CHANGELOG.md.\n`);
  for (const each of refused) process.stderr.write(`Refused: ${each}\n`);
  if (refused.length > 0)
    process.stderr.write('Undo them, deprecate first, or accept them with a reason in schema/release/accepted.tsv.\n');
  return refused.length === 0 ? 0 : 1;
}

async function release([name]: readonly string[]): Promise<number> {
  if (name === undefined || !/^[\w.-]{1,40}$/.test(name)) {
    process.stderr.write('Name the release: "npm run schema -- release 0.2.0".\n');
    return 1;
  }
  const { registeredOperations, writeRelease } = await import('./release.ts');
  const changelog = await readFile(`${root}CHANGELOG.md`, 'utf8').catch(() => '');
  const written = await writeRelease(name, {
    api: await readFile(`${root}api.graphql`, 'utf8'),
    operations: await registeredOperations(),
    changelog,
    today: new Date().toISOString().slice(0, 10),
  });
  await writeFile(`${root}CHANGELOG.md`, written);
  process.stdout.write(`Today's schema is the release ${name}: commit schema/release and schema/CHANGELOG.md.\n`);
  return 0;
}

async function main(): Promise<number> {
  const [command, ...given] = process.argv.slice(2);
  if (command === 'check') return checkRelease(given);
  if (command === 'release') return release(given);
  if (command !== undefined && command !== '--check') {
    process.stderr.write(`"${command}" is no command: there are check, release and --check.\n`);
    return 1;
  }
  const names = await readFile(`${root}names.tsv`, 'utf8').catch(() => null);
  // Loaded here, so that a fault in a declaration is printed as its message alone.
  const { subgraphs } = await import('../subgraphs/index.ts');
  const { ownedNames, printNames } = await import('./names.ts');
  const { composeSupergraph, printContracts } = await import('./contracts.ts');
  const isCheck = process.argv.includes('--check');
  const newNames = printNames(ownedNames(subgraphs));
  if (!isCheck && newNames !== names) {
    // Nothing is written of subgraphs that do not compose.
    composeSupergraph(subgraphs);
    await writeFile(`${root}names.tsv`, newNames);
    // The hub loads the names of all entities, so its own contract depends on new ones: another process prints everything, and says so.
    return spawnSync(process.argv0, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' }).status ?? 1;
  }
  const contracts = await printContracts(subgraphs);
  const folders = foldersOf(subgraphs);
  if (isCheck) {
    const stale = await staleContracts(contracts, folders);
    if (stale.length === 0) process.stdout.write(`The ${contracts.size} contracts in schema/ match this build.\n`);
    else
      process.stderr.write(`Stale in schema/: ${stale.join(', ')}. Run "npm run schema" and commit what it writes.\n`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const path of await leftovers(contracts, folders)) await rm(root + path);
  for (const [path, text] of contracts) {
    await mkdir(dirname(root + path), { recursive: true });
    await writeFile(root + path, text);
  }
  process.stdout.write(`Printed ${contracts.size} contracts into schema/.\n`);
  return 0;
}

runProgram(main);
