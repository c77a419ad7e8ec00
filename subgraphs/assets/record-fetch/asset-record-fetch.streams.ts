import { stream } from '../../../platform/declare/stream.ts';
import { owns } from '../asset/asset.policy.ts';
import { assetRecordFetchFinished } from '../events.ts';
import { AssetRecordFetchStatus } from './asset-record-fetch.entity.ts';
import { assetRecordFetches } from './asset-record-fetch.noun.ts';

export const assetRecordFetchFinishedStream = stream('assetRecordFetchFinished', {
  access: 'signedIn',
  description: 'One event for each fetch of the viewer or of the viewer’s organizations that succeeded or failed.',
  eventDescription: 'A fetch succeeded or failed.',
  facts: [assetRecordFetchFinished],
  filter: { fetchId: 'id', ownerId: 'id', source: 'text' },
  match: ({ payload }, { actor }) => owns(actor, payload.ownerId),
  fields: (f) => ({
    fetch: f.belongsTo(() => assetRecordFetches, 'fetchId', 'The fetch as it is now.'),
    status: f.enum(AssetRecordFetchStatus, 'DONE or FAILED.'),
  }),
});
