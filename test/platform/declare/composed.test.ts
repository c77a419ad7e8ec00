import { defineEntity, p } from '@mikro-orm/core';
import { print } from 'graphql';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { definePermissions } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { noun } from '../../../platform/declare/noun.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { query } from '../../../platform/declare/query.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { on } from '../../../platform/facts/reactions.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { Currency } from '../../../platform/scalars/money.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { scopesOf } from '../../../platform/subgraph/all-scopes.ts';
import { defineSubgraph } from '../../../platform/subgraph/subgraph.ts';

const ShelfSchema = defineEntity({
  name: 'Shelf',
  tableName: 'shelves',
  properties: { ...standardColumns, label: p.text() },
});
class Shelf extends ShelfSchema.class {}
ShelfSchema.setClass(Shelf);

const JarSchema = defineEntity({
  name: 'Jar',
  tableName: 'jars',
  properties: { ...standardColumns, shelfId: p.text().name('shelf_id'), currency: p.text(), content: p.text() },
});
class Jar extends JarSchema.class {}
JarSchema.setClass(Jar);

const shelves = noun(Shelf, {
  name: 'Shelf',
  plural: 'shelves',
  prefix: 'shf',
  words: ['shelf', 'shelves'],
  description: 'A shelf.',
  visible: () => ({}),
  audience: 'public',
  filter: {},
  sort: ['createdAt'],
  fields: (f) => ({ id: f.id(), label: f.text('Its label.') }),
});

const common = { visible: () => ({}), audience: 'public', filter: { shelfId: 'id' }, sort: ['createdAt'] } as const;

const jars = noun(Jar, {
  ...common,
  name: 'Jar',
  plural: 'jars',
  prefix: 'jar',
  words: ['jar', 'jars'],
  description: 'A jar on a shelf.',
  fields: (f) => ({ id: f.id(), shelf: f.belongsTo(() => shelves, 'shelfId', 'Its shelf.') }),
  aggregate: { by: ['shelf', { currency: { property: 'currency', type: () => Currency } }], over: [] },
});

const OwnJar = valueType('OwnJar', 'A jar as its owner sees it.', (f: OutputFields<Jar>) => ({
  id: f.id(),
  content: f.text('What is in it.'),
}));

const ownJars = noun(Jar, {
  ...common,
  name: 'OwnJar',
  plural: 'ownJars',
  prefix: 'jar',
  words: ['jar', 'jars'],
  type: () => OwnJar.type,
  isEntity: false,
  roots: false,
});

const jarsOfShelf = extend(shelves, (f) => ({
  jars: f.rows(() => jars, 'The first jars; at most 5.', { atMost: 5 }).from(() => []),
}));

interface Opened {
  kind: 'EMPTY' | 'FULL';
  jar: Jar;
  weight?: number;
}

const jarResult = valueType('JarResult', 'What became of a jar.', (f: OutputFields<Opened>) => ({
  jar: f.row(() => jars, 'The jar.'),
  grams: f.int('Its weight in grams.').from(({ weight }) => weight ?? 0),
}));

const again: string[] = [];
const jarOpen = mutation('jarOpen', {
  access: 'jars.jar.open',
  description: 'Opens a jar.',
  errors: 'NOT_FOUND',
  silent: 'Nobody else wants to know of a jar.',
  input: { jarId: arg.id('jar', 'The jar to open.') },
  payload: (f) => ({
    result: f.object(jarResult, 'What became of it.'),
    own: f.rows(() => ownJars, 'At most 1.', { atMost: 1 }),
  }),
  idempotent: {
    same: 'result',
    isRequired: true,
    resultId: ({ result }) => result.kind,
    again: (_context, id) => {
      again.push(id);
      return Promise.resolve({ result: { kind: 'EMPTY' as const, jar: new Jar() }, own: [] });
    },
  },
  run: () => ({ result: { kind: 'FULL' as const, jar: new Jar(), weight: 3 }, own: [] }),
});

const ownJarList = query('jarNames', {
  access: 'jars.jar.read',
  description: 'Names.',
  answers: (f) => f.texts(''),
  run: () => [],
});

const os = defineSubgraph({
  name: 'jars',
  title: 'Jars',
  description: 'Jars.',
  modules: [{ shelves, jars, OwnJar, ownJars, jarsOfShelf, jarOpen, ownJarList }],
  permissions: definePermissions({
    'jars.jar.read': { sentence: 'Read jars.', own: true },
    'jars.jar.open': { sentence: 'Open jars.', own: true },
  }),
  migrations: [{ name: '001-jars', up: [] }],
});
const { document } = buildSubgraph(os);
const printed = (name: string): string =>
  document.definitions.flatMap((each) => ('name' in each && each.name?.value === name ? [print(each)] : [])).join('\n');

test('a noun can be extended in the folder of another noun, which it shows', () => {
  expect(printed('Shelf')).toContain('jars: [Jar!]! @listSize(assumedSize: 5)');
  expect(printed('Jar')).toContain('shelf: Shelf\n');
});

test('the rows of a noun can have an owner’s type that is no entity of the graph', () => {
  expect(printed('OwnJar')).toMatch(/^"""[^"]*"""\ntype OwnJar {/);
  expect(printed('OwnJar')).toContain('content: String!');
  expect(printed('Jar')).not.toContain('content');
  expect(os.nouns.map(({ name }) => name)).toEqual(['Jar', 'Shelf']);
});

test('a mutation whose result is not a row takes an idempotency key', () => {
  expect(printed('JarOpenInput')).toContain('idempotencyKey: String!');
  expect(printed('JarOpenInput')).toContain('Makes a retry answer the same result; unique per actor, kept seven days.');
});

test('an aggregate can have keys that are not fields, and load a noun of its OS', async () => {
  expect(printed('JarAggregateRow')).toContain('currency: Currency');
  const { keys } = jars.aggregates!.options;
  expect(keys['shelf']).toMatchObject({ property: 'shelfId' });
  const loaded = { loader: () => ({ load: (id: string) => Promise.resolve({ id }) }) };
  await expect(keys['shelf']?.load?.(loaded as never, 'shf_1')).resolves.toEqual({ id: 'shf_1' });
});

test('scopes are in the order of the declared permissions', () => {
  expect([...scopesOf([os])]).toEqual(['jars.read', 'jars.jar.read', 'jars.jar.open']);
});

test('a stream of several fact types has the fields of all; fields of only some may be absent', () => {
  const filled = fact('jars.jar.filled', 'A jar was filled.', z.object({ jarId: z.string(), grams: z.int() }));
  const emptied = fact('jars.jar.emptied', 'A jar was emptied.', z.object({ jarId: z.string() }));
  const reaction = on([filled, emptied], 'weights', (_tx, { payload }) => {
    const id: string = payload.jarId;
    // @ts-expect-error -- a jar that was emptied has no weight
    const grams: number = payload.grams;
    return Promise.resolve(void [id, grams, payload.grams ?? 0]);
  });
  expect(reaction.facts).toEqual([filled, emptied]);
});
