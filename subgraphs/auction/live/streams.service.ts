import type { Context } from '../../../platform/context/context.ts';
import { meetsFilter } from '../../../platform/nouns/filter-match.ts';
import { filterQuery, type FilterInput } from '../../../platform/nouns/filter.ts';
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
import { auctionUpdatedFields, bidPlacedFields } from './live.input.ts';
import type { AuctionChange } from './live.type.ts';

interface Place {
  cursor: string;
  sequence: string;
  occurredAt: Date;
}

interface StreamArgs {
  filter?: FilterInput | null;
  after?: string | null;
}

export type BidPlacedFact = PayloadOf<typeof bidPlaced> & Place;

/** Facts tell what everybody may know, so everybody hears them. */
export function bidPlacedStream(context: Context, { filter, after }: StreamArgs): AsyncIterable<BidPlacedFact> {
  checkSize(filter, bidPlacedFields);
  return factStream(context, {
    facts: [bidPlaced],
    after,
    match: ({ payload }: StampedFact<PayloadOf<typeof bidPlaced>>) => meetsFilter(filter, payload),
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
  { filter, after }: StreamArgs,
): AsyncIterable<AuctionUpdatedFact> {
  checkSize(filter, auctionUpdatedFields);
  return factStream(context, {
    facts: told,
    after,
    match: ({ payload }: StampedFact<LotFact>) =>
      // A draft is nobody's but its seller's, and this stream is everybody's.
      payload.isAnnounced !== false && meetsFilter(filter, payload as LotFact & Record<string, unknown>),
    event: ({ payload, type }, at) => ({
      ...payload,
      ...at,
      status: presentStatus(payload.status),
      change: changeOf(type),
    }),
  });
}

/** Refuses too large a filter before the stream begins. */
function checkSize(filter: FilterInput | null | undefined, fields: Parameters<typeof filterQuery>[1]): void {
  filterQuery(filter, fields);
}
