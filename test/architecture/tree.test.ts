import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { circlesOf } from './circles.ts';
import { violations } from './rules.ts';
import { readTree, syntaxOf } from './source.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = readTree(root);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

test('the tree follows the rules of the house', () => {
  const packages = {
    production: new Set(Object.keys(manifest.dependencies)),
    development: new Set(Object.keys(manifest.devDependencies)),
  };
  expect(violations(files, packages)).toEqual([]);
});

test.each(['platform', 'subgraphs', 'gateway', 'clients', 'test'])(
  'the files of %s and their imports were read',
  (folder) => {
    const read = files.filter(({ path }) => path.startsWith(`${folder}/`));
    expect(read.length).toBeGreaterThan(3);
    expect(read.flatMap((file) => syntaxOf(file).imports).length).toBeGreaterThan(3);
  },
);

test('no imports are circular', () => {
  expect(circlesOf(files).map((circle) => circle.join(' → '))).toEqual([]);
});

test('a cycle of types, of values or through a worker is reported once', () => {
  const texts: Record<string, string> = {
    'a.ts': "import { b } from './b.ts'; import type { D } from './d.ts'; export const a = b as D;",
    'b.ts': "import type { C } from './c.ts'; export const b: C = 1;",
    'c.ts': "new Worker(new URL('./a.ts', import.meta.url)); export type C = number;",
    'd.ts': "export type { D } from './d.ts';",
    'e.ts': "import { a } from './a.ts'; await import('./f.ts'); export const e = a;",
    'f.ts': "import './b.ts';",
  };
  const tree = Object.entries(texts).map(([path, text]) => ({ path, text }));
  expect(circlesOf(tree)).toEqual([['a.ts', 'b.ts', 'c.ts'], ['d.ts']]);
});

test('every relative import refers to a file of the tree', () => {
  const known = new Set(files.map(({ path }) => path));
  const astray = files.flatMap((file) =>
    syntaxOf(file).imports.flatMap(({ target }) => {
      if (target === null || !/\.(ts|tsx|mjs)$/.test(target) || target.startsWith('schema/generated/')) return [];
      return known.has(target) ? [] : [`${file.path} → ${target}`];
    }),
  );
  expect(astray).toEqual([]);
});
