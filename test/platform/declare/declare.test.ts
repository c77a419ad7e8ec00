import { defineEntity, p } from '@mikro-orm/core';
import { print } from 'graphql';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { rootsOf } from '../../../platform/access/declare.ts';
import { definePermissions } from '../../../platform/access/permission.ts';
import { ForeignEntities } from '../../../platform/declare/entities.ts';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg, givenOf, input as inputOf, type GivenBy } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { query } from '../../../platform/declare/query.ts';
import { stateStream, stream } from '../../../platform/declare/stream.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { filterQuery } from '../../../platform/nouns/filter-query.ts';
import { id } from '../../../platform/nouns/filter-kinds.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { defineSubgraph, type Subgraph, type SubgraphOptions } from '../../../platform/subgraph/subgraph.ts';

const CrateState = enumeration('CrateState', 'Whether a crate is open.', { OPEN: 'It is open.', SHUT: 'It is shut.' });

const CrateSchema = defineEntity({
  name: 'Crate',
  tableName: 'crates',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    label: p.text(),
    note: p.text().nullable(),
    state: p.enum(CrateState.values),
    ownerId: p.text().name('owner_id'),
    secret: p.text(),
  },
});
class Crate extends CrateSchema.class {}
CrateSchema.setClass(Crate);
classify(CrateSchema, { secret: ['secret'] });

const Size = valueType('CrateSize', 'How large a crate is.', (f) => ({
  width: f.int('Centimetres.'),
  height: f.int('Centimetres.'),
  area: f.int('Square centimetres.').from((size) => (size as { width: number }).width ** 2),
}));

const options = {
  name: 'Crate',
  plural: 'crates',
  prefix: 'crt',
  words: ['crate', 'crates'],
  description: 'A box of wood.',
  visible: () => ({}),
  audience: 'public',
  ownedBy: 'ownerId',
  filter: { label: 'text', state: CrateState },
  sort: ['createdAt'],
} as const;

const crates = noun(Crate, {
  ...options,
  fields: (f) => ({
    ...f.standard(),
    label: f.text('What is written on it.'),
    note: f.text('A note; null if there is none.').nullable(),
    state: f.enum(CrateState, 'Whether it is open.'),
    owner: f.actor('ownerId', 'The owner.'),
    length: f.int('Characters of the label.').from((crate) => crate.label.length),
    size: f.object(Size, 'Its size.').from(() => ({ width: 1, height: 2 })),
    siblings: f
      .texts('Labels beside it.')
      .with(
        { first: arg.int('Number of labels, 1 to 9.', { min: 1, max: 9 }).default(3) },
        (crate, _context, { first }) => Array.from({ length: first }, () => crate.label),
      )
      .cost(20),
    hint: f
      .text('A hint.')
      .from((crate) => crate.secret)
      .restrictedTo('self', (crate, { actor }) => crate.ownerId === actor.id),
  }),
  aggregate: { by: ['owner', 'state'], over: ['createdAt'] },
});

/** The shut crates, for mutations. */
const shutCrates = crates.variant({ name: 'ShutCrate', audience: 'self', visible: () => ({ state: 'SHUT' as const }) });

const crateCapacity = query('crateCapacity', {
  access: 'public',
  description: 'How many crates fit onto a shelf.',
  errors: 'INVALID',
  args: { shelves: arg.ids('shf', 'The shelves.', { atMost: 5 }) },
  answers: (f) => f.int('').nullable(),
  run: (_context, { shelves }) => shelves.length,
});

const cratesHeldStream = stateStream('cratesHeld', {
  access: 'public',
  description: 'What a shelf holds; the present list first.',
  eventDescription: 'What a shelf holds.',
  args: { within: arg.int('Seconds, 1 to 60.', { min: 1, max: 60 }).default(10) },
  async *subscribe(_context, { within }) {
    await Promise.resolve();
    yield { within };
  },
  fields: (f) => ({ within: f.int('Seconds.') }),
});

