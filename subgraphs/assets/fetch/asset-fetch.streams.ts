import { stream } from '../../../platform/declare/stream.ts';
import { owns } from '../asset/asset.policy.ts';
import { assetFetchProgressed, assetFetchRequested } from '../events.ts';
import { AssetFetchFault, AssetFetchStatus } from './asset-fetch.entity.ts';
import { assetFetches } from './asset-fetch.noun.ts';

export const assetFetchProgressedStream = stream('assetFetchProgressed', {
  access: 'signedIn',
  description:
    'Progress of the fetches of the viewer and of the viewer’s organizations: one event when a fetch is requested, attempted or ended.',
  eventDescription:
    'A fetch was requested, began, waits for another attempt or ended. The values are those at the time of the event.',
  facts: [assetFetchRequested, assetFetchProgressed],
  filter: { fetchId: 'id', ownerId: 'id', assetId: 'id', importId: 'id' },
  match: ({ payload }, { actor }) => owns(actor, payload.ownerId),
  event: ({ payload }) => ({ ...payload, fault: payload.fault as AssetFetchFault | null }),
  fields: (f) => ({
    fetch: f.belongsTo(() => assetFetches, 'fetchId', 'The fetch as it is now; null after it was deleted.'),
    status: f.enum(AssetFetchStatus, 'The progress of the fetch.'),
    attempts: f.int('Number of attempts so far.'),
    received: f.int('Number of bytes received.'),
    fault: f.enum(AssetFetchFault, 'Why the last attempt failed; null if none did.').nullable(),
  }),
});
