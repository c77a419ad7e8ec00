import { on, type Reaction } from '../../../platform/facts/reactions.ts';
import type { FactType } from '../../../platform/facts/fact.ts';
import {
  assetTransferCancelled,
  assetTransferDeclined,
  assetTransferOffered,
  assetTransferred,
} from '../../assets/events.ts';
import {
  auctionCanceled,
  auctionClosed,
  auctionDefaulted,
  auctionOpened,
  auctionSettled,
  bidPlaced,
  bidRetracted,
} from '../../auction/events.ts';
import { businessEnded, businessOpened } from './open-business.service.ts';

/** What the facts of a lot say; which of it a fact does depends on its type. */
interface Lot {
  auctionId: string;
  sellerId: string;
  /** Absent where nothing is said of it, null where nobody leads any more. */
  leaderId?: string | null;
  /** Of a lot that was sold; with it comes until when the winner may pay. */
  winnerId?: string | null;
  settlementDueAt?: string | null;
}

/** One consumer for all of them, so that the facts of one lot come in their order. */
const lots = [
  auctionOpened,
  auctionClosed,
  auctionCanceled,
  auctionSettled,
  auctionDefaulted,
  bidPlaced,
  bidRetracted,
] as unknown as FactType<Lot>[];

/** One consumer for all of them, so that the facts of one asset come in their order. */
const transfers = [
  assetTransferOffered,
  assetTransferDeclined,
  assetTransferCancelled,
  assetTransferred,
] as unknown as FactType<{ transferId: string | null; fromId: string }>[];

export const openBusinessReactions: Reaction[] = [
  on(lots, 'openBusinessOfLots', async (tx, { type, payload }) => {
    const { auctionId, sellerId, leaderId, winnerId, settlementDueAt } = payload;
    if (type === auctionOpened.type) return businessOpened(tx, 'SELLS_LOT', auctionId, sellerId);
    if (type === bidPlaced.type || type === bidRetracted.type) {
      if (leaderId) return businessOpened(tx, 'LEADS_LOT', auctionId, leaderId);
      return businessEnded(tx, auctionId, ['LEADS_LOT']);
    }
    await businessEnded(tx, auctionId, ['SELLS_LOT', 'LEADS_LOT', 'IS_OWED_FOR_LOT', 'OWES_FOR_LOT']);
    if (type !== auctionClosed.type || !winnerId || !settlementDueAt) return;
    await businessOpened(tx, 'IS_OWED_FOR_LOT', auctionId, sellerId);
    await businessOpened(tx, 'OWES_FOR_LOT', auctionId, winnerId);
  }),
  on(transfers, 'openBusinessOfTransfers', async (tx, { type, payload: { transferId, fromId } }) => {
    if (transferId === null) return;
    if (type === assetTransferOffered.type) await businessOpened(tx, 'OFFERS_ASSET', transferId, fromId);
    else await businessEnded(tx, transferId, ['OFFERS_ASSET']);
  }),
];
