import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { compile, programsOf, publish } from '../../../compile.ts';
import { compiledFolder, compiledProgram, readManifest, type Manifest } from '../../../platform/compiled/manifest.ts';
import { startCommand } from '../../testkit/processes.ts';
import { programsAreCompiled } from '../../testkit/programs.ts';
import { throwawayFolder } from '../../testkit/throwaway.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

let tree: string;

/** A tree with one program of two modules, each with a class of the same name, a decorator and an adjacent file. */
beforeEach(() => {
  tree = throwawayFolder('compiled');
  folders.push(tree);
  for (const path of ['platform/config/compiled.ts', 'platform/config/typescript.ts', 'platform/compiled/manifest.ts'])
    cpSync(join(root, path), join(tree, path));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  write('package.json', '{ "type": "module" }');
  write('app/word.txt', 'from a file');
  write('app/part.ts', part('one'));
  write(
    'app/start.ts',
    `import { readFileSync } from 'node:fs';
import { Noun as Other } from './part.ts';
const names: string[] = [];
const named = (target: { name: string }): void => void names.push(target.name);
@named
class Noun {}
console.log(Other.word, readFileSync(new URL('word.txt', import.meta.url), 'utf8'), names.join(), Noun.name, Other.name);
`,
  );
});

const part = (word: string): string => `export class Noun {\n  static word: string = '${word}';\n}\n`;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

async function compiled(): Promise<Manifest> {
  const manifest = await compile(tree, ['app/start.ts']);
  publish(tree, manifest);
  return manifest;
}

async function said(): Promise<string> {
  const command = [process.execPath, '--import', './platform/config/compiled.ts', 'app/start.ts'] as const;
  await using program = startCommand([...command], { cwd: tree });
  expect(await program.ended(), program.output).toEqual({ code: 0, signal: null });
  return program.stdout.trim();
}

test('without a compilation the sources run', async () => {
  expect(await said()).toBe('one from a file Noun Noun Noun');
});

test('a compiled program runs with the same output as its sources', async () => {
  await compiled();
  expect(await said()).toBe('one from a file Noun Noun Noun');
  // The compiled file runs: a different one changes the output.
  const file = compiledProgram(tree, 'app/start.ts') ?? '';
  writeFileSync(file, readFileSync(file, 'utf8').replace("'one'", "'two'").replace('"one"', '"two"'));
  expect(await said()).toBe('two from a file Noun Noun Noun');
});

test('a source changed since the compilation, even with the same length, never runs in its old form', async () => {
  await compiled();
  write('app/part.ts', part('two'));
  expect(await said()).toBe('two from a file Noun Noun Noun');
  rmSync(join(tree, 'app/part.ts'));
  expect(compiledProgram(tree, 'app/start.ts')).toBeNull();
});

test('a thread is compiled with its program, and so are the packages of both', async () => {
  write(
    'app/start.ts',
    `import { Worker } from 'node:worker_threads';
import { Noun } from './part.ts';
new Worker(new URL('./thread.ts', import.meta.url), { execArgv: [] }).on('message', (word) => console.log(word, Noun.word));
`,
  );
  write(
    'app/thread.ts',
    `import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { parse } from 'graphql';
parentPort?.postMessage(['of the thread', parse('{ a }').kind, readFileSync(new URL('word.txt', import.meta.url), 'utf8')].join());
`,
  );
  expect(await said()).toBe('of the thread,Document,from a file one');
  await compiled();
  expect(await said()).toBe('of the thread,Document,from a file one');
  const folder = dirname(compiledProgram(tree, 'app/start.ts') ?? '');
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const imported = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/^import .* from ["']([^"']+)["']/gm)].map(
      ([, from]) => from,
    ),
  );
  expect(imported.filter((from) => !/^(\.\/|node:)/.test(from ?? ''))).toEqual([]);
  // It is the compiled thread that runs.
  const thread = join(folder, 'app-thread.js');
  writeFileSync(thread, readFileSync(thread, 'utf8').replace('of the thread', 'of another'));
  expect(await said()).toBe('of another,Document,from a file one');
  write('app/word.txt', 'from another file');
  expect(await said()).toBe('of another,Document,from another file one');
  write('app/thread.ts', `import { parentPort } from 'node:worker_threads';\nparentPort?.postMessage('anew');\n`);
  expect(await said()).toBe('anew one');
});

