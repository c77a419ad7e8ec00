import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from '../architecture/rules.ts';
import { readTree } from '../architecture/source.ts';
import { startCommand, startProcess, type TestProcess } from '../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../testkit/throwaway.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = throwawayFolder('new-os');
const tree = join(folder, 'tree');

/** The output of a program; throws if it fails. */
async function run(file: string, args: string[] = []): Promise<string> {
  await using program = startProcess(join(tree, file), { args, cwd: tree });
  const { code } = await program.ended(120_000);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${program.output}`);
  return program.stdout;
}

async function refused(...args: string[]): Promise<string> {
  await using program = startProcess(join(tree, 'subgraphs/new-os.ts'), { args, cwd: tree });
  expect((await program.ended(60_000)).code).toBe(1);
  return program.stderr;
}

async function tool(name: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  await using program = startCommand([process.execPath, join(root, 'node_modules', name), ...args], { cwd: tree });
  const { code } = await program.ended(120_000);
  return { code, output: program.output };
}

function read(path: string): string {
  return readFileSync(join(tree, path), 'utf8');
}

beforeAll(() => {
  mkdirSync(tree);
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  const files = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  for (const path of files) cpSync(join(root, path), join(tree, path));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  // The empty cluster, as after `npm ci`: without it each new embedded database takes seconds.
  mkdirSync(join(tree, 'dist'));
  symlinkSync(join(root, 'dist/database'), join(tree, 'dist/database'));
});
afterAll(() => removeFolder(folder));

test('invalid or taken names are refused with the reason, and nothing is written', async () => {
  const index = read('subgraphs/registry.ts');
  expect(await refused('Ledger')).toContain('"Ledger" cannot be an OS: 2 to 24 lower-case letters');
  expect(await refused('platform')).toContain('"platform" is already in use here');
  expect(await refused('assets', '--noun', 'Holding')).toContain('The folder subgraphs/assets already exists');
  expect(await refused('vault', '--noun', 'Asset')).toContain('belongs to assets (schema/names.tsv)');
  expect(await refused('billing', '--noun', 'Subscription')).toContain('"Subscription" is too general');
  expect(await refused('school', '--noun', 'Class')).toContain('class is a reserved word of JavaScript');
  expect(await refused('school', '--noun', 'pupil')).toContain('write it as a type');
  expect(await refused('school', '--noun', 'Pupil', '--plural', 'Pupils')).toContain('cannot be the plural of Pupil');
  expect(await refused('farm', '--noun', 'Sheep', '--plural', 'sheep')).toContain('other than sheep');
  expect(await refused('vault', '--noun', 'Holding', '--plural', 'assets')).toContain('assets belongs to assets');
  expect(await refused('school', '--noun', 'Lesson', '--plural', 'import')).toContain('import is a reserved word');
  expect(await refused('school', '--noun', 'Pupil', '--prefix', 'usr')).toContain('Ids that begin with usr_ are taken');
  expect(read('subgraphs/registry.ts')).toBe(index);
  expect(existsSync(join(tree, 'subgraphs/school'))).toBe(false);
}, 120_000);

test('new OSes are formatted, pass lint and type checks, and are in the printed contracts', async () => {
  const said = await run('subgraphs/new-os.ts', ['tickets']);
  expect(said).toContain('The OS tickets has the noun Ticket, whose ids begin with tic_');
  expect(said).toContain('npm run schema');
  await run('subgraphs/new-os.ts', ['ledger', '--noun', 'OpenEntry', '--prefix', 'lop']);
  const made = ['tickets', 'ledger'].flatMap((os) => [
    `subgraphs/${os}`,
    `test/subgraphs/${os}`,
    `schema/operations/${os}`,
  ]);

  // The prefix and the noun are taken now.
  expect(await refused('support', '--noun', 'Ticket')).toContain('Ticket belongs to tickets');
  expect(await refused('support', '--noun', 'Case', '--prefix', 'lop')).toMatch(/lop_ are taken|reserved word/);

  // A second process prints what depends on new names; only one of the two reports it.
  expect((await run('schema/print.ts')).match(/Printed \d+ contracts/g)).toHaveLength(1);
  expect(await tool('oxfmt/bin/oxfmt', '--check', 'subgraphs/registry.ts', ...made)).toMatchObject({ code: 0 });
  // It checks the types of these files alone, as `tsc` does of the whole tree.
  expect(await tool('oxlint/bin/oxlint', '--type-check', 'subgraphs/registry.ts', ...made)).toMatchObject({ code: 0 });

  expect(read('schema/subgraphs/ledger.graphql')).toContain('type OpenEntry implements Node @key(fields: "id")');
  expect(read('schema/tables/ledger.sql')).toContain('create table ledger.open_entries (');
  expect(read('schema/api.graphql')).toContain('[tickets] Creates a ticket.');
  expect(read('schema/api.graphql')).toContain('[ledger] Creates an open entry.');
  for (const path of made.filter((each) => each.startsWith('subgraphs/'))) {
    expect(read(`${path}/README.md`).split('\n').length).toBeGreaterThan(8);
    expect(read(`${path}/README.md`)).not.toMatch(/sample|specimen/i);
  }
}, 300_000);

test('an invalid OS stops printing, with the reason alone as output', async () => {
  const path = 'subgraphs/ledger/open-entry/open-entry.noun.ts';
  const noun = read(path);
  writeFileSync(join(tree, path), noun.replace("prefix: 'lop'", "prefix: 'ast'"));
  await using program = startProcess(join(tree, 'schema/print.ts'), { cwd: tree });
  expect((await program.ended(120_000)).code).toBe(1);
  expect(program.stderr).toBe(
    'Id prefixes have one noun each:\n- the prefix ast is of Asset (assets) and of OpenEntry (ledger): give one of them another `prefix`\n',
  );
  writeFileSync(join(tree, path), noun);
}, 120_000);

test('the new OSes pass their own tests, the conformance tests and the architecture rules', async () => {
  const folders = ['test/subgraphs/tickets', 'test/subgraphs/ledger', 'test/conformance'];
  // In one worker, since each would load the house, which takes most of the time.
  const { code, output } = await tool('vitest/vitest.mjs', 'run', '--maxWorkers=1', ...folders);
  expect(output).toContain('test/subgraphs/ledger/open-entry.test.ts');
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  const packages = Object.keys((JSON.parse(read('package.json')) as { dependencies: object }).dependencies);
  const files = readTree(tree).filter(({ path }) => /^(test\/)?subgraphs\/(tickets|ledger|index)/.test(path));
  expect(files.length).toBeGreaterThan(15);
  expect(violations(files, { production: new Set(packages), development: new Set(['vitest']) })).toEqual([]);
}, 300_000);

test('the gateway starts with a new OS, and a ticket can be created and read through it', async () => {
  const env = { PORT: '0', DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'info' };
  await using program: TestProcess & AsyncDisposable = startProcess(join(tree, 'gateway/start.ts'), {
    args: ['--no-demo'],
    cwd: tree,
    env,
  });
  const [, url = ''] = await program.line(/"url":"(http:[^"]+)"/, 120_000);
  const ask = async (query: string, token?: string): Promise<Record<string, Record<string, never>>> => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = (await answer.json()) as {
      data: Record<string, Record<string, never>>;
      errors?: unknown;
    };
    expect(errors).toBeUndefined();
    return data;
  };
  const signIn = async (email: string, password: string) =>
    (await ask(`mutation { sessionSignIn(input: { email: "${email}", password: "${password}" }) { accessToken } }`))[
      'sessionSignIn'
    ]?.['accessToken'];
  const operator = JSON.parse(readFileSync(join(folder, 'data', 'operator.json'), 'utf8')) as Record<string, string>;
  const input = 'email: "ann@example.org", password: "correct horse battery", displayName: "Ann"';
  await ask(
    `mutation { userCreate(input: { ${input} }) { user { id } } }`,
    await signIn(operator['email'] ?? '', operator['password'] ?? ''),
  );
  const token = await signIn('ann@example.org', 'correct horse battery');
  const { ticketCreate } = await ask('mutation { ticketCreate(input: { title: "First" }) { ticket { id } } }', token);
  const id = ticketCreate?.['ticket']?.['id'] as unknown as string;
  expect(id).toMatch(/^tic_/);
  const query = `{ node(id: "${id}") { __typename id } tickets { totalCount nodes { title owner { displayName } } } }`;
  expect(await ask(query, token)).toEqual({
    node: { __typename: 'Ticket', id },
    tickets: { totalCount: 1, nodes: [{ title: 'First', owner: { displayName: 'Ann' } }] },
  });
}, 180_000);

test('an irregular plural can be given, and is used in names, files, tables and descriptions', async () => {
  await run('subgraphs/new-os.ts', ['shelves', '--noun', 'BookShelf', '--plural', 'bookShelves', '--prefix', 'shf']);
  const noun = read('subgraphs/shelves/book-shelf/book-shelf.noun.ts');
  expect(noun).toContain("plural: 'bookShelves'");
  expect(noun).toContain("words: ['book shelf', 'book shelves']");
  expect(read('subgraphs/shelves/migrations/001-shelves.ts')).toContain('create table book_shelves (');
  expect(read('subgraphs/shelves/README.md')).toContain('**Owns**: book shelves');
}, 120_000);