const crateOpened = fact('crates.crate.opened', 'A crate was opened.', z.object({ crateId: z.string() }));

const crateOpen = mutationOf(crates, 'crateOpen', {
  access: 'crates.crate.open',
  description: 'Opens a crate.',
  errors: 'NOT_FOUND, FORBIDDEN',
  tells: [crateOpened],
  target: 'The crate to open.',
  run: (tx, crate) => tx.emit(crateOpened, crate.id, { crateId: crate.id }),
});

const crateOpenedStream = stream('crateOpened', {
  access: 'public',
  description: 'Crates that were opened.',
  eventDescription: 'A crate was opened.',
  facts: [crateOpened],
  filter: { crateId: 'id' },
  fields: (f) => ({ crate: f.belongsTo(() => crates, 'crateId', 'The crate.') }),
});

const cratesOfActor = extend('Actor', (f) => ({
  crates: f.hasMany(() => crates, 'ownerId', 'The crates of this actor.'),
}));

const besideCrates = extend(crates, (f) => ({
  nearest: f
    .texts('The nearest ones.')
    .with({ first: arg.int('Number of them, 1 to 9.', { min: 1, max: 9 }).default(3) }, () => []),
}));

function cratesOs(more: Partial<SubgraphOptions> = {}): Subgraph {
  return defineSubgraph({
    name: 'crates',
    title: 'Crates',
    description: 'Boxes.',
    modules: [
      {
        crates,
        besideCrates,
        shutCrates,
        crateOpen,
        crateOpenedStream,
        cratesHeldStream,
        cratesOfActor,
        crateCapacity,
        options,
      },
    ],
    permissions: definePermissions({ 'crates.crate.open': { sentence: 'Open crates.', own: true } }),
    facts: [crateOpened],
    migrations: [{ name: '001-crates', up: [] }],
    ...more,
  });
}

const os = cratesOs();
const { sdl, document, roots } = buildSubgraph(os);
const printed = (name: string): string =>
  document.definitions.flatMap((each) => ('name' in each && each.name?.value === name ? [print(each)] : [])).join('\n');

test('a noun has a type with its fields and an entity key, and no undeclared column', () => {
  const type = printed('Crate');
  expect(type).toContain('type Crate implements Node @key(fields: "id")');
  for (const field of [
    'label: String!',
    'note: String\n',
    'state: CrateState!',
    'owner: Actor',
    'length: Int!',
    'version: Int!',
  ])
    expect(type).toContain(field);
  expect(type).toContain('hint: String @tag(name: "self")');
  expect(type).not.toContain('secret');
  expect(type).not.toContain('ownerId');
  expect(os.entities).toEqual([Crate]);
});

test('root fields, lists and aggregates follow from the noun', () => {
  expect([...roots.keys()].toSorted()).toEqual([
    'Mutation.crateOpen',
    'Query.crate',
    'Query.crateAggregate',
    'Query.crateCapacity',
    'Query.crates',
    'Subscription.crateOpened',
    'Subscription.cratesHeld',
  ]);
  expect(printed('Query')).toContain('The crates visible to the viewer, newest first.');
  expect(printed('CrateAggregateRow')).toContain('owner: Actor');
  expect(printed('CrateAggregateRow')).toContain('state: CrateState');
});

test('an enum is described in the graph, and has the values of the column and of facts', () => {
  expect(printed('CrateState')).toContain('"""It is open."""');
  expect(z.enum(CrateState.values).options).toEqual(['OPEN', 'SHUT']);
});

test('a value type is part of the OS that shows it, with its computed fields', () => {
  expect(printed('CrateSize')).toContain('area: Int!');
  expect(printed('Crate')).toContain('size: CrateSize!');
});

