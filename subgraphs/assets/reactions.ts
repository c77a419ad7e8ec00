import { on, type Reaction } from '../../platform/facts/reactions.ts';
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

/** One consumer for all, so that the facts of one lot arrive in order. */
const lots = [
  auctionOpenRequested,
  auctionOpened,
  auctionClosed,
  auctionCancelled,
  formerAuctionCancelled,
  auctionSettled,
  auctionDefaulted,
] as const;

/** Auctions of the previous version open without requesting the asset; reserving it again changes nothing. */
const reserving = new Set([auctionOpenRequested.type, auctionOpened.type]);

/** The closing of a person, an organization, an agent or a service. */
const closed = [userClosed, organizationClosed, actorClosed] as const;

export const reactions: Reaction[] = [
  on(lots, 'auctionedAssets', async (tx, { type, payload }) => {
    const { assetId, auctionId: saleId, sellerId, winnerId, settlementDueAt } = payload;
    if (reserving.has(type)) return void (await reserveFor(tx, { assetId, saleId, sellerId }));
    if (!winnerId) return releaseFrom(tx, { assetId, saleId });
    // The asset stays reserved until the seller was paid.
    const isOwed = type === auctionClosed.type && settlementDueAt;
    if (!isOwed) await sellTo(tx, { assetId, saleId, buyerId: winnerId });
  }),
  on(closed, 'assetsOfClosedOwners', async (tx, { payload: { actorId, organizationId } }) => {
    const id = actorId ?? organizationId;
    if (id) await closedOwners.closed(tx, id);
  }),
];
