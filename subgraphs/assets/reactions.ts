import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { FactType } from '../../platform/facts/fact.ts';
import {
  auctionCancelled,
  auctionClosed,
  auctionDefaulted,
  auctionOpened,
  auctionOpenRequested,
  auctionSettled,
  formerAuctionCancelled,
} from '../auction/events.ts';
import { actorClosed, organizationClosed, userClosed } from '../identity/events.ts';
import { closedOwners } from './closing/closed-owner.service.ts';
import { releaseFrom, reserveFor, sellTo } from './sale/sale.service.ts';

interface Lot {
  auctionId: string;
  assetId: string;
  sellerId: string;
  /** Of a lot that was sold. */
  winnerId?: string | null;
  /** Of a lot whose winner has to pay first. */
  settlementDueAt?: string | null;
}

/** One consumer for all of them, so that the facts of one lot come in their order. */
const lots = [
  auctionOpenRequested,
  auctionOpened,
  auctionClosed,
  auctionCancelled,
  formerAuctionCancelled,
  auctionSettled,
  auctionDefaulted,
] as unknown as FactType<Lot>[];

/** An auction of the version before opens without asking first; whose asset is kept already keeps it. */
const keeping = new Set([auctionOpenRequested.type, auctionOpened.type]);

/** Whoever is closed for good: a person, an organization, or their agents and services. */
const closed = [userClosed, organizationClosed, actorClosed] as unknown as FactType<{
  actorId?: string;
  organizationId?: string;
}>[];

export const reactions: Reaction[] = [
  on(lots, 'auctionedAssets', async (tx, { type, payload }) => {
    const { assetId, auctionId: saleId, sellerId, winnerId, settlementDueAt } = payload;
    if (keeping.has(type)) return void (await reserveFor(tx, { assetId, saleId, sellerId }));
    if (!winnerId) return releaseFrom(tx, { assetId, saleId });
    // Sold is owed: the asset stays kept for the sale until the seller was paid.
    const isOwed = type === auctionClosed.type && settlementDueAt;
    if (!isOwed) await sellTo(tx, { assetId, saleId, buyerId: winnerId });
  }),
  on(closed, 'assetsOfClosedOwners', async (tx, { payload: { actorId, organizationId } }) => {
    const id = actorId ?? organizationId;
    if (id) await closedOwners.closed(tx, id);
  }),
];
