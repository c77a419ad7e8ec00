import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import type { Fact } from '../../../platform/facts/fact.ts';
import { connectionClass } from '../../../platform/nouns/connection.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { changesAtMost, changesOf } from './changes.ts';

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
        `The changed fields in alphabetical order; empty where the fact alone says it. At most ${changesAtMost}.`,
        { atMost: changesAtMost },
      )
      .from(changesOf),
  }),
);

export const AssetChangeConnection = connectionClass<Fact>('AssetChange', () => AssetChange.type);
