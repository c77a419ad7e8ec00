import { defineEntity, p } from '@mikro-orm/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { CheckedEdits } from '../../../platform/declare/edits.ts';
import { arg, type ArgumentMap } from '../../../platform/declare/input.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

const CaskSchema = defineEntity({
  name: 'Cask',
  tableName: 'casks',
  properties: {
    ...standardColumns,
    label: p.text(),
    note: p.text().nullable(),
    litres: p.integer(),
    decade: p.integer().nullable().generated('(year / 10) stored'),
    ownerId: p.text().name('owner_id'),
  },
});
class Cask extends CaskSchema.class {}
CaskSchema.setClass(Cask);

const options = {
  name: 'Cask',
  plural: 'casks',
  prefix: 'csk',
  words: ['cask', 'casks'],
  description: 'A cask.',
  visible: () => ({}),
  audience: 'public',
  filter: {},
  sort: [],
} as const;
const casks = noun(Cask, { ...options, ownedBy: 'ownerId', fields: (f) => ({ id: f.id() }) });
const ownerless = noun(Cask, { ...options, name: 'OwnerlessCask', fields: (f) => ({ id: f.id() }) });

const changed = fact('casks.cask.changed', 'A cask was changed.', z.object({ caskId: z.string() }));
const common = {
  access: 'casks.cask.change',
  description: 'Changes a cask.',
  errors: 'NOT_FOUND',
  tells: [changed],
  target: 'The cask.',
  run: () => undefined,
};
const label = arg.text('The label.', { max: 10 });

test('edits that the row cannot hold are type errors', () => {
  const edits = <const D extends ArgumentMap>(given: D & CheckedEdits<Cask, D>): string[] => Object.keys(given);
  expect(
    edits({ label: label.kept(), note: label.clearable(), litres: arg.int('Litres.', { min: 1, max: 9 }) }),
  ).toEqual(['label', 'note', 'litres']);
  const misspelt = (): unknown =>
    mutationOf(casks, 'caskChange', {
      ...common,
      // @ts-expect-error -- the row has no such property
      edits: { lable: label.kept() },
    });
  expect(misspelt).toThrow('caskChange: it cannot edit lable');
  // @ts-expect-error -- litres are a number
  edits({ litres: label.kept() });
  // @ts-expect-error -- the label is never null
  edits({ label: label.clearable() });
});

test.each<[string, ArgumentMap]>([
  ['lable: Cask stores no such property', { lable: label.kept() }],
  ['decade: Cask stores no such property', { decade: arg.int('Decade.', { min: 0, max: 9 }).kept() }],
  ['updatedAt: only the platform writes it', { updatedAt: arg.time('When.').kept() }],
  ['label: its default would overwrite the row', { label: label.default('new').kept() }],
])('a mutation does not edit %s', (fault, edits) => {
  expect(() => mutationOf(casks, 'caskChange', { ...common, edits: edits as never })).toThrow(
    `caskChange: it cannot edit ${fault}`,
  );
  expect(() => mutationOf(casks, 'caskChange', { ...common, edits: { label: label.kept() } })).not.toThrow();
});

test('a mutation of rows without a version does not take one', () => {
  expect(() => mutationOf(casks, 'caskChange', { ...common, ifVersion: true })).toThrow(
    'caskChange: Cask stores no `version`',
  );
});

test('a mutation of rows without an owner is refused, and so is an owner that rows do not have', () => {
  expect(() => mutationOf(ownerless, 'caskChange', common)).toThrow('caskChange: OwnerlessCask declares no owner');
  const lost = (): unknown =>
    noun(Cask, { ...options, name: 'LostCask', ownedBy: 'keeperId' as never, fields: (f) => ({ id: f.id() }) });
  expect(lost).toThrow('LostCask is owned by keeperId, and its rows have no such property');
});

test('a field is not in an input twice', () => {
  const twice = (): unknown =>
    mutationOf(casks, 'caskChange', { ...common, edits: { label: label.kept() }, input: { label } });
  expect(twice).toThrow('caskChange: its input has label twice');
});
