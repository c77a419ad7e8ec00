import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import type { Fact } from '../../../platform/facts/fact.ts';
import { connectionClass } from '../../../platform/nouns/connection.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { nameInFacts } from '../asset/asset-record.ts';

/** Changes per fact; an asset has fewer fields. */
const changesAtMost = 50;

interface FieldChange {
  field: string;
  from: unknown;
  to: unknown;
}

type Payload = Record<string, unknown>;
const fieldOfFact: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(nameInFacts).map(([field, name]) => [name, field]),
);
/** In alphabetical order, because the log does not preserve the order of names. */
const changedFields = (changed: unknown): FieldChange[] =>
  Object.entries((changed ?? {}) as Record<string, { from: unknown; to: unknown }>)
    .map(([field, { from, to }]) => ({ field: fieldOfFact[field] ?? field, from, to }))
    .sort((one, other) => (one.field < other.field ? -1 : 1));
/** Empty if the status did not change, as when the indexing of a draft is withdrawn. */
const status =
  (to: string) =>
  ({ previousStatus: from = null }: Payload) =>
    from === to ? [] : [{ field: 'status', from, to }];

/** The differences in each type of fact. */
const differences: Record<string, (payload: Payload) => FieldChange[]> = {
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

function changesOf({ type, payload }: Fact): FieldChange[] {
  return differences[type]?.(payload as Payload).slice(0, changesAtMost) ?? [];
}

const AssetFieldChange = valueType('AssetFieldChange', 'The old and the new value of one field.', (f) => ({
  field: f.text('The name of the field, such as "title", "status" or "owner".'),
  from: f.object<unknown>(() => JsonValue, 'The value before the change; null if there was none.').nullable(),
  to: f.object<unknown>(() => JsonValue, 'The value after the change; null if there is none.').nullable(),
}));

export const AssetChange = valueType(
  'AssetChange',
  'A change of an asset: what happened, who did it, and which fields changed.',
  (f: OutputFields<Fact>) => ({
    id: f.id('The id of the fact.'),
    factType: f
      .text('The type of the fact, such as "assets.asset.updated". The catalog lists all facts.')
      .from(({ type }) => type),
    occurredAt: f.time().from(({ at }) => at),
    actor: f.actor('actor', 'The actor who made the change.'),
    onBehalfOf: f.actor('onBehalfOf', 'The actor on whose behalf the actor acted; null if the actor acted directly.'),
    actingFor: f.actor('actingFor', 'The organization for which the actor acted; null if there is none.'),
    changes: f
      .list(
        AssetFieldChange,
        `The changed fields in alphabetical order; at most ${changesAtMost}. Empty if \`factType\` says everything.`,
        { atMost: changesAtMost },
      )
      .from(changesOf),
  }),
);

export const AssetChangeConnection = connectionClass<Fact>('AssetChange', () => AssetChange.type);
