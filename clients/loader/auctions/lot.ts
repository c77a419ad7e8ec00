import { setTimeout as sleep } from 'node:timers/promises';
import type { Delegation } from '../graph/delegation.ts';
import type { GraphClient } from '../graph/client.ts';
import { GraphError } from '../graph/errors.ts';
import { patiently } from '../graph/patience.ts';
import type { FoundAuction, LotAsset } from './assets.ts';
import { Pace } from './pace.ts';
import type { RecordedBid, RecordedLot } from './recording.ts';
import { currency, endOf, increments } from './terms.ts';

export const auctionCreate = /* GraphQL */ `
  mutation LoaderAuctionCreate($input: AuctionCreateInput!) {
    auctionCreate(input: $input) {
      auction {
        id
        status
      }
    }
  }
`;
export const auctionOpen = /* GraphQL */ `
  mutation LoaderAuctionOpen($input: AuctionOpenInput!) {
    auctionOpen(input: $input) {
      auction {
        id
        status
      }
    }
  }
`;
export const auctionStatus = /* GraphQL */ `
  query LoaderAuctionStatus($id: ID!) {
    auction(id: $id) {
      status
    }
  }
`;
export const auctionEnd = /* GraphQL */ `
  mutation LoaderAuctionEnd($input: AuctionEndInput!) {
    auctionEnd(input: $input) {
      auction {
        status
        currentPrice {
          minor
        }
      }
    }
  }
`;
export const auctionSettle = /* GraphQL */ `
  mutation LoaderAuctionSettle($input: AuctionSettleInput!) {
    auctionSettle(input: $input) {
      auction {
        id
      }
    }
  }
`;
export const bidPlace = /* GraphQL */ `
  mutation LoaderBidPlace($input: BidPlaceInput!) {
    bidPlace(input: $input) {
      outcome {
        __typename
        ... on BidTooLow {
          minimum {
            amount
          }
        }
        ... on BidLate {
          status
        }
      }
    }
  }
`;
export const bidOutcome = /* GraphQL */ `
  query LoaderBidOutcome($idempotencyKey: String!) {
    bidOutcome(idempotencyKey: $idempotencyKey) {
      __typename
    }
  }
`;

/** Milliseconds between two checks for a lot to open, for at most a minute: it opens shortly after the request. */
const lookEvery = 50;
const looksAtMost = 1200;

/** The context of one lot's replay. */
export interface LotReplay {
  seller: GraphClient;
  delegation: Delegation;
  run: string;
  reserveFromPrice: boolean;
  /** Multiple of the recorded clock; null does not wait. */
  speed: number | null;
  signal: AbortSignal;
  /** A bidder's id by the recorded name. */
  bidderOf: (name: string) => string;
  /** Called after each bid. */
  bidDone: (bid: RecordedBid, outcome: Outcome) => void;
}

export interface Outcome {
  __typename: string;
  minimum?: { amount: string };
  status?: string;
}

/** The outcome of a lot. */
export interface Closing {
  auctionId: string;
  status: string;
  /** Minor units; null if it was not sold. */
  price: bigint | null;
}