test('a stack trace names the line of the source, and only sources have maps', async () => {
  write(
    'app/start.ts',
    `interface Unused {
  line: number;
}
const { parse } = await import('graphql');
const fail = (): never => {
  throw new Error(parse('{ a }').kind);
};
try {
  fail();
} catch (error) {
  console.log((error as Error).message, /app\\/start\\.ts:\\d+/.exec((error as Error).stack ?? '')?.[0]);
}
`,
  );
  expect(await said()).toBe('Document app/start.ts:6');
  await compiled();
  expect(await said()).toBe('Document app/start.ts:6');
  const folder = dirname(compiledProgram(tree, 'app/start.ts') ?? '');
  const maps = readdirSync(folder).filter((name) => name.endsWith('.map'));
  const mapped = maps.flatMap(
    (name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { sources: string[] }).sources,
  );
  expect(mapped.length).toBeGreaterThan(0);
  expect(mapped.filter((path) => path.includes('node_modules'))).toEqual([]);
});

test('a program compiled with other packages does not run', async () => {
  write('package-lock.json', '{ "packages": "one" }');
  await compiled();
  expect(compiledProgram(tree, 'app/start.ts')).not.toBeNull();
  write('package-lock.json', '{ "packages": "two" }');
  expect(compiledProgram(tree, 'app/start.ts')).toBeNull();
});

test('a source with a different time and the same content is unchanged', async () => {
  await compiled();
  utimesSync(join(tree, 'app/part.ts'), new Date(0), new Date(0));
  expect(compiledProgram(tree, 'app/start.ts')).not.toBeNull();
});

test('without a compiled program or with an invalid manifest the sources run', async () => {
  await compiled();
  expect(compiledProgram(tree, 'app/other.ts')).toBeNull();
  write('dist/program/manifest.json', '{');
  expect(await said()).toBe('one from a file Noun Noun Noun');
});

test('a compilation keeps the files of the previous one for running programs', async () => {
  await compiled();
  await compiled();
  expect(readdirSync(compiledFolder(tree)).length).toBe(3);
});

test('a replaced compilation is kept for a day from then on, whatever its age', async () => {
  const first = await compiled();
  const old = new Date(Date.now() - 7 * 86_400_000);
  utimesSync(join(compiledFolder(tree), first.folder), old, old);
  await compiled();
  expect(readdirSync(compiledFolder(tree))).toContain(first.folder);
  utimesSync(join(compiledFolder(tree), first.folder), old, old);
  await compiled();
  expect(readdirSync(compiledFolder(tree))).not.toContain(first.folder);
});

test('every program of package.json is compiled, from sources in the image', async () => {
  const programs = programsOf(root);
  expect(programs).toContain('gateway/start.ts');
  expect(programs).toContain('subgraphs/serve.ts');
  // The run has compiled them. Otherwise they are written elsewhere, so that this tree's compilation is unchanged.
  const published = programsAreCompiled() ? readManifest(root) : null;
  const manifest = published ?? (await compile(root, programs, tree));
  expect(Object.keys(manifest.programs).toSorted()).toEqual(programs.toSorted());
  const image =
    readFileSync(join(root, 'Dockerfile'), 'utf8')
      .split(/^FROM /m)
      .at(-1) ?? '';
  const folders = [...image.matchAll(/^COPY (\S+) \.\/\1$/gm)].map(([, folder]) => `${folder}/`);
  const files = [...image.matchAll(/^COPY ((?:\S+ )+)\.\/$/gm)].flatMap(([, names = '']) => names.trim().split(' '));
  expect(folders).toContain('platform/');
  const missing = Object.keys(manifest.sources).filter(
    (path) => !files.includes(path) && !folders.some((folder) => path.startsWith(folder)),
  );
  expect(missing).toEqual([]);
});