test('a field has arguments and a cost', () => {
  expect(printed('Crate')).toContain('siblings(');
  expect(printed('Crate')).toContain('first: Int! = 3');
  expect(printed('Crate')).toContain('@cost(weight: 20)');
});

test('a variant of a noun has its own type and lists, and no root field', () => {
  expect(shutCrates.Filter).toBe(crates.Filter);
  expect(shutCrates.Connection).toBe(crates.Connection);
  expect(shutCrates.options.type()).toBe(crates.built.type);
  expect(sdl).not.toContain('ShutCrate');
});

test('a query without a noun has its arguments and errors', () => {
  expect(printed('Query')).toContain('How many crates fit onto a shelf. Errors: INVALID.');
  expect(printed('Query')).toMatch(/crateCapacity\([^)]*shelves: \[ID!\]![^)]*\): Int @tag\(name: "everybody"\)\n/);
});

test('a stream of states has its arguments, but neither cursor nor position', () => {
  expect(printed('CratesHeldEvent')).not.toContain('cursor');
  expect(printed('Subscription')).toContain('within: Int! = 10');
});

test('a stream that depends on the subscriber is not shared unless it says so', () => {
  expect(roots.get('Subscription.crateOpened')?.audience).toBe('public');
  const matched = stream('crateSeen', {
    access: 'public',
    description: 'Crates of the viewer.',
    eventDescription: 'A crate was opened.',
    facts: [crateOpened],
    match: (_fact, { actor }) => actor.id !== null,
    fields: (f) => ({ crateId: f.id() }),
  });
  const [Fields] = matched.build(new ForeignEntities());
  expect(rootsOf(Fields!)).toMatchObject([{ name: 'crateSeen', audience: 'self' }]);
});

test('a mutation of a row without a permission is refused', () => {
  expect(() =>
    mutationOf(crates, 'crateShut', {
      access: 'signedIn',
      description: 'Shuts a crate.',
      errors: 'NOT_FOUND',
      tells: [crateOpened],
      target: 'The crate to shut.',
      run: () => undefined,
    }),
  ).toThrow('crateShut: a mutation of a row needs a permission');
});

test('a mutation of a row takes its id and returns the row', () => {
  expect(printed('CrateOpenInput')).toContain('crateId: ID!');
  expect(printed('CrateOpenPayload')).toContain('crate: Crate!');
  expect(roots.get('Mutation.crateOpen')).toMatchObject({
    access: 'crates.crate.open',
    tells: { facts: [crateOpened] },
  });
});

test('a stream has an event with its position, a filter and a cursor to resume from', () => {
  const event = printed('CrateOpenedEvent');
  for (const field of ['cursor: String!', 'sequence: String!', 'occurredAt: DateTime!', 'crate: Crate'])
    expect(event).toContain(field);
  expect(printed('CrateOpenedFilter')).toContain('crateId: IDFilter');
  expect(printed('Subscription')).toContain('after: String');
});

test('an OS can add fields to another OS’s types', () => {
  expect(printed('Actor')).toContain('@interfaceObject @key(fields: "id")');
  expect(printed('Actor')).toContain('crates(');
  expect(sdl).toContain('type CrateConnection');
});

test('a mutation that returns an unregistered noun stops the boot', () => {
  const others = noun(Crate, {
    ...options,
    name: 'Chest',
    plural: 'chests',
    prefix: 'che',
    fields: (f) => f.standard(),
  });
  const chestOpen = mutation('chestOpen', {
    access: 'public',
    description: 'Opens a chest.',
    errors: 'NOT_FOUND',
    silent: 'Nobody wants to know.',
    answers: others,
    run: () => new Crate(),
  });
  expect(() => buildSubgraph(cratesOs({ name: 'chests', modules: [{ chestOpen }] }))).toThrow(
    /Chest is not a noun of any OS/,
  );
});

