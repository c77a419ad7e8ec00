import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { PayloadOf } from '../../platform/facts/fact.ts';
import {
  assetArchived,
  assetCreated,
  assetImported,
  assetIndexed,
  assetPublished,
  assetReleased,
  assetReopened,
  assetReservationRefused,
  assetReserved,
  assetSold,
  assetTransferred,
  assetUpdated,
} from '../assets/events.ts';
import { prefixOf } from '../../platform/ids/ids.ts';
import {
  actorClosed,
  agentCreated,
  membershipGranted,
  membershipRemoved,
  organizationClosed,
  organizationCreated,
  serviceCreated,
  userClosed,
} from '../identity/events.ts';
import { auctionAssetKnown } from './asset/auction-asset.service.ts';
import { assetKept, assetLost } from './auction/opening.service.ts';
import {
  actorOwned,
  memberLeft,
  organizationFounded,
  organizationLeft,
  roleGranted,
} from './barred/relation.service.ts';
import { closedSellers } from './closing/closed-seller.service.ts';

/** The status of the asset after facts that do not contain it. */
const statusAfter: Readonly<Record<string, string>> = {
  [assetIndexed.type]: 'INDEXED',
  [assetPublished.type]: 'PUBLISHED',
  [assetReopened.type]: 'DRAFT',
  [assetReserved.type]: 'ON_SALE',
  [assetReleased.type]: 'PUBLISHED',
  [assetSold.type]: 'SOLD',
  [assetArchived.type]: 'ARCHIVED',
};

/** The public reason why a lot is withdrawn if its asset could not be reserved. */
const refused: Record<PayloadOf<typeof assetReservationRefused>['reason'], string> = {
  NOT_FOUND: 'The asset no longer exists.',
  NOT_OWNER: 'The asset no longer belongs to the seller.',
  NOT_PUBLISHED: 'The asset is not published.',
  ON_SALE_ELSEWHERE: 'The asset is on sale elsewhere.',
  TRANSFER_PENDING: 'The asset is offered to another actor.',
};

/** In one reaction, so that the facts of an asset are handled in order. */
const assetFacts = [
  assetCreated,
  assetUpdated,
  assetImported,
  assetIndexed,
  assetPublished,
  assetReopened,
  assetReserved,
  assetReleased,
  assetSold,
  assetArchived,
  assetTransferred,
] as const;

export const reactions: Reaction[] = [
  on(
    [organizationCreated, membershipRemoved],
    'foundersOfOrganizations',
    async (tx, { actor, onBehalfOf, payload: { organizationId, actorId } }) => {
      const founderId = onBehalfOf ?? actor;
      if (actorId) await organizationLeft(tx, organizationId, actorId);
      else if (founderId) organizationFounded(tx, organizationId, founderId);
    },
  ),
  on([membershipGranted, membershipRemoved], 'membersOfOrganizations', (tx, { type, at, payload }) =>
    type === membershipRemoved.type
      ? memberLeft(tx, payload, at, payload.since ? new Date(payload.since) : null)
      : roleGranted(tx, payload, at),
  ),
  on([agentCreated, serviceCreated], 'ownersOfAgentsAndServices', async (tx, { payload }) => {
    const [id, ownerId] = [payload.agentId ?? payload.serviceId, payload.ownerId ?? payload.organizationId];
    if (id && ownerId) await actorOwned(tx, id, ownerId);
  }),
  on(assetFacts, 'assetOwners', (tx, { type, payload: { assetId, toId, ownerId, status, title, changed } }) =>
    auctionAssetKnown(tx, assetId, {
      ownerId: toId ?? ownerId,
      status: statusAfter[type] ?? status,
      title: title ?? (changed?.['title']?.to as string | undefined),
    }),
  ),
  on(
    [assetReserved, assetReservationRefused, assetReleased, assetSold],
    'lotsAndTheirAssets',
    async (tx, { type, payload: { saleId, reason } }) => {
      if (prefixOf(saleId) !== 'auc') return;
      if (type === assetReserved.type) await assetKept(tx, saleId);
      else await assetLost(tx, saleId, reason ? refused[reason] : 'The asset was taken off sale.');
    },
  ),
  on([userClosed, organizationClosed, actorClosed], 'lotsOfClosedSellers', (tx, { key }) =>
    closedSellers.closed(tx, key),
  ),
];
