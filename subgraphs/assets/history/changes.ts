import type { Fact } from '../../../platform/facts/fact.ts';
import { nameInFacts } from '../asset/asset-record.ts';

/** Changes of one fact: an asset has fewer fields. */
export const changesAtMost = 50;

/** The old and the new value of one field. */
interface AssetFieldChange {
  field: string;
  from: unknown;
  to: unknown;
}

type Payload = Record<string, unknown>;
const fieldOfFact: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(nameInFacts).map(([field, name]) => [name, field]),
);
/** In the order of the alphabet: the log does not keep the order of names. */
const changedFields = (changed: unknown): AssetFieldChange[] =>
  Object.entries((changed ?? {}) as Record<string, { from: unknown; to: unknown }>)
    .map(([field, { from, to }]) => ({ field: fieldOfFact[field] ?? field, from, to }))
    .sort((one, other) => (one.field < other.field ? -1 : 1));
/** Nothing where the status stayed: a draft that is not to be indexed any more. */
const status =
  (to: string) =>
  ({ previousStatus: from = null }: Payload) =>
    from === to ? [] : [{ field: 'status', from, to }];

/** The difference that each fact tells of. */
const differences: Record<string, (payload: Payload) => AssetFieldChange[]> = {
  'assets.asset.updated': ({ changed }) => changedFields(changed),
  'assets.asset.imported': ({ changed }) => changedFields(changed),
  'assets.asset.created': ({ status: to }) => [{ field: 'status', from: null, to }],
  'assets.asset.indexed': status('INDEXED'),
  'assets.asset.reopened': status('DRAFT'),
  'assets.asset.published': status('PUBLISHED'),
  'assets.asset.archived': status('ARCHIVED'),
  'assets.asset.reserved': status('ON_SALE'),
  'assets.asset.released': () => [{ field: 'status', from: 'ON_SALE', to: 'PUBLISHED' }],
  'assets.asset.sold': () => [{ field: 'status', from: 'ON_SALE', to: 'SOLD' }],
  'assets.asset.transferred': ({ fromId, toId }) => [{ field: 'owner', from: fromId, to: toId }],
  'assets.asset.arranged': ({ previousPartIds, partIds }) => [{ field: 'parts', from: previousPartIds, to: partIds }],
  'assets.assetLink.added': ({ kind, target, relation }) => [
    { field: 'links', from: null, to: { kind, target, relation } },
  ],
  'assets.assetField.restored': ({ changed }) => changedFields(changed),
  'assets.assetLink.removed': ({ kind, target, relation }) => [
    { field: 'links', from: { kind, target, relation }, to: null },
  ],
};

export function changesOf({ type, payload }: Fact): AssetFieldChange[] {
  return differences[type]?.(payload as Payload).slice(0, changesAtMost) ?? [];
}