/** A lot that cannot be replayed, for a reason that affects no other lot. */
export class LotFault extends Error {
  override name = 'LotFault';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * Creates a lot, opens it, places its bids in order, closes it and settles its sale. Each step is idempotent, so an interrupted lot
 * continues where it ended. Returns null if the run was interrupted.
 */
export async function replayLot(
  replay: LotReplay,
  lot: RecordedLot,
  asset: LotAsset,
  found: FoundAuction | null,
): Promise<Closing | null> {
  const { seller, signal } = replay;
  const auctionId = found?.id ?? (await putUp(replay, lot, asset));
  if (found?.status === 'CANCELLED') throw new LotFault(lot.line, `Lot ${lot.id} was withdrawn (${auctionId}).`);
  if (!found || !['OPEN', 'SOLD', 'UNSOLD'].includes(found.status)) await openLot(seller, lot, auctionId, signal);
  if (signal.aborted) return null;
  const pace = new Pace(replay.speed);
  let known = replay.speed !== null && found !== null;
  for (const bid of lot.bids) {
    // An interrupted lot resumes its clock: bids already decided are not waited for.
    known &&= await isDecided(replay, lot, bid);
    if (known) pace.set(bid.days);
    else await pace.until(bid.days, signal);
    if (signal.aborted) return null;
    replay.bidDone(bid, await place(replay, lot, auctionId, bid));
  }
  const { auctionEnd: ended } = await seller.send<{
    auctionEnd: { auction: { status: string; currentPrice: { minor: string } | null } };
  }>(auctionEnd, { input: { auctionId } });
  const { status, currentPrice } = ended.auction;
  // The recorded sale was paid long ago, so the asset passes to its buyer.
  if (status === 'SOLD') await seller.send(auctionSettle, { input: { auctionId } });
  return { auctionId, status, price: status === 'SOLD' && currentPrice ? BigInt(currentPrice.minor) : null };
}

/** The auction system learns of a new asset shortly after its creation, so NOT_FOUND is retried as well. */
async function putUp({ seller, run, reserveFromPrice }: LotReplay, lot: RecordedLot, asset: LotAsset): Promise<string> {
  const input = {
    assetId: asset.id,
    startPrice: { amount: lot.openingBid, currency },
    reserve: reserveFromPrice ? { amount: lot.price, currency } : null,
    increments,
    endsAt: endOf(asset.createdAt),
    softCloseSeconds: 0,
    idempotencyKey: `${run}/${lot.id}`,
  };
  const answer = await patiently(
    () => seller.send<{ auctionCreate: { auction: { id: string } } }>(auctionCreate, { input }),
    { passes: isUnknownYet },
  );
  return answer.auctionCreate.auction.id;
}

/**
 * Opens a lot, and waits until its asset is reserved for it: until then it takes no bids. Another loader of the same run may have
 * advanced the lot, which counts as well.
 */
async function openLot(seller: GraphClient, lot: RecordedLot, auctionId: string, signal: AbortSignal): Promise<void> {
  const statusOf = async (): Promise<string | undefined> =>
    (await seller.send<{ auction: { status: string } | null }>(auctionStatus, { id: auctionId })).auction?.status;
  const isOver = (status: string | undefined): boolean => status === 'SOLD' || status === 'UNSOLD';
  let status: string | undefined;
  try {
    const answer = await seller.send<{ auctionOpen: { auction: { status: string } } }>(auctionOpen, {
      input: { auctionId },
    });
    ({ status } = answer.auctionOpen.auction);
  } catch (error) {
    if (!(error instanceof GraphError) || error.details.code !== 'CONFLICT') throw error;
    status = await statusOf();
    if (status !== 'OPENING' && status !== 'OPEN' && !isOver(status)) throw error;
  }
  for (let looks = 0; status === 'OPENING' && looks < looksAtMost && !signal.aborted; looks++) {
    await sleep(lookEvery);
    status = await statusOf();
  }
  if (status !== 'OPEN' && !isOver(status) && !signal.aborted)
    throw new LotFault(lot.line, `Lot ${lot.id} is ${status} instead of open (${auctionId}).`);
}

function isUnknownYet(error: unknown): boolean {
  return error instanceof GraphError && error.details.code === 'NOT_FOUND';
}

function keyOf(run: string, lot: RecordedLot, bid: RecordedBid): string {
  return `${run}/${lot.id}/${bid.line}`;
}

async function isDecided(
  { delegation, run, bidderOf }: LotReplay,
  lot: RecordedLot,
  bid: RecordedBid,
): Promise<boolean> {
  const variables = { idempotencyKey: keyOf(run, lot, bid) };
  const answer = await delegation.send<{ bidOutcome: object | null }>(bidderOf(bid.bidder), bidOutcome, variables);
  return answer.bidOutcome !== null;
}

async function place(replay: LotReplay, lot: RecordedLot, auctionId: string, bid: RecordedBid): Promise<Outcome> {
  const { delegation, run, bidderOf } = replay;
  const input = { auctionId, amount: { amount: bid.amount, currency }, idempotencyKey: keyOf(run, lot, bid) };
  const answer = await delegation.send<{ bidPlace: { outcome: Outcome } }>(bidderOf(bid.bidder), bidPlace, { input });
  const { outcome } = answer.bidPlace;
  if (outcome.__typename === 'BidLate')
    throw new LotFault(bid.line, `Lot ${lot.id} was closed before this bid by another user (${auctionId}).`);
  return outcome;
}
