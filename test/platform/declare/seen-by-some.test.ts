import { defineEntity, p } from '@mikro-orm/core';
import { print } from 'graphql';
import { expect, test } from 'vitest';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { stateStream } from '../../../platform/declare/stream.ts';
import type { Audience } from '../../../platform/access/audience.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { defineSubgraph, type Subgraph } from '../../../platform/subgraph/subgraph.ts';

const Schema = defineEntity({
  name: 'Page',
  tableName: 'pages',
  properties: {
    ...standardColumns,
    title: p.text(),
    ownerId: p.text().name('owner_id'),
    bookId: p.text().name('book_id'),
  },
});
class Page extends Schema.class {}
Schema.setClass(Page);

const shown = { title: { $ne: '' } };
const seen = (actor: ActorSnapshot): object => (actor.id === null ? shown : { $or: [shown, { ownerId: actor.id }] });

function pagesOf(visible: (actor: ActorSnapshot) => object | null, audience: Audience = 'visible') {
  return noun(Page, {
    name: 'Page',
    plural: 'pages',
    prefix: 'pag',
    words: ['page', 'pages'],
    description: 'A page.',
    visible: visible as never,
    audience,
    filter: {},
    sort: ['createdAt'],
    fields: (f) => ({
      id: f.id(),
      title: f.text('The title.'),
      note: f
        .text('Notes.')
        .from(() => '')
        .restrictedTo('self', (page, { actor }) => page.ownerId === actor.id),
      price: f
        .text('A price.')
        .from(() => '')
        .restrictedTo('role', () => true),
    }),
    aggregate: { by: ['title'], over: [] },
  });
}

function os(pages: ReturnType<typeof pagesOf>, more: object = {}): Subgraph {
  const lists = extend(pages, (f) => ({
    next: f
      .row(() => pages, 'The next page.')
      .nullable()
      .from(() => null),
    others: f.rows(() => pages, 'Other pages.', { atMost: 3 }).from(() => []),
    sheets: f
      .rows(() => pages, 'Sheets.', { atMost: 3 })
      .from(() => [])
      .dependsOn('visible'),
    within: f.hasMany(() => pages, 'bookId', 'Pages within it.'),
  }));
  return defineSubgraph({
    name: 'books',
    title: 'Books',
    description: 'Books.',
    modules: [{ pages, lists, ...more }],
    migrations: [{ name: '001-pages', up: [] }],
  });
}

const fieldsOf = (type: string, subgraph: Subgraph): Map<string, string[]> => {
  const definition = buildSubgraph(subgraph).document.definitions.find(
    (each) => 'name' in each && each.name?.value === type,
  );
  const fields = definition && 'fields' in definition ? (definition.fields ?? []) : [];
  return new Map(
    fields.map((field) => [
      field.name.value,
      (field.directives ?? []).filter(({ name }) => name.value === 'tag').map((tag) => print(tag)),
    ]),
  );
};

test('fields of rows that only some see are tagged, and what depends on the viewer says so instead', () => {
  const tags = fieldsOf('Page', os(pagesOf(seen)));
  const [visible, self] = ['@tag(name: "visible")', '@tag(name: "self")'];
  for (const field of ['id', 'title', 'next', 'sheets']) expect(tags.get(field), field).toEqual([visible]);
  for (const field of ['note', 'others']) expect(tags.get(field), field).toEqual([self]);
  // Together they depend on the viewer.
  expect(tags.get('price')).toEqual([visible, '@tag(name: "role")']);
});

test('pages, totals and figures of such rows depend on the viewer', () => {
  const subgraph = os(pagesOf(seen));
  for (const type of ['PageConnection', 'PageEdge', 'PageAggregate', 'PageAggregateRow'])
    for (const [field, tags] of fieldsOf(type, subgraph))
      expect(tags, `${type}.${field}`).toEqual(['@tag(name: "self")']);
});

test('a noun whose rows are hidden from some who have signed in does not start as one', () => {
  const hides = (actor: ActorSnapshot): object =>
    actor.platformRoles.includes('AUDITOR') ? { ownerId: 'x' } : seen(actor);
  expect(() => buildSubgraph(os(pagesOf(hides)))).toThrow(
    'Page has the audience "visible", and an actor with AUDITOR may not see what is visible without signing in',
  );
  const onlyOwn = (actor: ActorSnapshot): object | null => (actor.id === null ? null : { ownerId: actor.id });
  expect(() => buildSubgraph(os(pagesOf(onlyOwn)))).toThrow(
    'Page has the audience "visible", and nobody sees any without signing in: its audience is "self"',
  );
  expect(() => buildSubgraph(os(pagesOf(onlyOwn, 'self')))).not.toThrow();
});

test('a stream that is shared by everybody is open to everybody', () => {
  const pageRead = (audience: Audience) =>
    stateStream('pageRead', {
      access: 'signedIn',
      audience,
      description: 'Pages that are read.',
      eventDescription: 'A page was read.',
      async *subscribe() {
        await Promise.resolve();
        yield { title: '' };
      },
      fields: (f) => ({ title: f.text('The title.') }),
    });
  for (const audience of ['public', 'visible'] as const)
    expect(() => buildSubgraph(os(pagesOf(seen), { pageRead: pageRead(audience) }))).toThrow(
      `Subscription.pageRead has the audience "${audience}" but is not open to everybody`,
    );
  expect(() => buildSubgraph(os(pagesOf(seen), { pageRead: pageRead('role') }))).not.toThrow();
});
