import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { FactType } from '../../platform/facts/fact.ts';
import { auctionCanceled, auctionClosed, auctionOpened } from '../auction/events.ts';
import { actorClosed, organizationClosed, userClosed } from '../identity/events.ts';
import { ownerClosed } from './closing/closed-owner.service.ts';
import { releaseFrom, reserveFor, sellTo } from './sale/sale.service.ts';

interface Lot {
  auctionId: string;
  assetId: string;
  sellerId: string;
  /** Of a lot that was closed with a sale. */
  winnerId?: string | null;
}

/** One consumer for all of them, so that the facts of one lot come in their order. */
const lots = [auctionOpened, auctionClosed, auctionCanceled] as unknown as FactType<Lot>[];

/** Whoever is closed for good: a person, an organization, or their agents and services. */
const closed = [userClosed, organizationClosed, actorClosed] as unknown as FactType<{
  actorId?: string;
  organizationId?: string;
}>[];

export const reactions: Reaction[] = [
  on(lots, 'auctionedAssets', async (tx, { type, payload }) => {
    const { assetId, auctionId: saleId, sellerId, winnerId } = payload;
    if (type === auctionOpened.type) await reserveFor(tx, { assetId, saleId, sellerId });
    else if (winnerId) await sellTo(tx, { assetId, saleId, buyerId: winnerId });
    else await releaseFrom(tx, { assetId, saleId });
  }),
  on(closed, 'assetsOfClosedOwners', async (tx, { payload: { actorId, organizationId } }) => {
    const id = actorId ?? organizationId;
    if (id) await ownerClosed(tx, id);
  }),
];
