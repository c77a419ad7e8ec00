import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { violations } from './rules.ts';
import { readTree, syntaxOf } from './source.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = readTree(root);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

test('the tree keeps the rules of the house', () => {
  const packages = {
    production: new Set(Object.keys(manifest.dependencies)),
    development: new Set(Object.keys(manifest.devDependencies)),
  };
  expect(violations(files, packages)).toEqual([]);
});

test.each(['platform', 'subgraphs', 'gateway', 'clients', 'test'])(
  'the files of %s were read, and their imports',
  (folder) => {
    const read = files.filter(({ path }) => path.startsWith(`${folder}/`));
    expect(read.length).toBeGreaterThan(3);
    expect(read.flatMap((file) => syntaxOf(file).imports).length).toBeGreaterThan(3);
  },
);

test('every relative import leads to a file of the tree', () => {
  const known = new Set(files.map(({ path }) => path));
  const astray = files.flatMap((file) =>
    syntaxOf(file).imports.flatMap(({ target }) => {
      if (target === null || !/\.(ts|tsx|mjs)$/.test(target) || target.startsWith('schema/generated/')) return [];
      return known.has(target) ? [] : [`${file.path} → ${target}`];
    }),
  );
  expect(astray).toEqual([]);
});
