import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { FactType } from '../../platform/facts/fact.ts';
import { auctionCanceled, auctionClosed, auctionOpened } from '../auction/events.ts';
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

export const reactions: Reaction[] = [
  on(lots, 'auctionedAssets', async (tx, { type, payload }) => {
    const { assetId, auctionId: saleId, sellerId, winnerId } = payload;
    if (type === auctionOpened.type) await reserveFor(tx, { assetId, saleId, sellerId });
    else if (winnerId) await sellTo(tx, { assetId, saleId, buyerId: winnerId });
    else await releaseFrom(tx, { assetId, saleId });
  }),
];
