import { defineEntity, p } from '@mikro-orm/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { FieldMap } from '../../../platform/declare/field.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { fact, personal } from '../../../platform/facts/fact.ts';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { facets } from '../../../platform/nouns/facets.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { classFaults, columnsOfSubgraph } from '../../../platform/subgraph/classes.ts';
import { defineSubgraph, type SubgraphOptions } from '../../../platform/subgraph/subgraph.ts';

const PatronSchema = defineEntity({
  name: 'Patron',
  tableName: 'patrons',
  properties: {
    ...standardColumns,
    title: p.text(),
    note: p.text(),
    email: p.text(),
    sealedToken: p.text().name('sealed_token'),
  },
});
class Patron extends PatronSchema.class {}
PatronSchema.setClass(Patron);
classify(PatronSchema, { personal: ['email'], secret: ['sealedToken'] });

const StrangerSchema = defineEntity({
  name: 'Stranger',
  tableName: 'strangers',
  properties: { ...standardColumns, phone: p.text(), refreshToken: p.text(), pin: p.text() },
});
class Stranger extends StrangerSchema.class {}
StrangerSchema.setClass(Stranger);
classify(StrangerSchema, { secret: ['pin'] });

const options = {
  plural: 'patrons',
  prefix: 'pat',
  words: ['patron', 'patrons'],
  description: 'Somebody who gives.',
  visible: () => ({}),
  audience: 'public',
  filter: {},
  sort: [],
} as const;
const patrons = noun(Patron, { ...options, name: 'Patron', fields: (f) => ({ title: f.text('A title.') }) });

const os = (more: Partial<SubgraphOptions>) =>
  defineSubgraph({ name: 'patrons', title: 'Patrons', description: 'Patrons.', ...more });
const faults = (more: Partial<SubgraphOptions>): string[] => [...classFaults(os(more))];

test('a column is internal, unless a public field shows it or it is classified', () => {
  const columns = columnsOfSubgraph(os({ nouns: [patrons] }));
  const classes = Object.fromEntries(columns.map(({ column, class: is }) => [column, is]));
  expect(classes).toMatchObject({ title: 'public', note: 'internal', email: 'personal', sealed_token: 'secret' });
  expect(faults({ nouns: [patrons] })).toEqual([]);
});

test('columns named like secret or personal data must be classified, and logs must not show them', () => {
  expect(faults({ entities: [Stranger] })).toEqual([
    'Stranger.phone is named like something personal: classify it',
    'Stranger.refreshToken is named like a secret: classify it as one, or rename it',
    'Stranger.pin is secret, and a log would show it: add it to `redacted` in platform/telemetry/log.ts',
  ]);
});

test('no field shows a secret', () => {
  const open = noun(Patron, { ...options, name: 'OpenPatron', fields: (f) => ({ sealedToken: f.text('A token.') }) });
  expect(faults({ nouns: [open] })).toEqual(['Patron.sealedToken is secret, and a field shows it']);
});

test('no list is filtered or sorted by a secret, which could be guessed that way', () => {
  for (const by of [{ filter: { sealedToken: 'text' } }, { sort: ['sealedToken'] }] as const) {
    const open = noun(Patron, {
      ...options,
      ...by,
      name: 'OpenPatron',
      fields: (f) => ({ title: f.text('A title.') }),
    });
    expect(faults({ nouns: [open] })).toEqual(['Patron.sealedToken is secret, and lists are filtered or sorted by it']);
  }
});