test('an aggregate with time buckets for a field that is not a time stops the start', () => {
  expect(() =>
    noun(Crate, { ...options, fields: (f) => f.standard(), aggregate: { by: [], over: ['version'] } }),
  ).toThrow('Crate.version is not a time or date');
});

test('a missing or nullable column is a type error', () => {
  const declared = [
    () =>
      noun(Crate, {
        ...options,
        // @ts-expect-error -- the row has no such property
        fields: (f) => ({ colour: f.text('Its colour.') }),
      }),
    () =>
      noun(Crate, {
        ...options,
        // @ts-expect-error -- the property may be null
        fields: (f) => ({ note: f.text('A note.') }),
      }),
    () =>
      noun(Crate, {
        ...options,
        // @ts-expect-error -- the property has another type
        fields: (f) => ({ label: f.int('A number.') }),
      }),
    () =>
      noun(Crate, {
        ...options,
        fields: (f) => ({
          // @ts-expect-error -- the row has no such property
          keeper: f.actor('keeperId', 'Who keeps it.'),
        }),
      }),
  ];
  expect(declared).toHaveLength(4);
});

const input = {
  title: arg.text('A title.', { min: 1, max: 10 }),
  note: arg.text('A note.', { max: 10 }).clearable(),
  label: arg.text('A label.', { min: 1, max: 10 }).kept(),
  crateId: arg.id('crt', 'A crate.').optional(),
};

test('null clears a clearable field, is refused for others, and is ignored elsewhere', () => {
  expect(givenOf(input, { title: ' First ', note: null, crateId: null })).toEqual({ title: 'First', note: null });
  expect(givenOf(input, { title: 'First' })).toEqual({ title: 'First' });
  expect(() => givenOf(input, { title: 'First', label: null })).toThrow('label cannot be cleared.');
});

test('an id of another type is refused with the path of its field', () => {
  const wrong = { title: 'First', crateId: 'usr_01jz0000000000000000000000' };
  expect(() => givenOf(input, wrong)).toThrow(
    expect.objectContaining({ code: 'INVALID', details: { path: ['input', 'crateId'] } }),
  );
});

const Corner = inputOf('CornerInput', 'A corner of a crate.', {
  label: arg.text('A label.', { min: 1, max: 10 }),
  crateId: arg.id('crt', 'A crate.').optional(),
});

test('the rules for input fields apply to nested inputs, with the full path', () => {
  const fields = { corners: arg.objects(Corner, 'The corners.', { atMost: 4 }).clearable() };
  const corners: GivenBy<typeof Corner>[] = [{ label: 'north', crateId: undefined }];
  expect(givenOf(fields, { corners: [{ label: ' north ', crateId: null }] })).toEqual({
    corners: [{ label: 'north' }],
  });
  expect(corners).toHaveLength(1);
  expect(() => givenOf(fields, { corners: [{ label: 'n' }, { label: 's', crateId: 'usr_1' }] })).toThrow(
    expect.objectContaining({ code: 'INVALID', details: { path: ['input', 'corners', '1', 'crateId'] } }),
  );
});

test('a filter by an id of another type is refused with its path', () => {
  const fields = { crateId: id('crt'), keeper: { column: 'ownerId', kind: id('usr', 'org') } } as const;
  const wrong = 'ast_01jz0000000000000000000000';
  const refused = (filter: object, path: string[]): void =>
    expect(() => filterQuery(filter, fields)).toThrow(
      expect.objectContaining({ code: 'INVALID', details: { path: ['filter', ...path] } }),
    );
  refused({ crateId: { eq: wrong } }, ['crateId', 'eq']);
  refused({ or: [{}, { crateId: { in: [wrong] } }] }, ['or', '1', 'crateId', 'in', '0']);
  refused({ not: { keeper: { eq: wrong } } }, ['not', 'keeper', 'eq']);
});

test('a copy of an OS with other reactions is built from the same classes', () => {
  expect(buildSubgraph({ ...os, reactions: [] }).sdl).toBe(sdl);
});
