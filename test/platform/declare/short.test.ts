import { defineEntity, p } from '@mikro-orm/core';
import { print } from 'graphql';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { definePermissions } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg, givenOf } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { checkVersion, mutationOf } from '../../../platform/declare/row-mutation.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { query } from '../../../platform/declare/query.ts';
import { stream } from '../../../platform/declare/stream.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { defineSubgraph } from '../../../platform/subgraph/subgraph.ts';

const BarrelLabelSchema = defineEntity({
  name: 'BarrelLabel',
  tableName: 'barrel_labels',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    litres: p.text(),
    words: p.array(),
    ownerId: p.text().name('owner_id'),
  },
});
class BarrelLabel extends BarrelLabelSchema.class {}
BarrelLabelSchema.setClass(BarrelLabel);

const labels = noun(BarrelLabel, {
  name: 'BarrelLabel',
  plural: 'barrelLabels',
  prefix: 'bla',
  words: ['label', 'labels'],
  short: 'label',
  description: 'What is written on a barrel.',
  visible: () => ({}),
  audience: 'public',
  ownedBy: 'ownerId',
  fields: (f) => ({
    ...f.standard(),
    litres: f.bigInt('Litres of the barrel.'),
    words: f.texts('At most 12 words.', { atMost: 12 }),
    owner: f.actor('ownerId', 'The owner.'),
    liveCursor: f.liveCursor('barrelLabelTorn'),
  }),
  filter: { ownerId: 'id' },
  sort: ['createdAt'],
});

const likeOfLabel = extend(labels, (f) => ({
  like: f
    .rows(() => labels, 'Labels that resemble it.')
    .with({ first: arg.int('At most 9.', { min: 1, max: 9 }).default(3) }, () => []),
}));

const torn = fact('barrels.label.torn', 'A label was torn.', z.object({ labelId: z.string() }));
const common = { access: 'barrels.label.tear', errors: 'NOT_FOUND', tells: [torn] } as const;

const barrelLabelTear = mutationOf(labels, 'barrelLabelTear', {
  ...common,
  description: 'Tears a label.',
  target: 'The label to tear.',
  ifVersion: true,
  run: () => undefined,
});
const barrelLabelCopy = mutation('barrelLabelCopy', {
  ...common,
  description: 'Copies a label.',
  input: { serial: arg.foreignId('The number that the cooper gave it.', { max: 20 }) },
  answers: labels,
  run: () => new BarrelLabel(),
});
const barrelLabelsLike = query('barrelLabelsLike', {
  access: 'signedIn',
  description: 'Labels that resemble a text.',
  args: {
    first: arg.int('At most 9.', { min: 1, max: 9 }).default(3),
    filter: arg.filter(() => labels, 'Only among these.').optional(),
  },
  answers: (f) => f.rows(() => labels, ''),
  run: () => [],
});
const barrelLabelTorn = stream('barrelLabelTorn', {
  access: 'signedIn',
  description: 'Labels that were torn.',
  eventDescription: 'A label was torn.',
  facts: [torn],
  fields: (f) => ({ label: f.belongsTo(() => labels, 'labelId', 'The label.') }),
});

/** Hand-written, as in OSes that are not fully declared. */
@ObjectType('Actor')
@Directive('@interfaceObject')
@Directive('@key(fields: "id")')
class ActorStub {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true, description: 'The cooper of the actor.' })
  cooper!: string | null;
}

const { document } = buildSubgraph(
  defineSubgraph({
    name: 'barrels',
    title: 'Barrels',
    description: 'Barrels.',
    modules: [{ labels, likeOfLabel, barrelLabelTear, barrelLabelCopy, barrelLabelsLike, barrelLabelTorn }],
    types: [ActorStub],
    permissions: definePermissions({ 'barrels.label.tear': { sentence: 'Tear labels.', own: true } }),
    facts: [torn],
    migrations: [{ name: '001-barrels', up: [] }],
  }),
);
const printed = (name: string): string =>
  document.definitions.flatMap((each) => ('name' in each && each.name?.value === name ? [print(each)] : [])).join('\n');

test('payloads and inputs use the short name of a noun, and root fields its full name', () => {
  expect(printed('BarrelLabelTearInput')).toContain('labelId: ID!');
  expect(printed('BarrelLabelTearPayload')).toContain('label: BarrelLabel!');
  expect(printed('BarrelLabelCopyPayload')).toContain('label: BarrelLabel!');
  expect(printed('Query')).toContain('barrelLabel(id: ID!): BarrelLabel');
});

test('a list declares its size, or the argument that sets it', () => {
  expect(printed('BarrelLabel')).toContain('words: [String!]! @listSize(assumedSize: 12)');
  expect(printed('BarrelLabel')).toMatch(/like\([^)]*\): \[BarrelLabel!\]! @listSize\(slicingArguments: \["first"\]/);
});

test('whole numbers of any size, live cursors, ids of other systems and filters of a noun have their types', () => {
  expect(printed('BarrelLabel')).toContain('litres: BigInt!');
  expect(printed('BarrelLabel')).toMatch(/`barrelLabelTorn\(after:\)`[^"]*"""\s*liveCursor: String!/);
  expect(printed('BarrelLabelCopyInput')).toContain('serial: ID!');
  expect(givenOf({ serial: arg.foreignId('Any.', { max: 20 }) }, { serial: '17' })).toEqual({ serial: '17' });
  expect(printed('Query')).toContain('filter: BarrelLabelFilter');
});

test('a hand-written stub represents its entity beside declared types', () => {
  expect(printed('Actor')).toContain('cooper: String');
  expect(printed('BarrelLabel')).toContain('owner: Actor');
  expect(document.definitions.filter((each) => 'name' in each && each.name?.value === 'Actor')).toHaveLength(1);
});

test('the description of a stream that is not public says that it needs a sign-in', () => {
  expect(printed('Subscription')).toContain('Errors: UNAUTHENTICATED, INVALID and EXPIRED for a cursor.');
});

test('a row with another version than the input is CONFLICT', () => {
  expect(() => checkVersion('label', { version: 2 }, undefined)).not.toThrow();
  expect(() => checkVersion('label', { version: 2 }, 2)).not.toThrow();
  expect(() => checkVersion('label', { version: 2 }, 1)).toThrow(/^ifVersion: the label is now at version 2/);
  expect(printed('BarrelLabelTearInput')).toContain('ifVersion: Int');
});
