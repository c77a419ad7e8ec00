import { extend, isViewer } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { visibleToOwners } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.noun.ts';
import { AssetRecordFetch, AssetRecordFetchKind, AssetRecordFetchStatus } from './asset-record-fetch.entity.ts';
import { AssetRecordFetchProblemCode, type FetchProblem } from './problems.ts';

const Problem = valueType(
  'AssetRecordFetchProblem',
  'Why nothing was fetched, or what is missing in the result.',
  (f: OutputFields<FetchProblem>) => ({
    code: f.enum(AssetRecordFetchProblemCode, 'The kind of problem, for programs.'),
    message: f.text('What is wrong, in English.'),
  }),
);

export const assetRecordFetches = noun(AssetRecordFetch, {
  name: 'AssetRecordFetch',
  plural: 'assetRecordFetches',
  prefix: 'arf',
  words: ['fetch', 'fetches'],
  short: 'fetch',
  description:
    'A request to create or refresh an asset from a blockchain token or a web page. A worker carries it out; requesting it again refreshes the asset. Visible to its owners.',
  visible: visibleToOwners,
  audience: 'self',
  fields: (f) => ({
    id: f.id(),
    owner: f.actor('ownerId', 'The owner of the resulting asset.'),
    requestedBy: f.actor('requestedBy', 'The actor who requested it last.'),
    kind: f.enum(AssetRecordFetchKind, 'The kind of source.'),
    source: f.text('The source: the chain, such as "eip155:1" (CAIP-2), or the host of the page.'),
    reference: f.text(
      'The object at the source: for a token its contract in lower case and its id, as "0x…/1"; for a page its address.',
    ),
    status: f.enum(AssetRecordFetchStatus, 'The progress of the fetch.'),
    attempts: f.int('Number of attempts since the last request; at most 8, in about four minutes.'),
    asset: f.belongsTo(
      () => assets,
      'assetId',
      'The asset; null until the first successful fetch, or if the viewer can no longer see it.',
    ),
    problem: f.object(Problem, 'Why the fetch FAILED; null otherwise.').nullable(),
    notes: f.list(Problem, 'What is missing in the asset; at most 10.', { atMost: 10 }),
    createdAt: f.time(),
    updatedAt: f.time(),
    finishedAt: f.time('When it was last DONE or FAILED; null until then.').nullable(),
    liveCursor: f.liveCursor('assetRecordFetchFinished'),
  }),
  filter: { ownerId: 'id', source: 'text', status: AssetRecordFetchStatus, createdAt: 'time' },
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A fetch of a token or page by its id. Null if it does not exist, or does not belong to the viewer or the viewer’s organizations. Errors: UNAUTHENTICATED, INVALID.',
    list: false,
  },
});

export const assetRecordFetchesOfViewer = extend('Viewer', (f) => ({
  assetRecordFetches: f
    .page(
      () => assetRecordFetches,
      'Fetches of tokens and pages for the viewer and the viewer’s organizations, the newest first; for operators, all. Errors: INVALID.',
      (_viewer, context, args) => assetRecordFetches.list(context, args),
    )
    .restrictedTo('self', isViewer),
}));
