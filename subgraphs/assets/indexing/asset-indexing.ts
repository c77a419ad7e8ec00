import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { extend } from '../../../platform/declare/extension.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { stream } from '../../../platform/declare/stream.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { owns } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetIndexed, assetIndexRefused } from '../events.ts';
import { AssetIndexingProblemCode, type IndexingProblem } from './problems.ts';

/** At most twenty errors of a structure are reported, and there are three other problems. */
const problemsAtMost = 25;

const Problem = valueType(
  'AssetIndexingProblem',
  'One thing that keeps a draft from being indexed.',
  (f: OutputFields<IndexingProblem>) => ({
    code: f.enum(AssetIndexingProblemCode, 'The kind of problem, for programs.'),
    path: f.texts(
      'The path of the field of the asset to change, such as ["structure", "isrc"]; empty if no field is wrong.',
      { atMost: 10 },
    ),
    message: f.text('What is missing, in English.'),
  }),
);

interface Indexing {
  ownerId: string;
  requestedBy: string;
  requestedAt: Date;
  checkedAt: Date | null;
  problems: IndexingProblem[];
}

const AssetIndexing = valueType(
  'AssetIndexing',
  'The requested indexing of a draft, with what is missing so far.',
  (f: OutputFields<Indexing>) => ({
    requestedBy: f.actor('requestedBy', 'The actor who requested it.'),
    requestedAt: f.time('When it was requested.'),
    checkedAt: f.time('When the draft was last checked; null before the first check.').nullable(),
    problems: f.list(Problem, 'What was missing at the last check; at most 25. Empty before the first check.', {
      atMost: problemsAtMost,
    }),
  }),
);

export const indexingOfAsset = extend(assets, (f) => ({
  indexing: f
    .object(
      AssetIndexing,
      'The indexing of a draft for which `assetIndex` was called, with what is missing. Null if it was not called, or if the asset is no longer a draft. Visible to its owners; null for others.',
    )
    .nullable()
    .from((asset, context) => indexingOf(context, asset))
    .restrictedTo('self', ({ ownerId }, { actor, system }) => system || owns(actor, ownerId)),
}));

/** One statement for all drafts loaded together. */
async function indexingOf(context: Context, { id, status, ownerId }: Asset): Promise<Indexing | null> {
  if (status !== 'DRAFT') return null;
  const found = await batched(context, 'asset indexing', id, async (ids) => {
    const rows = await sqlIn<Indexing & { id: string }>(
      context.em,
      `select id, owner_id as "ownerId", requested_by as "requestedBy", created_at as "requestedAt", checked_at as "checkedAt", problems
       from assets.asset_indexings where universe_id = $1 and id = any($2)`,
      [context.universe, [...ids]],
    );
    return new Map(rows.map((row) => [row.id, row]));
  });
  // A request by a previous owner is not valid for this one.
  return found?.ownerId === ownerId ? found : null;
}

export const assetIndexedStream = stream('assetIndexed', {
  access: 'signedIn',
  description:
    'The outcome of indexing, for drafts of the viewer and of the viewer’s organizations: indexed, or the problems to solve first.',
  eventDescription: 'A draft was indexed, or cannot be indexed until it is changed.',
  facts: [assetIndexed, assetIndexRefused],
  filter: { assetId: 'id', ownerId: 'id' },
  match: ({ payload }, { actor }) => owns(actor, payload.ownerId),
  event: ({ type, payload }) => ({
    assetId: payload.assetId,
    indexed: type === assetIndexed.type,
    problems: 'problems' in payload ? (payload.problems as IndexingProblem[]) : [],
  }),
  fields: (f) => ({
    asset: f.belongsTo(() => assets, 'assetId', 'The asset as it is now.'),
    indexed: f.boolean('Whether the asset was indexed; otherwise `problems` says what is missing.'),
    problems: f.list(
      Problem,
      'What has to be changed before the draft can be indexed; at most 25. Empty if it was indexed.',
      { atMost: problemsAtMost },
    ),
  }),
});
