import { extend, isViewer } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { visibleToOwners } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetImports } from '../import/asset-import.noun.ts';
import { AssetImportLineFault } from '../import/line-fault.ts';
import { mediaItems } from '../media/media.noun.ts';
import { AssetFetch, AssetFetchFault, AssetFetchKind, AssetFetchStatus } from './asset-fetch.entity.ts';

/** Rejected lines that a fetch shows: enough to see what is wrong with a file. */
export const rejectedAtMost = 100;

export const assetFetches = noun(AssetFetch, {
  name: 'AssetFetch',
  plural: 'assetFetches',
  prefix: 'aft',
  words: ['fetch', 'fetches'],
  short: 'fetch',
  description:
    'A file that the server fetches from a configured source: a medium of an asset, or a catalogue for an import. Visible to the owners of the assets. Kept for 30 days after its end.',
  visible: visibleToOwners,
  audience: 'self',
  ownedBy: 'ownerId',
  fields: (f) => ({
    id: f.id(),
    kind: f.enum(AssetFetchKind, 'What the file becomes.'),
    status: f.enum(AssetFetchStatus, 'The progress of the fetch.'),
    url: f.text('The fetched address: https://, http:// or s3://bucket/key.'),
    owner: f.actor('ownerId', 'The owner of the asset at the time of the request, or of the imported assets.'),
    asset: f.belongsTo(() => assets, 'assetId', 'The asset whose medium it becomes; null for a catalogue.'),
    media: f.belongsTo(
      () => mediaItems,
      'mediaId',
      'The attached medium; the existing one if the asset had a file with the same content. Null until the fetch is DONE, and for a catalogue.',
    ),
    import: f.belongsTo(
      () => assetImports,
      'importId',
      'The run of the import; null for media, and before the first lines were imported.',
    ),
    received: f.int('Number of bytes received; updated every 15 seconds and at the end.'),
    attempts: f.int('Number of attempts so far; after the fifth the fetch has failed.'),
    nextAttemptAt: f
      .time('When the next attempt is due; null unless QUEUED.')
      .nullable()
      .from(({ status, nextAt }) => (status === 'QUEUED' ? nextAt : null)),
    line: f.int('Number of the last imported line of a catalogue; 0 for media.'),
    rejected: f.list(
      AssetImportLineFault,
      `The first rejected lines of a catalogue; at most ${rejectedAtMost}. \`import.rejected\` counts all.`,
      { atMost: rejectedAtMost },
    ),
    fault: f.enum(AssetFetchFault, 'Why the last attempt failed; null if none did.').nullable(),
    reason: f.text('Why the last attempt failed, in English; null if none did.').nullable(),
    createdBy: f.actor('createdBy', 'The actor who requested it, whose quota the bytes count against.'),
    createdAt: f.time(),
    updatedAt: f.time(),
    liveCursor: f.liveCursor('assetFetchProgressed'),
  }),
  filter: { ownerId: 'id', assetId: 'id', importId: 'id', status: AssetFetchStatus, createdAt: 'time' },
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A fetch of a file by its id. Null if it does not exist, or if its assets do not belong to the viewer or the viewer’s organizations. Errors: UNAUTHENTICATED, INVALID.',
    list: false,
  },
});

export const assetFetchesOfViewer = extend('Viewer', (f) => ({
  assetFetches: f
    .page(
      () => assetFetches,
      'Fetches of files for the viewer and the viewer’s organizations, the newest first; for operators, all. Errors: INVALID.',
      (_viewer, context, args) => assetFetches.list(context, args),
    )
    .restrictedTo('self', isViewer),
}));
