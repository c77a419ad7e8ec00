import { expect, test } from 'vitest';
import { implies } from '../../../platform/nouns/implied.ts';

const shown = { status: { $in: ['PUBLISHED', 'SOLD'] } };
const own = { ownerId: { $in: ['usr_a'] } };

test.each([
  ['everything is allowed', shown, {}],
  ['it is the same', shown, { status: { $in: ['PUBLISHED', 'SOLD'] } }],
  ['a way is added', shown, { $or: [shown, own] }],
  ['a way is added to a way', { $or: [shown, own] }, { $or: [own, { $or: [shown, { draft: true }] }] }],
  ['a value is among more', { status: 'SOLD' }, shown],
  ['fewer values are among more', { status: { $in: ['SOLD'] } }, shown],
  ['a condition is left out', { ...shown, detachedAt: null }, { detachedAt: null }],
  [
    'a related row may be seen in more ways',
    { asset: shown, detachedAt: null },
    { asset: { $or: [shown, own] }, detachedAt: null },
  ],
  ['one of several conditions is meant', { $and: [shown, own] }, { $or: [own] }],
  [
    'one of several conditions has ways',
    { $and: [shown, { $or: [{ archivedAt: null }, { archivedOwnerId: { $in: [] } }] }] },
    { $and: [{ $or: [shown, own] }, { $or: [{ archivedAt: null }, { archivedOwnerId: { $in: ['usr_a'] } }] }] },
  ],
])('a condition implies another: %s', (_why, given, wanted) => expect(implies(given, wanted)).toBe(true));

test.each([
  ['nothing is given', {}, shown],
  ['there is no such row', shown, null],
  ['a condition is added', shown, { ...shown, detachedAt: null }],
  ['other values', { status: { $in: ['DRAFT', 'SOLD'] } }, shown],
  ['other ways', { $or: [shown, { status: 'DRAFT' }] }, { $or: [shown, own] }],
  ['the related row must be seen in another way', { asset: shown }, { asset: own }],
  ['a stricter condition is excluded', { $not: { status: 'SOLD', draft: true } }, { $not: { status: 'SOLD' } }],
  ['other bounds', { size: { $gt: 1 } }, { size: { $gt: 2 } }],
])('a condition does not imply another: %s', (_why, given, wanted) => expect(implies(given, wanted)).toBe(false));
