import { defineEntity, p } from '@mikro-orm/core';
import { print } from 'graphql';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { extend } from '../../../platform/declare/extension.ts';
import { arg, givenOf } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { checkVersion } from '../../../platform/declare/row-mutation.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { openInterface } from '../../../platform/declare/open-interface.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { defineSubgraph } from '../../../platform/subgraph/subgraph.ts';

const PetSchema = defineEntity({
  name: 'Pet',
  tableName: 'pets',
  properties: { ...standardColumns, name: p.text(), chip: p.text().nullable(), ownerId: p.text().name('owner_id') },
});
class Pet extends PetSchema.class {}
PetSchema.setClass(Pet);

const Passport = valueType('PetPassport', 'What a vet reads.', (f: OutputFields<Pet>) => ({
  chip: f.text('The number of the chip.').restrictedTo('self', (pet, { actor }) => pet.ownerId === actor.id),
}));

const AnyPet = openInterface(
  'AnyPet',
  'An animal.',
  (f: OutputFields<Pet>) => ({
    id: f.id('Its id.'),
    name: f.text('How it is called.'),
    passport: f.object(Passport, 'Its passport.').from((pet) => pet),
  }),
  ({ id }) => (id.startsWith('dog_') ? 'Dog' : 'Cat'),
);

const shared = {
  implements: AnyPet,
  audience: 'public',
  visible: () => ({}),
  filter: {},
  sort: ['createdAt'],
} as const;
const dogs = noun(Pet, {
  name: 'Dog',
  plural: 'dogs',
  prefix: 'dog',
  words: ['dog', 'dogs'],
  description: 'A dog.',
  ...shared,
  fields: (f) => ({
    friends: f
      .hasFew(() => cats, 'ownerId', 'Cats of the same house.', { atMost: 3, where: () => ({ name: { $ne: '' } }) })
      .dependsOn('self'),
  }),
});
const cats = noun(Pet, {
  name: 'Cat',
  plural: 'cats',
  prefix: 'cat',
  words: ['cat', 'cats'],
  description: 'A cat.',
  ...shared,
});
/** Declared before the nouns whose type it has. */
const list = noun(Pet, {
  name: 'AnyPet',
  plural: 'pets',
  prefix: [],
  kinds: [],
  roots: { ids: ['dog', 'cat'], list: false },
  words: ['pet', 'pets'],
  type: () => AnyPet.type,
  audience: 'public',
  visible: () => ({}),
  filter: {},
  sort: [],
});

const petFed = fact('pets.pet.fed', 'Pets were fed.', { count: z.int() });

const modules = [
  { petFed },
  {
    petFeed: mutation('petFeed', {
      access: 'signedIn',
      description: 'Feeds all pets.',
      errors: 'UNAUTHENTICATED',
      tells: [petFed],
      implements: AnyPet,
      payload: (f) => ({ ...AnyPet.fields, fed: f.rows(() => cats, 'Those that were hungry.', { atMost: 5 }) }),
      run: () => {
        throw new Error('not run here');
      },
    }),
    chips: extend(Passport, (f) => ({ hasChip: f.boolean('Whether it has one.').from(({ chip }) => chip !== null) })),
    others: extend(cats, (f) => ({ likes: f.text('What it likes.').from(() => 'fish') })),
  },
];
const os = defineSubgraph({
  name: 'pets',
  title: 'Pets',
  description: 'Pets.',
  nouns: [list, dogs, cats],
  modules,
  migrations: [{ name: '001-pets', up: [] }],
});
const { document, restrictions } = buildSubgraph(os);
const printed = (name: string): string =>
  document.definitions.flatMap((each) => ('name' in each && each.name?.value === name ? [print(each)] : [])).join('\n');

test('nouns and payloads have their own fields and those of their interface', () => {
  expect(printed('AnyPet')).toContain('interface AnyPet');
  for (const type of ['Dog', 'Cat', 'PetFeedPayload'])
    for (const field of ['name: String!', 'passport: PetPassport!']) expect(printed(type)).toContain(field);
  expect(printed('Dog')).toContain('type Dog implements AnyPet & Node');
  expect(printed('PetFeedPayload')).toContain('type PetFeedPayload implements AnyPet');
  expect(printed('PetFeedPayload')).toContain('fed: [Cat!]! @listSize(assumedSize: 5)');
  expect(printed('Query')).toContain('anyPet(id: ID!): AnyPet');
});

test('a restricted column of a value type is hidden from others', () => {
  expect(restrictions.has('PetPassport.chip')).toBe(true);
  expect(printed('PetPassport')).toContain('chip: String @tag(name: "self")');
});

test('a field that depends on the viewer is tagged, and need not be nullable', () => {
  expect(printed('Dog')).toMatch(/friends: \[Cat!\]! (@listSize\(assumedSize: 3\) )?@tag\(name: "self"\)/);
});

test('nouns and value types can be extended in folders of other nouns', () => {
  expect(printed('PetPassport')).toContain('hasChip: Boolean!');
  expect(printed('Cat')).toContain('likes: String!');
});

test('a mutation without fields takes no input, and the facts of a module belong to the OS', () => {
  expect(printed('Mutation')).toContain('petFeed: PetFeedPayload!');
  expect(printed('PetFeedInput')).toBe('');
  expect(os.facts).toEqual([petFed]);
  expect(petFed.payload.safeParse({ count: 'one' }).success).toBe(false);
});

test('an e-mail address is used in its normal form', () => {
  const given = givenOf({ email: arg.email('An address.') }, { email: ' Ann@Example.ORG ' });
  expect(given.email).toBe('ann@example.org');
});

test('an outdated version is CONFLICT at its field', () => {
  expect(() => checkVersion('pet', { version: 2 }, 1)).toThrow('ifVersion: the pet is now at version 2.');
  expect(() => checkVersion('pet', { version: 2 }, undefined)).not.toThrow();
});
