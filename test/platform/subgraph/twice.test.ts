import { defineEntity, p } from '@mikro-orm/core';
import { expect, test } from 'vitest';
import type { Declared } from '../../../platform/declare/declared.ts';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg, input } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { query } from '../../../platform/declare/query.ts';
import { stateStream } from '../../../platform/declare/stream.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { id, type FilterKind } from '../../../platform/nouns/filter-kinds.ts';
import { checkPrefixes, unknownPrefixFaults } from '../../../platform/subgraph/prefixes.ts';
import { defineSubgraph, type Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { ownedNames } from '../../../schema/names.ts';
import { openWorld } from '../fixtures/world.ts';

const description = 'What it is.';

function shelfNoun(
  name: string,
  prefix: string,
  plural = `${name.toLowerCase()}s`,
  filter: Record<string, FilterKind> = {},
) {
  const Schema = defineEntity({
    name,
    tableName: plural,
    properties: { ...standardColumns, label: p.text(), shelfId: p.text() },
  });
  class Row extends Schema.class {}
  Schema.setClass(Row);
  return noun(Row, {
    name,
    plural,
    prefix,
    words: [name.toLowerCase(), plural],
    description,
    visible: () => ({}),
    audience: 'public',
    filter,
    sort: ['createdAt'],
    fields: (f) => ({ id: f.id(), label: f.text(description) }),
  });
}

const boots = (modules: Record<string, unknown>, name = 'shelves'): Subgraph =>
  defineSubgraph({ name, title: 'Shelves', description, modules: [modules], migrations: [{ name: '001', up: [] }] });

const asked = (name: string): Declared =>
  query(name, { access: 'public', description, answers: (f) => f.text(''), run: () => '' });
const done = (name: string, of: object = {}): Declared =>
  mutation(name, {
    access: 'public',
    description,
    errors: 'none',
    silent: 'Nobody wants to know.',
    payload: (f) => ({ done: f.boolean(description) }),
    run: () => ({ done: true }),
    ...of,
  });
const watched = (name: string): Declared =>
  stateStream(name, {
    access: 'public',
    description,
    eventDescription: description,
    async *subscribe() {
      await Promise.resolve();
      yield { open: true };
    },
    fields: (f) => ({ open: f.boolean(description) }),
  });
const shelf = shelfNoun('Shelf', 'shf', 'shelves');
const extended = (): Declared => extend(shelf, (f) => ({ books: f.int(description).from(() => 1) }));

const label = extend(shelf, (f) => ({ label: f.text(description).from(() => '') }));
const part = input('ShelfPartInput', description, { a: arg.int(description, { min: 1, max: 2 }) });
const samePart = input('ShelfPartInput', description, { b: arg.int(description, { min: 1, max: 2 }) });
const Colour = enumeration('ShelfColour', description, { RED: '', BLUE: '' });
const SameColour = enumeration('ShelfColour', description, { RED: '', GREEN: '' });
const taking = (name: string, what: object): Declared => done(name, { input: { what } });

const faults: [string, Record<string, unknown>][] = [
  ['shelfCount is declared twice in shelves (query)', { a: asked('shelfCount'), b: asked('shelfCount') }],
  ['shelves is declared twice in shelves (query)', { shelf, b: asked('shelves') }],
  [
    'shelfOpened is declared twice in shelves (subscription)',
    { q: asked('shelfNone'), a: watched('shelfOpened'), b: watched('shelfOpened') },
  ],
  ['Shelf.books is declared twice in shelves (field)', { shelf, a: extended(), b: extended() }],
  ['Shelf.label is declared twice in shelves (field)', { shelf, label }],
  [
    'ShelfPartInput is declared twice in shelves (input)',
    {
      q: asked('shelfNone'),
      a: taking('shelfAdd', arg.object(part, '')),
      b: taking('shelfDrop', arg.object(samePart, '')),
    },
  ],
  [
    'ShelfColour is declared twice in shelves (enum)',
    {
      q: asked('shelfNone'),
      a: taking('shelfPaint', arg.enum(Colour, '')),
      b: taking('shelfTint', arg.enum(SameColour, '')),
    },
  ],
  [
    'shelfCreate is declared twice in shelves (mutation)',
    { q: asked('shelfNone'), a: done('shelfCreate'), b: done('shelfCreate') },
  ],
];

test.each(faults)('the boot stops because %s', (fault, modules) => {
  expect(() => buildSubgraph(boots(modules))).toThrow(`The OS "shelves" cannot start:\n`);
  expect(() => buildSubgraph(boots(modules))).toThrow(`\n- ${fault}: rename one of them`);
});

test('the boot stops because a prefix belongs to two nouns, or is invalid', () => {
  const books = shelfNoun('Book', 'shf');
  expect(() => buildSubgraph(boots({ shelf, books }))).toThrow(
    '\n- the prefix shf is of Book (shelves) and of Shelf (shelves): give one of them another `prefix`',
  );
  for (const prefix of ['sh', 'Shf', 'sh1', 'abcdefghijklm'])
    expect(() => buildSubgraph(boots({ shelf: shelfNoun('Shelf', prefix, 'shelves') }))).toThrow(
      `\n- the prefix "${prefix}" of Shelf (shelves) is not 3 to 12 lower-case letters`,
    );
});

test('a house does not start, and prints no contracts, if two of its OSes use the same prefix', async () => {
  const both = [boots({ shelf }), boots({ books: shelfNoun('Book', 'shf') }, 'library')];
  const fault = 'the prefix shf is of Shelf (shelves) and of Book (library): give one of them another `prefix`';
  expect(() => checkPrefixes(both)).toThrow(fault);
  expect(() => ownedNames(both)).toThrow(fault);
  // It stops before it asks for the database.
  await expect(openWorld(null as never, { subgraphs: both })).rejects.toThrow(fault);
});

test('no contracts are printed while an input, argument or filter accepts ids that nothing has', () => {
  const box = input('ShelfBoxInput', description, { boxId: arg.id('box', description) });
  const modules = {
    shelf,
    moved: done('shelfMove', {
      input: { to: arg.objects(box, description, { atMost: 2 }), id: arg.id('shf', description) },
    }),
    found: query('shelfFound', {
      access: 'public',
      description,
      args: { ids: arg.ids(['shf', 'shl'], description, { atMost: 2 }) },
      answers: (f) => f.text(''),
      run: () => '',
    }),
  };
  const library = boots({ books: shelfNoun('Book', 'bok', 'books', { shelfId: id('shl') }) }, 'library');
  const shelves = boots(modules);
  const unknown = (...subgraphs: Subgraph[]): string[] => [...unknownPrefixFaults(subgraphs)];
  const hint = 'which nothing has: correct the prefix, or declare it in `idPrefixes`';
  expect(unknown(shelves, library)).toEqual([
    `shelfFound (shelves) accepts ids "shl_…", ${hint}`,
    `shelfMove (shelves) accepts ids "box_…", ${hint}`,
    `BookFilter (library) accepts ids "shl_…", ${hint}`,
  ]);
  expect(() => ownedNames([shelves, library])).toThrow('shelfMove (shelves) accepts ids "box_…"');
  // Ids of other OSes and of declared prefixes are known.
  const shop = defineSubgraph({ name: 'shop', title: 'Shop', description, idPrefixes: { box: 'Box', shl: 'Plank' } });
  expect(unknown(shelves, library, shop)).toEqual([]);
  expect(() => checkPrefixes([library, { ...shop, idPrefixes: { bok: 'Booklet' } }])).toThrow(
    'the prefix bok is of Book (library) and of Booklet (shop)',
  );
});
