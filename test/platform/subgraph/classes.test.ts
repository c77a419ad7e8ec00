import { defineEntity, p } from '@mikro-orm/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { noun } from '../../../platform/declare/noun.ts';
import { fact, personal } from '../../../platform/facts/fact.ts';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
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
