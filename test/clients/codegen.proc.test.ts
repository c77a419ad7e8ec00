import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config from '../../codegen.ts';
import { startCommand, startProcess } from '../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../testkit/throwaway.ts';
import { openWorld, type Person, type World } from '../testkit/world.ts';

/*
 * The output of `npm run codegen`, used as by a front-end developer. It is generated into a temporary folder, because it is not
 * committed.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = throwawayFolder('codegen');
/** Milliseconds; a code generator and a compiler start slowly on a machine under load. */
const patience = 120_000;

/** A client of about thirty lines: a mutation with typed variables, a query with a typed answer. */
const client = `
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { AssetSearchDocument, CreateAssetDocument, type AssetCreateInput } from './generated/graphql.ts';

const [url, token] = process.argv.slice(2);

export async function ask<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const answer = await fetch(\`\${url}/graphql\`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: \`Bearer \${token}\` },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await answer.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const input: AssetCreateInput = { title: 'Nocturne', kind: 'MUSIC', tags: ['piano'] };
const { assetCreate } = await ask(CreateAssetDocument, { input });
const status: 'ARCHIVED' | 'DRAFT' | 'INDEXED' | 'ON_SALE' | 'PUBLISHED' | 'SOLD' = assetCreate.asset.status;
const assets = (await ask(AssetSearchDocument, { search: 'nocturne' })).assets!;
const titles: string[] = assets.nodes.map((asset) => asset.title);
const next: string | null = assets.pageInfo.endCursor;
console.log(JSON.stringify({ id: assetCreate.asset.id, status, titles, more: next !== null && assets.totalCount > 1 }));
`;

/** The compiler must refuse each marked line. */
const mistakes = `
import { ask } from './client.ts';
import { AssetSearchDocument, CreateAssetDocument } from './generated/graphql.ts';

const assets = (await ask(AssetSearchDocument, { search: 'nocturne' })).assets!;
export const wrongField = assets.nodes.map((asset) => asset.titel); // wrong
export const unasked = assets.nodes.map((asset) => asset.provenanceText); // wrong
export const wrongType: number = assets.nodes[0]?.title ?? ''; // wrong
await ask(AssetSearchDocument, { filter: { kind: { eq: 'ART' } } }); // wrong
await ask(CreateAssetDocument, { input: { title: 'Nocturne', kind: 'PAINTING' } }); // wrong
await ask(CreateAssetDocument, { input: { titel: 'Nocturne', kind: 'MUSIC' } }); // wrong
`;

let world: World;
let ann: Person;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The compiler's errors, as file and line. */
async function complaints(...files: string[]): Promise<{ code: number | null; places: string[]; said: string }> {
  const tsconfig = {
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
    },
    files,
  };
  const project = write('tsconfig.json', JSON.stringify(tsconfig));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const compiler = startCommand([tsc, '--pretty', 'false', '--project', project], { cwd: folder });
  const { code } = await compiler.ended(patience);
  const places = [...compiler.output.matchAll(/^(\S+)\((\d+),\d+\): error/gm)].map(
    ([, file, line]) => `${file}:${line}`,
  );
  return { code, places: [...new Set(places)], said: compiler.output };
}

beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  write('package.json', '{ "type": "module" }');
  write('client.ts', client.trimStart());
  const [made = {}] = Object.values(config.generates);
  const own = {
    ...config,
    schema: join(root, String(config.schema)),
    documents: join(root, String(config.documents)),
    generates: { [`${folder}/generated/`]: made },
  };
  const cli = join(root, 'node_modules/.bin/graphql-codegen');
  const generator = startCommand([cli, '--config', write('codegen.json', JSON.stringify(own))], { cwd: root });
  const { code } = await generator.ended(patience);
  if (code !== 0) throw new Error(`codegen failed:\n${generator.output}`);
}, patience * 2);
afterAll(async () => {
  await world?.close();
  removeFolder(folder);
});

test(
  'a typed query and a typed mutation compile, run and return what their types say',
  async () => {
    const { code, said } = await complaints('client.ts');
    expect([code, said]).toEqual([0, '']);
    await using program = startProcess(join(folder, 'client.ts'), { args: [world.url, ann.accessToken], cwd: root });
    expect([await program.ended(patience), program.stderr]).toEqual([{ code: 0, signal: null }, '']);
    const told = JSON.parse(program.stdout) as { id: string };
    expect(told).toMatchObject({ status: 'DRAFT', titles: ['Nocturne'], more: false });
    const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { title kind tags } }', { id: told.id });
    expect(asset).toEqual({ title: 'Nocturne', kind: 'MUSIC', tags: ['piano'] });
  },
  patience,
);

test(
  'the compiler refuses misspelt, unselected and wrongly typed fields, and invalid variables',
  async () => {
    const text = mistakes.trimStart();
    write('mistakes.ts', text);
    const wrong = text
      .split('\n')
      .flatMap((line, index) => (line.endsWith('// wrong') ? `mistakes.ts:${index + 1}` : []));
    expect(wrong).toHaveLength(6);
    const { code, places } = await complaints('mistakes.ts');
    expect(code).not.toBe(0);
    expect(places).toEqual(wrong);
  },
  patience,
);