test('no filter of another name, figure, facet or snippet reveals a secret', () => {
  const open = (name: string, more: object) =>
    noun(Patron, { ...options, ...more, name, fields: (f) => ({ title: f.text('A title.') }) });
  const token = { column: 'sealedToken', kind: 'text' } as const;
  const type = (): unknown => String;
  const money = { column: 'sealed_token', currency: 'currency', description: 'tokens' };
  const search = { column: 'words', snippets: { token: 'upper(e.sealed_token)' } };
  const listed = 'Patron.sealedToken is secret, and lists are filtered or sorted by it';
  const counted = 'Patron.sealedToken is secret, and figures are counted or summed by it';
  const faceted = open('FacetPatron', {});
  facets(faceted, { token: { column: 'sealed_token', filter: 'token', description: 'Tokens.' } });
  for (const [by, fault] of [
    [open('FilteredPatron', { filter: { code: token } }), listed],
    [open('GroupedPatron', { aggregate: { by: [{ code: { property: 'sealedToken', type } }], over: [] } }), counted],
    [open('ColumnPatron', { aggregate: { by: [{ code: { column: 'sealed_token', type } }], over: [] } }), counted],
    [open('SummedPatron', { aggregate: { by: [], over: [], money: { price: money } } }), counted],
    [faceted, counted],
    [open('FoundPatron', { search }), 'Patron.sealedToken is secret, and searches show or match it'],
  ] as const)
    expect(faults({ nouns: [by] }), by.name).toEqual([fault]);
  const variant = open('ViewerPatron', { isEntity: false, filter: { code: token } });
  expect(faults({ modules: [{ patrons, variant }] })).toEqual([listed]);
});

test('lists and figures do not compare what a field restricts, unless their own type shows it', () => {
  const built = (name: string, more: object, others: object = {}) => {
    const guarded = noun(Patron, {
      ...options,
      ...more,
      name,
      plural: `${name}s`,
      fields: (f) => ({
        title: f.text('A title.'),
        note: f.text('A note.').restrictedTo('self', () => false),
        keeper: f.actor('email', 'Its keeper.').restrictedTo('self', () => false),
      }),
    });
    const migrations = [{ name: '001-patrons', up: [] }];
    return (): unknown => buildSubgraph(os({ modules: [{ guarded, ...others }], migrations }));
  };
  const aggregate = (by: readonly unknown[]) => ({ aggregate: { by, over: [] } });
  const type = (): unknown => String;
  expect(built('PatronA', { filter: { title: 'text' }, sort: ['title'], ...aggregate(['title']) })).not.toThrow();
  for (const [n, [more, fault]] of [
    [{ filter: { note: 'text' } }, 'note is restricted, and lists are filtered or sorted by it'],
    [{ filter: { text: { column: 'note', kind: 'text' } } }, 'note is restricted, and lists'],
    [{ sort: ['note'] }, 'note is restricted, and lists'],
    [{ filter: { email: 'text' } }, 'keeper is restricted, and lists'],
    [aggregate(['note']), 'note is restricted, and figures are counted or summed by it'],
    [aggregate([{ code: { property: 'note', type } }]), 'note is restricted, and figures'],
  ].entries())
    expect(built(`PatronB${n}`, more as object)).toThrow(`- PatronB${n}.${fault as string}`);
  expect(built('PatronC', { filter: { lable: 'text' } })).toThrow('is filtered, sorted or counted by lable, which its');
  const own = (name: string, fields: (f: OutputFields<Patron>) => FieldMap) =>
    noun(Patron, {
      ...options,
      name,
      plural: `${name}s`,
      prefix: 'pao',
      filter: { note: 'text' },
      fields: fields as never,
    });
  const guarded = own('PatronE', (f) => ({ note: f.text('A note.') }));
  expect(built('PatronD', {}, { guarded2: guarded })).not.toThrow();
  const open = own('PatronG', (f) => ({ title: f.text('A title.') }));
  expect(built('PatronF', {}, { open })).toThrow(
    'PatronF.note is restricted, and lists are filtered or sorted by it: PatronG',
  );
});

test('a fact contains no secret at any depth, and personal data only where its payload says so', () => {
  const told = (payload: z.ZodType): string[] =>
    faults({ nouns: [patrons], facts: [fact('patrons.patron.given', 'Somebody gave.', payload)] });
  expect(told(z.object({ patronId: z.string(), note: z.string() }))).toEqual([]);
  expect(told(z.object({ gifts: z.array(z.object({ sealedToken: z.string().nullable() })) }))).toEqual([
    'the fact "patrons.patron.given" tells gifts.sealedToken, which is secret',
  ]);
  expect(told(z.object({ email: z.string().optional() }))).toEqual([
    'the fact "patrons.patron.given" tells email, which is personal: leave it out, or write personal(…) in its payload',
  ]);
  expect(told(z.object({ email: personal(z.string()).optional() }))).toEqual([]);
  expect(told(z.object({ email: personal(z.string().optional()) }))).toEqual([]);
});
