import type { Context } from '../../../platform/context/context.ts';
import type { FactType, PayloadOf, StampedFact } from '../../../platform/facts/fact.ts';
import { factStream } from '../../../platform/facts/stream.ts';
import {
  auctionFacts,
  auctionOpenRequested,
  bidPlaced,
  bidRetracted,
  formerAuctionCancelled,
  presentStatus,
} from '../events.ts';
import type { AuctionUpdatedFilter, BidPlacedFilter } from './live.input.ts';
import type { AuctionChange } from './live.type.ts';

interface Place {
  cursor: string;
  sequence: string;
  occurredAt: Date;
}

export type BidPlacedFact = PayloadOf<typeof bidPlaced> & Place;

/** Facts tell what everybody may know, so everybody hears them. */
export function bidPlacedStream(
  context: Context,
  { filter, after }: { filter?: BidPlacedFilter | null; after?: string | null },
): AsyncIterable<BidPlacedFact> {
  const [lots, bidders, sellers] = [filter?.auctionIds, filter?.bidderIds, filter?.sellerIds].map(among);
  return factStream(context, {
    facts: [bidPlaced],
    after,
    match: ({ payload }: StampedFact<PayloadOf<typeof bidPlaced>>) =>
      holds(lots, payload.auctionId) && holds(bidders, payload.bidderId) && holds(sellers, payload.sellerId),
    event: ({ payload }, at) => ({ ...payload, ...at }),
  });
}

/** All that a fact about a lot may tell; which of it a fact does depends on its type. */
export interface LotFact {
  auctionId: string;
  assetId: string;
  sellerId: string;
  status: string;
  endsAt: string;
  winnerId?: string | null;
  price?: { minor: string; currency: string } | null;
  reason?: string;
  isAnnounced?: boolean;
}

export type AuctionUpdatedFact = LotFact & Place & { change: AuctionChange };

const told = [...auctionFacts, bidRetracted] as unknown as FactType<LotFact>[];

/** Facts whose change is not called as they are. */
const changes: Readonly<Record<string, AuctionChange>> = {
  [bidRetracted.type]: 'BIDS_RETRACTED',
  [auctionOpenRequested.type]: 'OPENING',
  [formerAuctionCancelled.type]: 'CANCELLED',
};

function changeOf(type: string): AuctionChange {
  return changes[type] ?? (type.split('.')[2]?.toUpperCase() as AuctionChange);
}

export function auctionUpdatedStream(
  context: Context,
  { filter, after }: { filter?: AuctionUpdatedFilter | null; after?: string | null },
): AsyncIterable<AuctionUpdatedFact> {
  const [lots, sellers, assets] = [filter?.auctionIds, filter?.sellerIds, filter?.assetIds].map(among);
  return factStream(context, {
    facts: told,
    after,
    match: ({ payload }: StampedFact<LotFact>) =>
      // A draft is nobody's but its seller's, and this stream is everybody's.
      payload.isAnnounced !== false &&
      holds(lots, payload.auctionId) &&
      holds(sellers, payload.sellerId) &&
      holds(assets, payload.assetId),
    event: ({ payload, type }, at) => ({
      ...payload,
      ...at,
      status: presentStatus(payload.status),
      change: changeOf(type),
    }),
  });
}

function among(list: string[] | null | undefined): ReadonlySet<string> | null {
  return list ? new Set(list) : null;
}

function holds(set: ReadonlySet<string> | null | undefined, id: string): boolean {
  return !set || set.has(id);
}
