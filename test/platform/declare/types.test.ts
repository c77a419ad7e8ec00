import { defineEntity, p } from '@mikro-orm/core';
import { print, type GraphQLObjectType } from 'graphql';
import { Directive, Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { stream } from '../../../platform/declare/stream.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { readOrder } from '../../../platform/nouns/sort.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { defineSubgraph } from '../../../platform/subgraph/subgraph.ts';

const BarrelSchema = defineEntity({
  name: 'Barrel',
  tableName: 'barrels',
  properties: { ...standardColumns, label: p.text(), ownerId: p.text().name('owner_id') },
});
class Barrel extends BarrelSchema.class {}
BarrelSchema.setClass(Barrel);

const barrels = noun(Barrel, {
  name: 'Barrel',
  plural: 'barrels',
  prefix: 'brl',
  words: ['barrel', 'barrels'],
  description: 'A barrel.',
  visible: () => ({}),
  audience: 'public',
  filter: {},
  sort: ['label'],
  ascends: true,
  fields: (f) => ({ id: f.id() }),
});

@InterfaceType('BarrelContent', { resolveType: () => 'BarrelWine' })
abstract class Content {
  @Field(() => String, { description: 'Its name.' })
  title!: string;
}
const Wine = valueType('BarrelWine', 'Wine in a barrel.', (f) => ({ litres: f.int('Litres.') }), {
  implements: Content,
});

const besides = extend(barrels, (f) => ({
  length: f.int('Characters of the label.').from(({ label }) => label.length),
  label: f.text('What is written on it.'),
  content: f.object(() => Content, 'What is in it.').from(() => ({ title: 'Red' })),
}));

@ObjectType('Viewer')
@Directive('@key(fields: "id")')
class WrittenViewer {
  @Field(() => ID)
  id!: string;
}
const ofViewer = extend('Viewer', (f) => ({
  barrels: f.hasMany(() => barrels, 'ownerId', 'The barrels of the viewer.'),
}));

const os = defineSubgraph({
  name: 'barrels',
  title: 'Barrels',
  description: 'Barrels.',
  modules: [{ barrels, Wine, besides, ofViewer }],
  types: [WrittenViewer],
  migrations: [{ name: '001-barrels', up: [] }],
});
const built = buildSubgraph(os);
const named = (name: string): string[] =>
  built.document.definitions.flatMap((each) => ('name' in each && each.name?.value === name ? [print(each)] : []));

test('a noun can get fields from the folder of another one; a column shows the property of its name', async () => {
  expect(named('Barrel')[0]).toContain('length: Int!');
  const type = built.schema({} as never).getType('Barrel') as GraphQLObjectType;
  const resolve = type.getFields()['label']?.resolve as unknown as (...args: unknown[]) => Promise<unknown>;
  expect(await resolve({ label: 'A' }, {}, {}, {})).toBe('A');
});

test('adding a missing column to a noun is a type error', () => {
  const declared = extend(barrels, (f) => ({
    // @ts-expect-error -- the row has no such property
    colour: f.text('Its colour.'),
  }));
  expect(declared.name).toBe('Barrel');
});

test('a table of changes that misses a fact of its stream is a type error', () => {
  const filled = fact('barrels.barrel.filled', 'A barrel was filled.', { barrelId: z.string() });
  const emptied = fact('barrels.barrel.emptied', 'A barrel was emptied.', { barrelId: z.string() });
  const all = { [filled.type]: 'FILLED', [emptied.type]: 'EMPTIED' } as const;
  const some = { [filled.type]: 'FILLED' } as const;
  const BarrelChange = enumeration('BarrelChange', 'How a barrel changed.', { FILLED: 'Full.', EMPTIED: 'Empty.' });
  const told = {
    access: 'public',
    description: 'Changes.',
    eventDescription: 'A change.',
    facts: [filled, emptied],
  } as const;
  const complete = stream('barrelUpdated', {
    ...told,
    event: ({ type }) => ({ change: all[type] }),
    fields: (f) => ({ change: f.enum(BarrelChange, 'What happened.') }),
  });
  const incomplete = stream('barrelChanged', {
    ...told,
    // @ts-expect-error -- the table has no change for barrels.barrel.emptied
    event: ({ type }) => ({ change: some[type] }),
    fields: (f) => ({ change: f.enum(BarrelChange, 'What happened.') }),
  });
  expect([complete.name, incomplete.name]).toEqual(['barrelUpdated', 'barrelChanged']);
});

test('an implementation of an interface has its fields, even if no field mentions it', () => {
  expect(named('BarrelWine')[0]).toContain('implements BarrelContent');
  for (const field of ['title: String!', 'litres: Int!']) expect(named('BarrelWine')[0]).toContain(field);
});

test('another OS’s entity with a hand-written type is declared once', () => {
  expect(named('Viewer')).toHaveLength(1);
  expect(named('Viewer')[0]).toContain('barrels(');
});

test('a noun in ascending order starts with the smallest', () => {
  expect(readOrder({ name: 'Barrel', sort: ['label'] }, [], null)[0]?.direction).toBe('desc');
  expect(readOrder(barrels.options, [], null)[0]?.direction).toBe('asc');
  expect(named('Query')[0]).toContain('Default: by `label`, ascending.');
});
